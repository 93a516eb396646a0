"""``posthouse queue``."""

import sys
from typing import Annotated, Any, NamedTuple

import typer

from posthouse.bootstrap.commands.administration import queue_control
from posthouse.bootstrap.commands.routes import find_ways
from posthouse.bootstrap.house import OPERATOR
from posthouse.cli.output import iso, moment
from posthouse.cli.session import at_home, confirm, session
from posthouse.foundation.ids import to_text
from posthouse.foundation.units import format_octets
from posthouse.model.delivery import EVERYTHING, QueueRow, RecipientState, Wanted
from posthouse.services.relay.probing import Way
from posthouse.services.relay.routing import Wishes

app = typer.Typer(help="Messages that wait to be delivered.", no_args_is_help=True)
DONE = {"retry": "retrying", "hold": "held", "release": "released", "reroute": "rerouted", "purge": "threw away"}
Ids = Annotated[list[str] | None, typer.Argument(metavar="[ID…]", help="Messages, as posthouse queue list shows them.")]
Matching = Annotated[
    str, typer.Option("--matching", metavar="TEXT", help="Instead of ids: every sender or recipient with TEXT in it.")
]
Sender = Annotated[str, typer.Option("--from", metavar="TEXT", help="Instead of ids: senders with TEXT in them; <> is none.")]
To = Annotated[str, typer.Option("--for", metavar="TEXT", help="Instead of ids: recipients with TEXT in them.")]
Domain = Annotated[str, typer.Option("--domain", metavar="DOMAIN", help="Instead of ids: recipients at DOMAIN.")]
All = Annotated[bool, typer.Option("--all", help="Instead of ids: all of them.")]
LIST_ROWS = 1_000
"""Rows listed unless more are asked for."""
Recipient = Annotated[str, typer.Option("--recipient", metavar="ADDRESS", help="Only this recipient of the messages.")]


@app.command("list", epilog="Example: posthouse queue list --domain example.org")
def list_(
    context: typer.Context,
    matching: Annotated[str, typer.Option(metavar="TEXT", help="Senders and recipients with TEXT in them.")] = "",
    sender: Annotated[str, typer.Option("--from", metavar="TEXT", help="Senders with TEXT in them; <> is none.")] = "",
    to: Annotated[str, typer.Option("--for", metavar="TEXT", help="Recipients with TEXT in them.")] = "",
    domain: Annotated[str, typer.Option(metavar="DOMAIN", help="Recipients at DOMAIN.")] = "",
    held: Annotated[bool, typer.Option("--held", help="Only what is held.")] = False,
    limit: Annotated[int, typer.Option(metavar="ROWS", help="At most so many; 0: all.", min=0)] = LIST_ROWS,
) -> None:
    """List the recipients that wait."""
    wanted = Wanted(matching, sender, to, domain, RecipientState.HELD if held else None)
    most = limit + 1 if limit else None
    rows = at_home(context, lambda house: queue_control(house).all(OPERATOR, wanted, most))
    shown = rows[:limit] if limit else rows
    head = ("ID", "FROM", "TO", "STATE", "TRIES", "NEXT", "SIZE", "LAST ANSWER")
    session(context).output.table([_plain(row) for row in shown], head, [_cells(row) for row in shown])
    if len(rows) > len(shown):
        print(f"There are more than {limit}: use --limit, or say which.", file=sys.stderr)


@app.command(epilog="Example: posthouse queue show 06gvr0d0c1q2g3h4j5k6m7n8p9 --content")
def show(
    context: typer.Context,
    message_id: Annotated[str, typer.Argument(metavar="ID", help="As posthouse queue list shows it.")],
    content: Annotated[bool, typer.Option("--content", help="Print the message itself instead.")] = False,
) -> None:
    """Show a message and where its recipients stand."""
    if content:
        octets = at_home(context, lambda house: queue_control(house).read(OPERATOR, message_id))
        sys.stdout.buffer.write(octets)
        return
    report = at_home(context, lambda house: queue_control(house).report(OPERATOR, message_id))
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
    context: typer.Context,
    ids: Ids = None,
    matching: Matching = "",
    sender: Sender = "",
    to: To = "",
    domain: Domain = "",
    everything: All = False,
    recipient: Recipient = "",
) -> None:
    """Try to deliver now."""
    _change(context, "retry", Which(ids, Wanted(matching, sender, to, domain), everything, recipient))


