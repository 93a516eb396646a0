"""``posthouse deliver | import | verify | reindex | trace``: the mail itself."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from posthouse.bootstrap.commands.administration import administration
from posthouse.bootstrap.commands.taking_in import bring_in, deposit
from posthouse.bootstrap.house import OPERATOR
from posthouse.cli.output import complain, end_progress, iso, moment, show_progress
from posthouse.cli.session import at_home, session
from posthouse.foundation.ids import to_text
from posthouse.services.administer.upkeep import Step, Upkeep, Verified, find_trace
from posthouse.services.migrate.importer import Imported

CHUNK_OCTETS = 262_144
FAILED = 1
SHOWN_FAULTS = 20
Address = Annotated[str, typer.Argument(metavar="ADDRESS", help="The whole address, e.g. alice@example.test")]

MaybeAddress = Annotated[str, typer.Argument(metavar="[ADDRESS]", help="One account; without it, all of them.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("deliver", epilog="Example: posthouse deliver alice@example.test < message.eml")(deliver)
    app.command("import", epilog="Example: posthouse import alice@example.test ~/Maildir")(import_)
    app.command("trace", epilog="Example: posthouse trace alice@example.test")(trace)
    app.command("verify", epilog="Example: posthouse verify alice@example.test")(verify)
    app.command("reindex", epilog="Example: posthouse reindex alice@example.test")(reindex)


def deliver(
    context: typer.Context,
    address: Address,
    sender: Annotated[str, typer.Option("--from", metavar="SENDER", help="Who hears of a failure; nobody by default.")] = "",
) -> None:
    """Deliver one message from standard input, as if it had come by SMTP."""
    done = at_home(context, lambda house: deposit(house, address, standard_input(), sender))
    plain = {"trace": done.trace_id, "delivered": done.delivered, "size_octets": done.size_octets}
    session(context).output.value(plain, f"{'delivered' if done.delivered else 'queued'} as {done.trace_id}")


def import_(
    context: typer.Context,
    address: Address,
    path: Annotated[
        Path, typer.Argument(metavar="PATH", help="A Maildir, an mbox file or a folder of them, a message or a folder of messages.")
    ],
    mailbox: Annotated[str, typer.Option(metavar="NAME", help="Where it goes; folders become mailboxes below it.")] = "INBOX",
) -> None:
    """Bring in another program's mail with dates, flags and folders. What is there already is not brought in twice."""
    done = at_home(context, lambda house: bring_in(house, address, path, mailbox, _show_progress))
    end_progress()
    for unreadable in done.unreadable:
        complain(f"{unreadable.origin}: {unreadable.reason}")
    plain = {
        "imported": done.imported,
        "present": done.present,
        "unreadable": [{"origin": each.origin, "reason": each.reason} for each in done.unreadable],
        "stopped": done.stopped,
    }
    session(context).output.value(plain, f"imported {done.imported}, there already {done.present}")
    if done.stopped:
        complain(f"stopped in {done.mailbox}: {done.stopped}; the same command goes on from there")
    if done.stopped or done.unreadable:
        raise typer.Exit(FAILED)


def trace(
    context: typer.Context,
    subject: Annotated[str, typer.Argument(metavar="SUBJECT", help="An address, a Message-ID, an IP address or a trace id.")],
) -> None:
    """Tell what happened to messages."""
    events = at_home(context, lambda house: find_trace(OPERATOR, house.trace, administration(house).recorder, subject))
    plain = [
        {
            "trace": to_text(event.trace_id),
            "at": iso(event.at),
            "step": event.step,
            "text": event.text,
            "about": list(event.subjects),
        }
        for event in events
    ]
    rows = [(to_text(event.trace_id), moment(event.at), event.step, ", ".join(event.subjects), event.text) for event in events]
    session(context).output.table(plain, ("TRACE", "WHEN", "STEP", "ABOUT", "WHAT"), rows)


def verify(context: typer.Context, address: MaybeAddress = "") -> None:
    """Check that everything an account owns is whole: indexes, numbers, sizes, octets, what lies beside the database."""
    if address:
        found = [at_home(context, lambda house: Upkeep(administration(house)).verify(OPERATOR, address))]
    else:
        found = at_home(context, lambda house: Upkeep(administration(house)).verify_all(OPERATOR, _show_step))
    end_progress()
    broken = [verified for verified in found if verified.faults]
    plain = [{"address": v.address, "faults": [{"what": f.what, "where": f.where} for f in v.faults]} for v in found]
    lines = [line for verified in broken for line in _faults(verified)]
    session(context).output.value(plain, "\n".join([*lines, f"{len(found) - len(broken)} of {len(found)} accounts are whole"]))
    if broken:
        raise typer.Exit(FAILED)


def reindex(context: typer.Context, address: MaybeAddress = "") -> None:
    """Compute anew what is kept beside messages for speed. A server may run; its clients have their turn all the while."""
    if address:
        found = [at_home(context, lambda house: Upkeep(administration(house)).reindex(OPERATOR, address, _show_step))]
    else:
        found = at_home(context, lambda house: Upkeep(administration(house)).reindex_all(OPERATOR, _show_step))
    end_progress()
    plain = [{"address": each.address, "messages": each.messages, "trouble": each.trouble} for each in found]
    troubled = [each for each in found if each.trouble]
    done = f"{sum(each.messages for each in found)} messages in {len(found) - len(troubled)} of {len(found)} accounts"
    session(context).output.value(plain, "\n".join([*(f"{each.address}: {each.trouble}" for each in troubled), done]))
    if troubled:
        raise typer.Exit(FAILED)


def _faults(verified: Verified) -> list[str]:
    """A broken account's faults in lines, the first of very many."""
    lines = [f"{verified.address}: {fault.what} ({fault.where})" for fault in verified.faults[:SHOWN_FAULTS]]
    more = len(verified.faults) - SHOWN_FAULTS
    return [*lines, f"{verified.address}: and {more} more; --json tells all"] if more > 0 else lines


def standard_input() -> Iterator[bytes]:
    """What comes by a pipe, in chunks. Raises: typer.BadParameter where a person is typing."""
    if sys.stdin.isatty():
        raise typer.BadParameter("this command reads standard input, like posthouse deliver ADDRESS < message.eml")
    while chunk := sys.stdin.buffer.read(CHUNK_OCTETS):
        yield chunk


def _show_step(step: Step) -> None:
    messages = f", {step.messages} messages" if step.messages else ""
    show_progress(f"{step.account} of {step.accounts}: {step.address}{messages}")


def _show_progress(done: Imported) -> None:
    show_progress(f"{done.mailbox}: {done.imported} imported, {done.present} there already")
