"""The whole demonstration, from an empty directory to Ctrl-C."""

import asyncio
import datetime as dt
import signal
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NoReturn

from posthouse.bootstrap.config import SERVICES
from posthouse.bootstrap.demo.composing import Composer
from posthouse.bootstrap.demo.letter import letters
from posthouse.bootstrap.demo.people import DOMAIN, PEOPLE, POSTMASTER
from posthouse.bootstrap.demo.preparing import prepare, sign_in_file
from posthouse.bootstrap.demo.sending import HOST, Postman, Sent
from posthouse.bootstrap.demo.server import is_ready, running
from posthouse.bootstrap.demo.settling import settle
from posthouse.bootstrap.layout import Layout
from posthouse.bootstrap.storage import CLOCK

Say = Callable[[str], None]


def run_demo(directory: Path, port_offset: int, say: Say) -> int:
    """Make the demonstration where there is none, serve it, tell how to use it; returns the exit status after Ctrl-C.

    Raises: Invalid, Unavailable (a port is taken, a letter could not be sent), and what ``install`` raises.
    """
    layout = Layout(directory.absolute())
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        passwords = asyncio.run(prepare(layout)).passwords
        with running(layout, port_offset) as server:
            if not is_ready(server):
                return server.wait() or 1
            _send_letters(layout, port_offset, passwords, say)
            say(instructions(layout, port_offset, passwords))
            return server.wait()
    except KeyboardInterrupt:
        say("\nstopped")
        return 0


def instructions(layout: Layout, offset: int, passwords: Mapping[str, str]) -> str:
    """What people need to know, as a block of text."""
    ports = {name: service.port + offset for name, service in SERVICES.items()}
    rows = [
        ("web", f"http://{HOST}:{ports['http']}/   https://{HOST}:{ports['https']}/"),
        ("IMAP", f"{HOST}  port {ports['imap']} (STARTTLS or none), {ports['imaps']} (TLS)"),
        ("POP3", f"{HOST}  port {ports['pop3']} (STARTTLS or none), {ports['pop3s']} (TLS)"),
        ("sending", f"{HOST}  port {ports['submission']} (STARTTLS or none), {ports['submissions']} (TLS)"),
        ("incoming", f"{HOST}  port {ports['smtp']} (SMTP), {ports['lmtp']} (LMTP)"),
    ]
    people = [(person.address, passwords[person.address], _remark(person.name)) for person in PEOPLE.values()]
    widest = max(len(address) for address, *_ in people)
    return "\n".join(
        [
            "",
            f"posthouse ready: a demonstration of {DOMAIN}, in {layout.root}",
            "",
            *(f"  {what:<10}{where}" for what, where in rows),
            "",
            *(f"  {address:<{widest}}  {password}{remark}" for address, password, remark in people),
            "",
            f"  The passwords are kept in {sign_in_file(layout)}; the certificate is self-signed.",
            f"  Another terminal: posthouse -d {layout.root} account list",
            "  Ctrl-C stops it.",
            "",
        ]
    )


def _remark(name: str) -> str:
    return "   (administrator)" if name == POSTMASTER.name else ""


def _send_letters(layout: Layout, port_offset: int, passwords: Mapping[str, str], say: Say) -> None:
    sent = Sent(layout.root / "letters-sent.txt")
    everything = letters()
    waiting = [letter for letter in everything if letter not in sent]
    settled = layout.root / "letters-settled.txt"
    if settled.exists() and not waiting:
        return
    say(f"sending {len(waiting)} letters …")
    composer = Composer({letter.key: letter for letter in everything}, dt.datetime.fromtimestamp(CLOCK.now(), dt.UTC))
    Postman(layout, port_offset, passwords).carry(waiting, composer, sent.add)
    asyncio.run(settle(layout, everything, composer))
    settled.touch()


def _interrupt(number: int, frame: object) -> NoReturn:
    del number, frame
    raise KeyboardInterrupt
