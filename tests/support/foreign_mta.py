"""Exim and OpenSMTPD of their own on loopback: unpacked packages, run in a mount namespace in which their users and folders exist.

Both conflict with Postfix as packages, so they are not installed but unpacked (tests/real/install-programs). Needs root.
"""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.certificates import make, write
from tests.support.running import until

UNPACKED = Path(os.environ.get("POSTHOUSE_FOREIGN", "/var/cache/posthouse-foreign"))
_USERS = ("Debian-exim:399", "opensmtpd:398", "opensmtpq:397")
_QUEUE_GROUP = 397
"""Of ``opensmtpq``: smtpctl wants to be of it."""
_EXIM = """\
primary_hostname = mx.{domain}
exim_path = {program}
spool_directory = {folder}/spool
log_file_path = {folder}/log/%slog
exim_user = mail
exim_group = mail
keep_environment =
local_interfaces = 127.0.0.1
daemon_smtp_ports = {port}
acl_smtp_rcpt = acl_rcpt
acl_smtp_data = acl_data
smtp_accept_max = 200
smtp_accept_queue_per_connection = 0
tls_advertise_hosts = *
tls_certificate = {folder}/chain.pem
tls_privatekey = {folder}/key.pem
dsn_advertise_hosts = *
message_size_limit = 50M
local_from_check = false
{options}
begin acl
acl_rcpt:
  deny local_parts = nobody
       message = no such user
  accept
acl_data:
  accept
begin routers
{routers}all:
  driver = accept
  transport = file
begin transports
{transports}file:
  driver = appendfile
  directory = {folder}/mail/${{sha256:$local_part}}
  user = mail
  maildir_format
  create_directory
  envelope_to_add
{more}"""
# Without TLS: the one of Debian 12 answers every handshake with an alert.
_OPENSMTPD = """\
listen on 127.0.0.1 port {port} hostname mx.{domain}
{options}action "keep" maildir "{folder}/mail/%{{dest.user}}" user opensmtpd virtual {{ "@" = opensmtpd }}
match from any for domain "{domain}" action "keep"
"""
_NAMESPACE = """\
set -e
mount --bind {folder}/etc/passwd /etc/passwd
mount --bind {folder}/etc/group /etc/group
{more}
exec {command}
"""
_OPENSMTPD_FOLDERS = """\
mount --bind {unpacked}/usr/libexec /usr/libexec
mount -t tmpfs none /var/lib
mount --bind {folder}/queue /var/spool
mount -t tmpfs none /run
mkdir -p -m 755 /var/lib/opensmtpd/empty
mkdir -p -m 711 /var/spool/smtpd
"""


@dataclass
class ForeignServer:
    """One server that takes everything for ``domain`` but for ``nobody`` (Exim), each message a file."""

    name: str
    """``exim`` or ``opensmtpd``."""
    domain: str
    options: str = ""
    """More lines of the configuration's head."""
    routers: str = ""
    """Of Exim, before the one that keeps everything; so are transports."""
    transports: str = ""
    more: str = ""
    """The rest of Exim's configuration."""
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="posthouse-foreign-")))
    port: int = 0
    _process: subprocess.Popen[bytes] | None = None

    @staticmethod
    def is_there(name: str) -> bool:
        """Whether it has been unpacked, and may be run."""
        return os.geteuid() == 0 and _program(name).exists()

    def install(self) -> None:
        """Write its configuration, with a certificate of its own."""
        self.folder.chmod(0o755)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        for name in ("etc", "spool", "queue", "log", "mail"):
            (self.folder / name).mkdir()
            (self.folder / name).chmod(0o777 if name == "mail" else 0o755)
        for name in ("spool", "log"):
            shutil.chown(self.folder / name, "mail", "mail")
        (self.folder / "etc" / "passwd").write_text(_with_users("passwd", "{0}:x:{1}:{1}::/nonexistent:/usr/sbin/nologin\n"))
        (self.folder / "etc" / "group").write_text(_with_users("group", "{0}:x:{1}:\n"))
        write(self.folder, make(f"mx.{self.domain}"))
        for target in ("chain.pem", "key.pem"):
            shutil.chown(self.folder / target, "mail" if self.name == "exim" else "root")
            (self.folder / target).chmod(0o400)
        template = _EXIM if self.name == "exim" else _OPENSMTPD
        values = {"folder": self.folder, "port": self.port, "domain": self.domain, "options": self.options}
        values |= {"routers": self.routers, "transports": self.transports, "more": self.more}
        (self.folder / "conf").write_text(template.format(program=_program(self.name), **values))

    def start(self) -> None:
        """Start and wait until it answers."""
        program, conf = _program(self.name), self.folder / "conf"
        command = f"{program} -C {conf} -bdf -q1s" if self.name == "exim" else f"{program} -d -f {conf}"
        more = "" if self.name == "exim" else _OPENSMTPD_FOLDERS.format(unpacked=UNPACKED / "opensmtpd", folder=self.folder)
        script = self.folder / "start.sh"
        script.write_text(_NAMESPACE.format(folder=self.folder, more=more, command=command))
        with (self.folder / "output").open("ab") as output:
            argv = ["unshare", "-m", "sh", str(script)]
            self._process = subprocess.Popen(argv, stdout=output, stderr=output, start_new_session=True)
        assert until(self._answers, 15), self.log()

    def stop(self) -> None:
        """End it and all it has started."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGTERM)
            self._process.wait(15)
            self._process = None

    def kill(self) -> None:
        """Kill it and all it has started."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(15)
        self._process = None

    def control(self, *words: str) -> None:
        """Say something to OpenSMTPD."""
        assert self._process is not None
        program = UNPACKED / "opensmtpd" / "usr" / "sbin" / "smtpctl"
        argv = ["nsenter", "-t", str(self._process.pid), "-m", str(program), *words]
        done = subprocess.run(argv, group=_QUEUE_GROUP, capture_output=True, text=True, timeout=10, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    def log(self) -> str:
        """What it has said."""
        return "".join(path.read_text(errors="replace") for path in [self.folder / "output", *(self.folder / "log").glob("*")])

    def mail(self) -> list[bytes]:
        """All messages that have come, with the lines of this machine."""
        return [path.read_bytes() for path in sorted((self.folder / "mail").glob("*/new/*"))]

    def _answers(self) -> bool:
        with socket.socket() as probe:
            probe.settimeout(2)
            try:
                probe.connect(("127.0.0.1", self.port))
                return probe.recv(3) == b"220"
            except OSError:
                return False


def _program(name: str) -> Path:
    return UNPACKED / ("exim/usr/sbin/exim4" if name == "exim" else "opensmtpd/usr/sbin/smtpd")


def _with_users(name: str, line: str) -> str:
    lines = [line.format(*user.split(":")) for user in _USERS]
    return Path("/etc", name).read_text() + "".join(lines)