@app.command(epilog="Example: posthouse queue hold 06gvr0d0c1q2g3h4j5k6m7n8p9")
def hold(
    context: typer.Context,
    ids: Ids = None,
    matching: Matching = "",
    sender: Sender = "",
    to: To = "",
    domain: Domain = "",
    everything: All = False,
    recipient: Recipient = "",
) -> None:
    """Keep messages where they are until they are released."""
    _change(context, "hold", Which(ids, Wanted(matching, sender, to, domain), everything, recipient))


@app.command(epilog="Example: posthouse queue release --all")
def release(
    context: typer.Context,
    ids: Ids = None,
    matching: Matching = "",
    sender: Sender = "",
    to: To = "",
    domain: Domain = "",
    everything: All = False,
    recipient: Recipient = "",
) -> None:
    """Let held messages go on."""
    _change(context, "release", Which(ids, Wanted(matching, sender, to, domain), everything, recipient))


@app.command(epilog="Example: posthouse queue reroute --matching example.org --to backup.example.net")
def reroute(
    context: typer.Context,
    to: Annotated[
        str, typer.Option(metavar="DOMAIN", help="The domain whose servers shall take them, or a route such as smtp://host:25.")
    ],
    ids: Ids = None,
    matching: Matching = "",
    sender: Sender = "",
    to_matching: To = "",
    domain: Domain = "",
    everything: All = False,
    recipient: Recipient = "",
) -> None:
    """Send messages by way of another domain's servers."""
    _change(context, "reroute", Which(ids, Wanted(matching, sender, to_matching, domain), everything, recipient), to)


@app.command(epilog="Example: posthouse queue purge 06gvr0d0c1q2g3h4j5k6m7n8p9")
def purge(
    context: typer.Context,
    ids: Ids = None,
    matching: Matching = "",
    sender: Sender = "",
    to_matching: To = "",
    domain: Domain = "",
    everything: All = False,
    recipient: Recipient = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Throw messages away; their senders are not told."""
    confirm("Throw these messages away, for ever?", yes=yes)
    _change(context, "purge", Which(ids, Wanted(matching, sender, to_matching, domain), everything, recipient))


@app.command(epilog="Example: posthouse queue route example.org --try")
def route(
    context: typer.Context,
    destination: Annotated[str, typer.Argument(metavar="DOMAIN", help="A domain, an address, or a route such as smtp://host:25.")],
    speak: Annotated[
        bool, typer.Option("--try", help="Connect and speak to each server, up to signing in; nothing is sent.")
    ] = False,
    sender: Annotated[str, typer.Option("--from-domain", metavar="DOMAIN", help="As mail sent by this domain goes.")] = "",
    require_tls: Annotated[bool, typer.Option("--require-tls", help="As mail goes that may not go without TLS.")] = False,
) -> None:
    """Show which servers mail for a domain would be given to."""
    ways = at_home(context, lambda house: find_ways(house, destination, Wishes(sender, require_tls), speak=speak))
    plain = [_plain_way(way) for way in ways]
    head = ("SERVER", "TLS", "RESULT") if speak else ("SERVER", "TLS")
    session(context).output.table(plain, head, [_way_cells(way) for way in ways])
    if speak and not any(way.probe is not None and way.probe.reached for way in ways):
        raise typer.Exit(1)


def _way_cells(way: Way) -> tuple[object, ...]:
    security = way.route.security
    policy = {"tlsa": " (DANE)", "sts": " (MTA-STS)"}.get(security.policy_type, "")
    cells = way.route.words, f"{security.level}{policy}"
    return cells if way.probe is None else (*cells, "; ".join(way.probe.words))


def _plain_way(way: Way) -> dict[str, Any]:
    security = way.route.security
    plain: dict[str, Any] = {"server": way.route.words, "tls": security.level, "policy": security.policy_type}
    if way.probe is not None:
        plain |= {"reached": way.probe.reached, "found": list(way.probe.words)}
    return plain


class Which(NamedTuple):
    """The recipients a command is about: messages by id, or all that are wanted."""

    ids: list[str] | None
    wanted: Wanted
    everything: bool
    recipient: str


def _change(context: typer.Context, verb: str, which: Which, argument: str = "") -> None:
    ids, wanted = which.ids, which.wanted
    if bool(ids) + (wanted != EVERYTHING) + which.everything != 1:
        raise typer.BadParameter("say which messages: their ids, or --matching, --from, --for, --domain, or --all")
    if ids:
        count = at_home(context, lambda house: queue_control(house).change(OPERATOR, verb, ids, which.recipient, argument))
    else:
        count = at_home(context, lambda house: queue_control(house).change_all(OPERATOR, verb, wanted, argument))
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
