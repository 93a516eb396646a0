"""Sending the letters: incoming ones to port 25 as from outside, the people's own through submission, each once."""

import smtplib
import ssl
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

from posthouse.bootstrap.config import SERVICES
from posthouse.bootstrap.demo.composing import Composer, readers, reverse_path
from posthouse.bootstrap.demo.letter import Letter
from posthouse.bootstrap.demo.people import HOSTNAME, PEOPLE
from posthouse.bootstrap.layout import Layout
from posthouse.foundation.errors import Unavailable

HOST: Final = "127.0.0.1"
SECONDS: Final = 20.0


class Sent:
    """Which letters have gone out; survives an interruption."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._keys = set(path.read_text().split()) if path.exists() else set()

    def __contains__(self, letter: Letter) -> bool:
        """Whether the letter has gone out."""
        return letter.key in self._keys

    def add(self, letter: Letter) -> None:
        """Remember that it has."""
        self._keys.add(letter.key)
        with self._path.open("a") as file:
            file.write(f"{letter.key}\n")


class Postman:
    """Carries letters to a server on this machine."""

    def __init__(self, layout: Layout, port_offset: int, passwords: Mapping[str, str]) -> None:
        self._ports = {name: SERVICES[name].port + port_offset for name in ("smtp", "submissions")}
        self._passwords = passwords
        self._certificate = layout.certificate
        self._open: dict[str, smtplib.SMTP] = {}

    def carry(self, letters: Iterable[Letter], composer: Composer, done: Callable[[Letter], None]) -> None:
        """Send letters in their order. Raises: Unavailable, with the server's words."""
        try:
            for letter in letters:
                if readers(letter):
                    self._send(letter, composer.message(letter))
                done(letter)
        except (smtplib.SMTPException, OSError) as error:
            raise Unavailable(f"the letters could not be sent: {error}") from error
        finally:
            self._close()

    def _send(self, letter: Letter, message: bytes) -> None:
        author = letter.sender if letter.sender in PEOPLE else ""
        if author not in self._open:
            self._open[author] = self._signed_in(author) if author else smtplib.SMTP(HOST, self._ports["smtp"], timeout=SECONDS)
        recipients = [PEOPLE[name].address for name in readers(letter)]
        options = [] if message.isascii() else ["BODY=8BITMIME"]
        self._open[author].sendmail(reverse_path(letter), recipients, message, options)

    def _signed_in(self, author: str) -> smtplib.SMTP:
        trusting = ssl.create_default_context(cafile=str(self._certificate))
        client = smtplib.SMTP_SSL(HOST, self._ports["submissions"], HOSTNAME, timeout=SECONDS, context=trusting)
        address = PEOPLE[author].address
        client.login(address, self._passwords[address])
        return client

    def _close(self) -> None:
        for client in self._open.values():
            try:
                client.quit()
            except (smtplib.SMTPException, OSError):
                client.close()
        self._open.clear()
