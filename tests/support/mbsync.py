"""mbsync between a Maildir and one account."""

from pathlib import Path

from tests.support.foreign import run, trusted
from tests.support.running import DOMAIN, PASSWORD, Server


class Mbsync:
    """The program with one person's configuration."""

    def __init__(self, path: str, server: Server, home: Path, person: str = "alice") -> None:
        self._path, self._home = path, home
        self.maildir = home / "Maildir"
        self.maildir.mkdir()
        self._config = home / ".mbsyncrc"
        self._config.write_text(f"""
IMAPAccount house
Host localhost
Port {server.port("imaps")}
User {person}@{DOMAIN}
Pass {PASSWORD}
SSLType IMAPS
CertificateFile {trusted(server)}
SystemCertificates no

IMAPStore far
Account house

MaildirStore near
Path {self.maildir}/
Inbox {self.maildir}/INBOX
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns *
Create Both
Remove Both
Expunge Both
CopyArrivalDate yes
SyncState *
""")

    def __call__(self) -> str:
        """Synchronise; returns what it says."""
        done = run([self._path, "-c", self._config, "-V", "all"], self._home, seconds=120)
        return done.stdout + done.stderr

    def near(self, folder: str = "INBOX") -> dict[str, tuple[Path, set[str]]]:
        """Messages here by their X-Number: file and flags."""
        files = [path for part in ("new", "cur") for path in (self.maildir / folder / part).iterdir()]
        return {_number(path): (path, set(path.name.partition(":2,")[2])) for path in files}


def _number(path: Path) -> str:
    head = path.read_bytes().partition(b"X-Number: ")[2]
    return head.partition(b"\n")[0].strip().decode()
