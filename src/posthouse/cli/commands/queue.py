"""``posthouse queue``."""

import sys
from typing import Annotated, Any

import typer

from posthouse.bootstrap.house import OPERATOR
from posthouse.cli.output import iso, moment
from posthouse.cli.session import at_home, confirm, session
from posthouse.foundation.ids import to_text
from posthouse.foundation.units import format_octets
from posthouse.model.delivery import QueueRow, RecipientState
from posthouse.services.administer.queue import QueueControl

app = typer.Typer(help="Messages that wait to be delivered.", no_args_is_help=True)
DONE = {"retry": "retrying", "hold": "held", "release": "released", "reroute": "rerouted", "purge": "threw away"}
Ids = Annotated[list[str] | None, typer.Argument(metavar="[ID…]", help="Messages, as posthouse queue list shows them.")]
Matching = Annotated[
    str, typer.Option("--matching", metavar="TEXT", help="Instead of ids: every sender or recipient with TEXT in it.")
]
All = Annotated[bool, typer.Option("--all", help="Instead of ids: all of them.")]
Recipient = Annotated[str, typer.Option("--recipient", metavar="ADDRESS", help="Only this recipient of the messages.")]


@app.command("list", epilog="Example: posthouse queue list --matching example.org")
def list_(
    context: typer.Context,
    matching: Annotated[str, typer.Option(metavar="TEXT", help="Senders and recipients with TEXT in them.")] = "",
    held: Annotated[bool, typer.Option("--held", help="Only what is held.")] = False,
) -> None:
    """List the recipients that wait."""
    state = RecipientState.HELD if held else None
    rows = at_home(context, lambda house: QueueControl(house.queues).all(OPERATOR, matching, state))
    head = ("ID", "FROM", "TO", "STATE", "TRIES", "NEXT", "SIZE", "LAST ANSWER")
    session(context).output.table([_plain(row) for row in rows], head, [_cells(row) for row in rows])


@app.command(epilog="Example: posthouse queue show 06gvr0d0c1q2g3h4j5k6m7n8p9 --content")
def show(
    context: typer.Context,
    message_id: Annotated[str, typer.Argument(metavar="ID", help="As posthouse queue list shows it.")],
    content: Annotated[bool, typer.Option("--content", help="Print the message itself instead.")] = False,
) -> None:
    """Show a message and where its recipients stand."""
    if content:
        octets = at_home(context, lambda house: QueueControl(house.queues).read(OPERATOR, message_id))
        sys.stdout.buffer.write(octets)
        return
    report = at_home(context, lambda house: QueueControl(house.queues).report(OPERATOR, message_id))
    message = report.message
    facts: list[tuple[str, object]] = [
        ("id", to_text(message.id)),
        ("trace", to_text(message.trace_id)),
        ("from", f"<{message.reverse_path}>"),
        ("received", moment(message.received_at)),
        ("size", format_octets(message.content.size_octets)),
    ]
    facts += [("to", f"{row.address} ({row.state}, next {moment(row.next_attempt_at)}) {row.last_reply}") for row in report.rows]
    session(context).output.facts({"id": to_text(message.id), "recipients": [_plain(row) for row in report.rows]}, facts)


@app.command(epilog="Example: posthouse queue retry --all")
def retry(
    context: typer.Context, ids: Ids = None, matching: Matching = "", everything: All = False, recipient: Recipient = ""
) -> None:
    """Try to deliver now."""
    _change(context, "retry", (ids, matching, everything, recipient))


@app.command(epilog="Example: posthouse queue hold 06gvr0d0c1q2g3h4j5k6m7n8p9")
def hold(
    context: typer.Context, ids: Ids = None, matching: Matching = "", everything: All = False, recipient: Recipient = ""
) -> None:
    """Keep messages where they are until they are released."""
    _change(context, "hold", (ids, matching, everything, recipient))


@app.command(epilog="Example: posthouse queue release --all")
def release(
    context: typer.Context, ids: Ids = None, matching: Matching = "", everything: All = False, recipient: Recipient = ""
) -> None:
    """Let held messages go on."""
    _change(context, "release", (ids, matching, everything, recipient))


@app.command(epilog="Example: posthouse queue reroute --matching example.org --to backup.example.net")
def reroute(
    context: typer.Context,
    to: Annotated[str, typer.Option(metavar="DOMAIN", help="The domain whose servers shall take them.")],
    ids: Ids = None,
    matching: Matching = "",
    everything: All = False,
    recipient: Recipient = "",
) -> None:
    """Send messages by way of another domain's servers."""
    _change(context, "reroute", (ids, matching, everything, recipient), to)


@app.command(epilog="Example: posthouse queue purge 06gvr0d0c1q2g3h4j5k6m7n8p9")
def purge(
    context: typer.Context,
    ids: Ids = None,
    matching: Matching = "",
    everything: All = False,
    recipient: Recipient = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Throw messages away; their senders are not told."""
    confirm("Throw these messages away, for ever?", yes=yes)
    _change(context, "purge", (ids, matching, everything, recipient))


def _change(context: typer.Context, verb: str, which: tuple[list[str] | None, str, bool, str], argument: str = "") -> None:
    ids, matching, everything, recipient = which
    if bool(ids) + bool(matching) + everything != 1:
        raise typer.BadParameter("say which messages: their ids, or --matching TEXT, or --all")
    if ids:
        count = at_home(context, lambda house: QueueControl(house.queues).change(OPERATOR, verb, ids, recipient, argument))
    else:
        count = at_home(context, lambda house: QueueControl(house.queues).change_all(OPERATOR, verb, matching, argument))
    session(context).output.value({"changed": count}, f"{DONE[verb]} {count} recipients")


def _cells(row: QueueRow) -> tuple[object, ...]:
    sender = f"<{row.reverse_path}>"
    size = format_octets(row.size_octets)
    return (to_text(row.id), sender, row.address, row.state, row.attempts, moment(row.next_attempt_at), size, row.last_reply)


def _plain(row: QueueRow) -> dict[str, Any]:
    return {
        "id": to_text(row.id),
        "trace": to_text(row.trace_id),
        "from": row.reverse_path,
        "to": row.address,
        "destination": row.destination,
        "state": row.state,
        "attempts": row.attempts,
        "received_at": iso(row.received_at),
        "next_attempt_at": iso(row.next_attempt_at),
        "size_octets": row.size_octets,
        "last_reply": row.last_reply,
    }
