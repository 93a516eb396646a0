"""``posthouse session``."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar

import typer

from posthouse.bootstrap.commands.browsers import session_control
from posthouse.bootstrap.house import OPERATOR, House
from posthouse.cli.output import iso, moment
from posthouse.cli.session import at_home, confirm, session
from posthouse.foundation.ids import to_text
from posthouse.services.browsers.control import ActiveSession, SessionControl

T = TypeVar("T")
app = typer.Typer(help="Browsers and mail programs that are signed in now.", no_args_is_help=True)
Address = Annotated[str, typer.Argument(metavar="ADDRESS", help="Whose they are, e.g. alice@example.test")]


@app.command("list", epilog="Example: posthouse session list alice@example.test")
def list_(context: typer.Context, address: Address) -> None:
    """List who is signed in to an account: browsers, and connections of mail programs."""
    found = at_home(context, _with(lambda verbs: verbs.all(OPERATOR, address)))
    rows = [
        (to_text(each.id), each.protocol, each.address, moment(each.since), moment(each.seen_at, never=""), each.program)
        for each in found
    ]
    session(context).output.table(
        [_plain(each) for each in found], ("ID", "PROTOCOL", "ADDRESS", "SINCE", "LAST USED", "PROGRAM"), rows
    )


@app.command(epilog="Example: posthouse session end alice@example.test 068lqvfaaqp6kk3h5psr1b4p80")
def end(
    context: typer.Context,
    address: Address,
    id_: Annotated[str, typer.Argument(metavar="ID", help="Its id, as session list tells it.")],
) -> None:
    """End a session: a browser is signed out, a mail program's connection closes."""
    gone = at_home(context, _with(lambda verbs: verbs.end(OPERATOR, address, id_)))
    session(context).output.value(_plain(gone), f"ended the {gone.protocol} session of {address} from {gone.address}")


@app.command(epilog="Example: posthouse session clear alice@example.test")
def clear(
    context: typer.Context, address: Address, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False
) -> None:
    """End all sessions of an account."""
    confirm(f"Sign out all browsers and programs of {address}?", yes=yes)
    count = at_home(context, _with(lambda verbs: verbs.clear(OPERATOR, address)))
    session(context).output.value({"ended": count}, f"ended {count} sessions of {address}")


def _with(work: Callable[[SessionControl], Awaitable[T]]) -> Callable[[House], Awaitable[T]]:
    return lambda house: work(session_control(house))


def _plain(each: ActiveSession) -> dict[str, Any]:
    return {
        "id": to_text(each.id),
        "protocol": each.protocol,
        "address": each.address,
        "since": iso(each.since),
        "last_used_at": iso(each.seen_at),
        "program": each.program,
        "proofs": list(each.proofs),
    }
