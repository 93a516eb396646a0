"""Postfix, Exim and OpenSMTPD as senders: given mail over SMTP by a test, they hand it on to us."""

import contextlib
import os
import shutil
import smtplib
import socket
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from tests.support.foreign_mta import ForeignServer
from tests.support.postfix import FOREIGN, Postfix
from tests.support.running import DOMAIN

POSTFIX, EXIM, OPENSMTPD = "postfix", "exim", "opensmtpd"
_EXIM_ROUTER = """\
ours:
  driver = manualroute
  domains = {domain}
  route_list = * 127.0.0.1
  self = send
  transport = ours
"""
_EXIM_TRANSPORT = """\
ours:
  driver = smtp
  port = {port}
  allow_localhost
  hosts_try_chunking = *
  hosts_try_fastopen =
"""
_EXIM_RETRY = "begin retry\n* * F,1h,1s\n"
_OPENSMTPD_RELAY = """\
smtp max-message-size 50M
bounce warn-interval 1d
action "ours" relay host smtp://127.0.0.1:{port}
match from any for domain "{domain}" action "ours"
"""


class Program(Protocol):
    """What the three have in common."""

    def start(self) -> None:
        """Begin."""

    def stop(self) -> None:
        """End."""

    def kill(self) -> None:
        """End as a power cut would."""

    def log(self) -> str:
        """What it has said."""


class ForeignSender:
    """One of them; mail for its ``domain`` it keeps, mail for ``example.test`` it brings to a port of this machine."""

    def __init__(self, name: str, program: str, certificate: Path, port: int) -> None:
        self.name = name
        self._postfix: Postfix | None = None
        if name == POSTFIX:
            self.domain = FOREIGN
            self._program: Program = self._made_postfix(program, certificate, port)
            return
        self.domain = f"{name}.example"
        values = {"domain": DOMAIN, "port": port}
        made = ForeignServer(name, self.domain)
        if name == EXIM:
            made.routers, made.transports = _EXIM_ROUTER.format(**values), _EXIM_TRANSPORT.format(**values)
            made.options, made.more = "queue_run_max = 5\ndelay_warning =\n", _EXIM_RETRY
        else:
            made.options = _OPENSMTPD_RELAY.format(**values)
        made.install()
        self._foreign = made
        self._program, self.port, self.folder = made, made.port, made.folder

    @property
    def carla(self) -> str:
        """Somebody who has a mailbox there."""
        return f"carla@{self.domain}"

    def start(self) -> None:
        """Start; what lies in its queue is tried."""
        self._program.start()

    def kill(self) -> None:
        """Kill it and all its processes."""
        self._program.kill()

    def try_again(self) -> None:
        """Try now what waits; Postfix and Exim do every second, OpenSMTPD has found that nobody answers and rests."""
        if self.name == OPENSMTPD:
            self._program.stop()
            self._program.start()
            self._foreign.control("schedule", "all")

    def close(self) -> None:
        """Stop for good, and sweep up."""
        with contextlib.suppress(OSError):
            self._program.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def log(self) -> str:
        """What it has said."""
        return self._program.log()

    def mail(self) -> list[bytes]:
        """What has come for Carla, with the lines of this machine."""
        return self._foreign.mail() if self._postfix is None else self._postfix.mail("carla")

    def give(self, octets: bytes, *recipients: str, sender: str = "", mail: Sequence[str] = (), rcpt: Sequence[str] = ()) -> None:
        """Give it a message over SMTP, with parameters for MAIL and for each RCPT."""
        with smtplib.SMTP("127.0.0.1", self.port, local_hostname="test.example", timeout=30) as client:
            client.ehlo()
            client.command_encoding = "utf-8"
            for code, said in (
                client.mail(sender or self.carla, mail),
                *(client.rcpt(recipient, rcpt) for recipient in recipients),
                client.data(octets),
            ):
                assert code == 250, said

    def _made_postfix(self, program: str, certificate: Path, port: int) -> Postfix:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        settings = {
            "transport_maps": f"inline:{{ {{ {DOMAIN} = smtp:[127.0.0.1]:{port} }} }}",
            "smtpd_tls_security_level": "may",
            "smtpd_tls_cert_file": str(certificate),
            "smtpd_tls_key_file": str(certificate.with_suffix(".key")),
            "queue_run_delay": "1s",
            "minimal_backoff_time": "1s",
            "maximal_backoff_time": "2s",
            "transport_retry_time": "1s",
        }
        self.folder = Path(tempfile.mkdtemp(prefix="posthouse-postfix-"))  # not below tmp_path, which pytest closes to others
        self.folder.chmod(0o755)
        self._postfix = Postfix(program, self.folder, (f"127.0.0.1:{self.port}",), settings=settings)
        self._postfix.install()
        return self._postfix


def may_run(name: str) -> bool:
    """Whether this machine has the program, and lets us run it."""
    return os.geteuid() == 0 and (name == POSTFIX or ForeignServer.is_there(name))
