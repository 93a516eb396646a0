"""``posthouse account``: how much it sends."""

from typing import Annotated

import typer

from posthouse.bootstrap.commands.administration import sending_control
from posthouse.bootstrap.house import OPERATOR
from posthouse.cli.output import moment
from posthouse.cli.session import at_home, confirm, session
from posthouse.services.administer.traffic.sending import Held
from posthouse.services.brakes.limits import whose_limit

Address = Annotated[str, typer.Argument(metavar="ADDRESS", help="The whole address, e.g. alice@example.test")]


def add_to(app: typer.Typer) -> None:
    """Add the commands to those of accounts."""
    app.command(epilog="Example: posthouse account sending alice@example.test")(sending)
    app.command("stop-sending", epilog="Example: posthouse account stop-sending alice@example.test --why 'a stolen laptop'")(stop)
    app.command(epilog="Example: posthouse account restore alice@example.test --release")(restore)


def sending(context: typer.Context, address: Address) -> None:
    """Show how much a mailbox has sent, of what it may, and whether it was stopped."""
    report = at_home(context, lambda house: sending_control(house).report(OPERATOR, address))
    rows = [
        (whose_limit(u.allowance), u.allowance.window, str(u.used), str(u.allowance.most), moment(u.frees_at)) for u in report.usage
    ]
    plain = [
        {"subject": u.allowance.subject, "window": u.allowance.window, "used": u.used, "most": u.allowance.most}
        for u in report.usage
    ]
    if report.account.sending_stopped:
        rows.append(("this mailbox", "stopped", report.account.sending_stopped, "", ""))
        plain.append({"subject": report.account.address, "stopped": report.account.sending_stopped})
    session(context).output.table(plain, ("WHOSE", "IN", "USED", "OF", "ROOM AT"), rows)


def stop(context: typer.Context, address: Address, why: Annotated[str, typer.Option(help="What its owner is told.")] = "") -> None:
    """Let a mailbox send no more, and hold what it has in the queue."""
    account = at_home(context, lambda house: sending_control(house).stop(OPERATOR, address, why))
    plain = {"address": account.address, "stopped": account.sending_stopped}
    session(context).output.value(plain, f"{account.address} may not send: {account.sending_stopped}")


def restore(
    context: typer.Context,
    address: Address,
    release: Annotated[bool, typer.Option("--release", help="Send what is held.")] = False,
    purge: Annotated[bool, typer.Option("--purge", help="Remove what is held, for ever; nobody is told.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Let a mailbox send again; without --release or --purge its held mail stays held."""
    if release and purge:
        raise typer.BadParameter("--release or --purge, not both")
    if purge:
        confirm(f"Remove all that {address} has in the queue?", yes=yes)
    held = Held.RELEASE if release else Held.PURGE if purge else Held.KEEP
    count = at_home(context, lambda house: sending_control(house).restore(OPERATOR, address, held))
    done = {Held.RELEASE: f", {count} recipients released", Held.PURGE: f", {count} recipients purged", Held.KEEP: ""}[held]
    session(context).output.value({"address": address, "held": str(held), "recipients": count}, f"{address} may send again{done}")
