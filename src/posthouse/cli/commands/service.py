"""``posthouse init | serve | status``: the service as a whole."""

import asyncio
import enum
import sys
from typing import Annotated

import msgspec
import typer

from posthouse.bootstrap.commands.install import Installation, install
from posthouse.bootstrap.commands.status import read_status
from posthouse.bootstrap.config import EMBEDDED
from posthouse.bootstrap.house import OPERATOR
from posthouse.cli.session import at_home, new_password, session
from posthouse.foundation.units import format_octets
from posthouse.ports.disk import Room


class Profile(enum.StrEnum):
    """What an installation begins with."""

    DEFAULT = "default"
    LAB = "lab"
    BENCH = "bench"


def add_to(app: typer.Typer) -> None:
    """Add the commands that have no noun."""
    app.command(
        "init",
        epilog="Example: posthouse init --hostname mail.example.test --domain example.test --admin postmaster@example.test",
    )(init)
    app.command("serve", epilog="Example: posthouse serve --bind 127.0.0.1 --port-offset 20000")(serve)
    app.command("status", epilog="Example: posthouse --json status")(status)


def init(
    context: typer.Context,
    hostname: Annotated[str, typer.Option(help="Name by which mail programs and other servers reach this machine.")],
    domain: Annotated[str, typer.Option(help="The first mail domain.")],
    admin: Annotated[str, typer.Option(metavar="ADDRESS", help="The administrator's mailbox in that domain.")],
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")] = False,
    profile: Annotated[
        Profile, typer.Option(help="default is safe for the internet; lab and bench relax it for trials and measurements.")
    ] = Profile.DEFAULT,
    accounts: Annotated[
        str, typer.Option(metavar="ENGINE", help="Where accounts are kept: sqlite, or postgresql://USER@HOST/DATABASE.")
    ] = EMBEDDED,
) -> None:
    """Make a new installation: keys, a certificate, the first domain and its administrator."""
    wanted = Installation(
        hostname=hostname,
        domain=domain,
        administrator=admin,
        password=new_password(from_stdin=password_stdin),
        profile=profile.value,
        accounts=accounts,
    )
    here = session(context)
    account = asyncio.run(install(here.layout, wanted))
    here.output.value(
        {"directory": str(here.layout.root), "hostname": hostname, "domain": domain, "administrator": account.address},
        f"{here.layout.root} is ready: start it with posthouse -d {here.layout.root} serve",
    )


def serve(
    context: typer.Context,
    bind: Annotated[list[str] | None, typer.Option(metavar="IP", help="Address to listen on; may be repeated.")] = None,
    port_offset: Annotated[int, typer.Option(min=0, max=64_000, metavar="N", help="Added to every port.")] = 0,
    role: Annotated[
        list[str] | None, typer.Option(metavar="ROLE", help="smtp, imap, pop3, web or one listener; all by default.")
    ] = None,
    workers: Annotated[int, typer.Option(min=0, max=64, metavar="N", help="Mail workers; 0: one less than there are cores.")] = 0,
) -> None:
    """Serve until SIGTERM; prints "posthouse ready" when every listener accepts."""
    from posthouse.bootstrap.serve import serve as run  # the servers are loaded for nobody else

    sys.exit(run(session(context).layout, bind=bind or (), port_offset=port_offset, roles=role or (), workers=workers))


def status(context: typer.Context) -> None:
    """Say whether the server runs, where it listens, and what is in the house."""
    found = at_home(context, lambda house: read_status(OPERATOR, house))
    facts = [
        ("directory", found.directory),
        ("host name", found.hostname),
        ("server", f"runs, process {found.pid}, {found.workers} workers" if found.running else "does not run"),
        ("addresses", ", ".join(found.bind)),
        ("ports", ", ".join(f"{name} {port}" for name, port in found.ports.items())),
        ("domains", found.domains),
        ("accounts", found.accounts),
        ("queue", f"{found.waiting} recipients wait, {found.held} are held"),
        ("quotas", f"{format_octets(found.quota_octets)} together"),
        ("disk", _disk(found.disk)),
    ]
    session(context).output.facts(msgspec.to_builtins(found), facts)


def _disk(room: Room | None) -> str:
    return "" if room is None else f"{format_octets(room.octets)}, {format_octets(room.free_octets)} free"
