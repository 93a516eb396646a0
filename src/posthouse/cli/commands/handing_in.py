"""``posthouse rmail | rsmtp``: what UUCP and its kind call; both read standard input and leave with codes of sysexits.h."""

import os
from collections.abc import Iterator
from typing import Annotated

import typer

from posthouse.bootstrap.commands.taking_in import hand_in, hand_in_batch
from posthouse.cli.commands.mail import standard_input
from posthouse.cli.output import complain
from posthouse.cli.session import at_home, session
from posthouse.formats.address.value import Address
from posthouse.formats.uucp import InvalidPath, address_of, read_opening
from posthouse.foundation.errors import PosthouseError, TemporaryFailure


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("rmail", epilog="Example: posthouse rmail alice@example.test < message")(rmail)
    app.command("rsmtp", epilog="Example: posthouse rsmtp < batch")(rsmtp)


def rmail(
    context: typer.Context,
    recipients: Annotated[list[str], typer.Argument(metavar="ADDRESS…", help="Addresses, or paths like host!user.")],
) -> None:
    """Take one message from standard input for anybody, its sender in From lines before it (RFC 976)."""
    chunks = standard_input()
    first = next(chunks, b"")
    opening = read_opening(first)
    try:
        sender = address_of(opening.sender) if opening.sender else None
        wanted = [address_of(recipient) for recipient in recipients]
    except InvalidPath as error:
        complain(str(error))
        raise typer.Exit(os.EX_DATAERR) from None
    trace = _kept(context, sender, wanted, _joined(first[opening.end :], chunks))
    session(context).output.value({"trace": trace}, f"kept as {trace}")


def rsmtp(context: typer.Context) -> None:
    """Take a batch of SMTP commands from standard input (BSMTP); what is refused is bounced to its sender."""
    try:
        outcome = at_home(context, lambda house: hand_in_batch(house, standard_input()))
    except TemporaryFailure as error:
        complain(str(error))
        raise typer.Exit(os.EX_TEMPFAIL) from None
    for fault in outcome.faults:
        complain(fault)
    session(context).output.value({"kept": outcome.kept, "faults": outcome.faults}, f"{len(outcome.kept)} messages kept")
    if outcome.faults and not outcome.kept:
        raise typer.Exit(os.EX_DATAERR)


def _kept(context: typer.Context, sender: Address | None, recipients: list[Address], message: Iterator[bytes]) -> str:
    try:
        return at_home(context, lambda house: hand_in(house, sender, recipients, message))
    except TemporaryFailure as error:
        complain(str(error))
        raise typer.Exit(os.EX_TEMPFAIL) from None
    except PosthouseError as error:
        complain(str(error))
        raise typer.Exit(os.EX_DATAERR) from None


def _joined(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    if first:
        yield first
    yield from rest
