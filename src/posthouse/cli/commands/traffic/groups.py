"""``posthouse group``."""

from typing import Annotated, Any

import typer

from posthouse.bootstrap.commands.administration import administration
from posthouse.bootstrap.house import OPERATOR
from posthouse.cli.output import iso
from posthouse.cli.session import at_home, confirm, session
from posthouse.model.traffic.group import Posting
from posthouse.services.administer.traffic.groups import GroupChanges, GroupReport, Groups

app = typer.Typer(help="Addresses that stand for many people, and what they carry for them.", no_args_is_help=True)
Address = Annotated[str, typer.Argument(metavar="ADDRESS", help="The group, e.g. staff@example.test")]
Members = Annotated[list[str], typer.Argument(metavar="MEMBER…", help="Addresses of people, groups, outsiders; or *@example.test.")]
Name = Annotated[str | None, typer.Option("--name", help="Name shown in front of the address.")]
Post = Annotated[Posting | None, typer.Option("--posting", help="Who may write to it (at first: people of this house).")]
Posters = Annotated[list[str] | None, typer.Option("--poster", metavar="PATTERN", help="Who also may: eve@a.org, *@a.org.")]
Keep = Annotated[bool | None, typer.Option("--keep/--no-keep", help="Keep a copy of what comes in its own mailbox.")]
Personal = Annotated[bool | None, typer.Option("--personal/--no-personal", help="Write each member's own address into To.")]
Precedence = Annotated[int | None, typer.Option(help="Its settings win over those of groups with a lower number.")]


@app.command(epilog="Example: posthouse group add staff@example.test alice@example.test '*@sales.example.test' --posting members")
def add(
    context: typer.Context,
    address: Address,
    members: Members,
    name: Name = None,
    posting: Post = None,
    poster: Posters = None,
    keep: Keep = None,
    personal: Personal = None,
    precedence: Precedence = None,
) -> None:
    """Make a group."""
    changes = _changes(name, posting, poster, keep, personal, precedence)
    report = at_home(context, lambda house: Groups(administration(house)).add(OPERATOR, address, members, changes))
    session(context).output.value(_plain(report), f"added {report.account.address}")


@app.command("set", epilog="Example: posthouse group set staff@example.test --posting authenticated --keep")
def set_(
    context: typer.Context,
    address: Address,
    name: Name = None,
    posting: Post = None,
    poster: Posters = None,
    keep: Keep = None,
    personal: Personal = None,
    precedence: Precedence = None,
) -> None:
    """Change a group; posthouse setting --group has the settings it carries, account set --role group-manager who manages it."""
    changes = _changes(name, posting, poster, keep, personal, precedence)
    report = at_home(context, lambda house: Groups(administration(house)).change(OPERATOR, address, changes))
    session(context).output.value(_plain(report), f"changed {report.account.address}")


@app.command("add-member", epilog="Example: posthouse group add-member staff@example.test bob@example.test")
def add_member(context: typer.Context, address: Address, members: Members) -> None:
    """Let further people be members."""
    report = at_home(context, lambda house: Groups(administration(house)).add_members(OPERATOR, address, members))
    session(context).output.value(_plain(report), f"{report.account.address} has {len(report.group.members)} members")


@app.command("remove-member", epilog="Example: posthouse group remove-member staff@example.test bob@example.test")
def remove_member(context: typer.Context, address: Address, members: Members) -> None:
    """Let some be members no longer."""
    report = at_home(context, lambda house: Groups(administration(house)).remove_members(OPERATOR, address, members))
    session(context).output.value(_plain(report), f"{report.account.address} has {len(report.group.members)} members")


@app.command("list", epilog="Example: posthouse group list --domain example.test")
def list_(context: typer.Context, domain: Annotated[str | None, typer.Option(help="Only this domain.")] = None) -> None:
    """List the groups."""
    found = at_home(context, lambda house: Groups(administration(house)).all(OPERATOR, domain))
    rows = [(each.account.address, str(len(each.group.members)), each.group.posting, _kept(each)) for each in found]
    session(context).output.table([_plain(each) for each in found], ("ADDRESS", "MEMBERS", "POSTING", "KEPT"), rows)


@app.command(epilog="Example: posthouse group show staff@example.test")
def show(context: typer.Context, address: Address) -> None:
    """Show a group and its members."""
    report = at_home(context, lambda house: Groups(administration(house)).get(OPERATOR, address))
    group = report.group
    facts = [
        ("address", report.account.address),
        ("name", report.account.display_name),
        ("may be written to by", group.posting),
        *(("and by", poster) for poster in group.posters),
        ("copies kept", _kept(report)),
        ("personal", "yes" if group.personal else "no"),
        ("precedence", group.precedence),
        *(("member", member) for member in group.members),
    ]
    session(context).output.facts(_plain(report), facts)


@app.command(epilog="Example: posthouse group remove staff@example.test")
def remove(
    context: typer.Context, address: Address, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False
) -> None:
    """Remove a group with the mail it has kept. Its members stay."""
    confirm(f"Remove the group {address} and the mail it has kept?", yes=yes)
    at_home(context, lambda house: Groups(administration(house)).remove(OPERATOR, address))
    session(context).output.value({"group": address}, f"removed {address}")


def _changes(
    name: str | None,
    posting: Posting | None,
    posters: list[str] | None,
    keep: bool | None,
    personal: bool | None,
    precedence: int | None,
) -> GroupChanges:
    return GroupChanges(
        display_name=name,
        posting=posting,
        posters=posters,
        keeps_copy=keep,
        personal=personal,
        precedence=precedence,
    )


def _kept(report: GroupReport) -> str:
    return "yes" if report.group.keeps_copy else "no"


def _plain(report: GroupReport) -> dict[str, Any]:
    group = report.group
    return {
        "group": report.account.address,
        "display_name": report.account.display_name,
        "members": list(group.members),
        "posting": group.posting,
        "posters": list(group.posters),
        "keeps_copy": group.keeps_copy,
        "personal": group.personal,
        "precedence": group.precedence,
        "created_at": iso(report.account.created_at),
    }
