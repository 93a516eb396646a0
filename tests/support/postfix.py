"""A Postfix of its own on loopback: own configuration, queue and ports; the one of the machine is not touched."""

import os
import pwd
import re
import shutil
import signal
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.foreign import environment, run
from tests.support.running import until

FOREIGN = "example.org"
_CHROOT = re.compile(r"^(\S+\s+(?:inet|unix|unix-dgram|fifo|pass)\s+\S+\s+\S+\s+)\S+", re.MULTILINE)
_OWN_SERVICES = re.compile(r"^(smtp\s+inet|postlog\s|maillog).*\n(\s+.*\n)*", re.MULTILINE)


@dataclass
class Postfix:
    """One instance for the domain ``example.org``, whose people are ``people``; their mail lies in ``mail/NAME/``."""

    program: str
    folder: Path
    listeners: tuple[str, ...]
    """``address:port`` each."""
    people: tuple[str, ...] = ("carla", "丽丽")
    settings: dict[str, str] = field(default_factory=dict)
    """More lines of main.cf."""

    @property
    def configuration(self) -> Path:
        """Where main.cf is."""
        return self.folder / "etc"

    def install(self) -> None:
        """Write the configuration. Postfix works as a user of its own: the way to ``folder`` must be open to it."""
        user = pwd.getpwnam("postfix")
        for name in ("etc", "spool", "data", "mail"):
            (self.folder / name).mkdir()
        for name in ("data", "mail"):
            shutil.chown(self.folder / name, user.pw_uid, user.pw_gid)
        mailboxes = "".join(f"{name}@{FOREIGN} {name}/\n" for name in self.people)
        (self.configuration / "mailboxes").write_text(mailboxes)
        (self.configuration / "main.cf").write_text("".join(f"{key} = {value}\n" for key, value in self._main(user).items()))
        (self.configuration / "master.cf").write_text(self._master())

    def start(self) -> None:
        """Start and wait until it answers."""
        run([self.program, "-c", self.configuration, "start"], self.folder)
        assert until(lambda: self._status() == 0), self.log()

    def stop(self) -> None:
        """Stop; what is queued stays."""
        run([self.program, "-c", self.configuration, "stop"], self.folder, status=None)
        assert until(lambda: self._status() != 0)

    def kill(self) -> None:
        """Kill the master and all its processes."""
        master = int((self.folder / "spool" / "pid" / "master.pid").read_text())
        os.killpg(master, signal.SIGKILL)
        assert until(lambda: self._status() != 0)

    def log(self) -> str:
        """What it has said."""
        path = self.folder / "maillog"
        return path.read_text() if path.exists() else ""

    def mail(self, name: str) -> list[bytes]:
        """What has arrived for a person, with the lines of this machine."""
        return [path.read_bytes() for path in sorted((self.folder / "mail" / name / "new").glob("*"))]

    def send(self, octets: bytes, sender: str, *recipients: str) -> None:
        """Queue a message by its sendmail command."""
        argv = [str(Path(self.program).with_name("sendmail")), "-C", str(self.configuration), "-i", "-f", sender, "--", *recipients]
        subprocess.run(argv, input=octets, env=environment(self.folder), timeout=30, check=True)

    def _status(self) -> int:
        return run([self.program, "-c", self.configuration, "status"], self.folder, status=None).returncode

    def _main(self, user: pwd.struct_passwd) -> dict[str, str]:
        return {
            "compatibility_level": "3.6",
            "queue_directory": f"{self.folder}/spool",
            "data_directory": f"{self.folder}/data",
            "maillog_file": f"{self.folder}/maillog",
            "maillog_file_prefixes": str(self.folder),
            "inet_interfaces": "127.0.0.1",
            "inet_protocols": "ipv4",
            "myhostname": f"mx.{FOREIGN}",
            "mydestination": "",
            "mynetworks": "127.0.0.0/8",
            "smtpd_relay_restrictions": "permit_mynetworks, reject",
            "smtpd_client_connection_count_limit": "0",
            "alias_maps": "",
            "alias_database": "",
            "local_recipient_maps": "",
            "virtual_mailbox_domains": FOREIGN,
            "virtual_mailbox_maps": f"texthash:{self.configuration}/mailboxes",
            "virtual_mailbox_base": f"{self.folder}/mail",
            "virtual_minimum_uid": "1",
            "virtual_uid_maps": f"static:{user.pw_uid}",
            "virtual_gid_maps": f"static:{user.pw_gid}",
            "mailbox_size_limit": "0",
            "virtual_mailbox_limit": "0",
            "message_size_limit": "52428800",
            "smtputf8_enable": "yes",
            "smtp_tls_security_level": "may",
            "smtpd_tls_received_header": "yes",
            **self.settings,
        }

    def _master(self) -> str:
        """That of the distribution: nothing in a chroot, our listeners only."""
        candidates = [Path("/usr/share/postfix/master.cf.dist"), Path("/etc/postfix/master.cf")]
        text = next(path for path in candidates if path.exists()).read_text()
        text = _CHROOT.sub(r"\g<1>n", _OWN_SERVICES.sub("", text))
        text += "".join(f"{listener} inet n - n - - smtpd\n" for listener in self.listeners)
        return text + "postlog unix-dgram n - n - 1 postlogd\n"
