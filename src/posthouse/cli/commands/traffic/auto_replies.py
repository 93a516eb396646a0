"""``posthouse autoreply``."""

import sys
from typing import Annotated, Any

import typer

from posthouse.bootstrap.commands.administration import administration
from posthouse.bootstrap.house import OPERATOR
from posthouse.cli.arguments import beginning, expiry
from posthouse.cli.output import iso, moment
from posthouse.cli.session import at_home, session
from posthouse.model.traffic.auto_reply import AutoReply
from posthouse.services.administer.traffic.auto_replies import AutoReplying

app = typer.Typer(help="What a mailbox answers by itself.", no_args_is_help=True)
Address = Annotated[str, typer.Argument(metavar="ADDRESS", help="Who answers, e.g. alice@example.test")]


@app.command("set", epilog="Example: posthouse autoreply set alice@example.test --until 2027-01-31 --text 'I am back in February.'")
def set_(
    context: typer.Context,
    address: Address,
    text: Annotated[str, typer.Option(help="What it says; - reads it from standard input.")],
    subject: Annotated[str, typer.Option(help="Its subject; without: that of the message, with a word in front.")] = "",
    begins: Annotated[
        float | None, typer.Option("--from", parser=beginning, metavar="DATE", help="From the begin of this day on.")
    ] = None,
    until: Annotated[
        float | None, typer.Option(parser=expiry, metavar="DATE", help="Until the end of this day, or a moment.")
    ] = None,
    per_day: Annotated[int, typer.Option(help="Replies to one sender in 24 hours.")] = 1,
) -> None:
    """Answer what comes. Lists, programs and forged senders are never answered."""
    words = sys.stdin.read() if text == "-" else text
    reply = AutoReply(words, subject, begins or 0.0, until or 0.0, per_day)
    account = at_home(context, lambda house: AutoReplying(administration(house)).set(OPERATOR, address, reply))
    session(context).output.value(_plain(account.address, reply), f"{account.address} answers by itself")


@app.command("list", epilog="Example: posthouse autoreply list --domain example.test")
def list_(context: typer.Context, domain: Annotated[str | None, typer.Option(help="Only this domain.")] = None) -> None:
    """List who answers by itself."""
    found = at_home(context, lambda house: AutoReplying(administration(house)).all(OPERATOR, domain))
    replies = [(account.address, account.auto_reply) for account in found if account.auto_reply is not None]
    rows = [(address, _when(reply.begins_at), _when(reply.ends_at), reply.subject) for address, reply in replies]
    plain = [_plain(address, reply) for address, reply in replies]
    session(context).output.table(plain, ("ADDRESS", "FROM", "UNTIL", "SUBJECT"), rows)


@app.command(epilog="Example: posthouse autoreply show alice@example.test")
def show(context: typer.Context, address: Address) -> None:
    """Show what an address answers."""
    reply = at_home(context, lambda house: AutoReplying(administration(house)).get(OPERATOR, address))
    facts = [
        ("address", address),
        ("subject", reply.subject),
        ("from", _when(reply.begins_at)),
        ("until", _when(reply.ends_at)),
        ("per day", reply.most_per_day),
        ("text", reply.text),
    ]
    session(context).output.facts(_plain(address, reply), facts)


@app.command(epilog="Example: posthouse autoreply remove alice@example.test")
def remove(context: typer.Context, address: Address) -> None:
    """Answer nobody any more."""
    at_home(context, lambda house: AutoReplying(administration(house)).remove(OPERATOR, address))
    session(context).output.value({"address": address}, f"{address} answers nobody")


def _when(seconds: float) -> str:
    return moment(seconds) if seconds else ""


def _plain(address: str, reply: AutoReply) -> dict[str, Any]:
    return {
        "address": address,
        "subject": reply.subject,
        "text": reply.text,
        "begins_at": iso(reply.begins_at) if reply.begins_at else None,
        "ends_at": iso(reply.ends_at) if reply.ends_at else None,
        "per_day": reply.most_per_day,
    }
