"""``posthouse ldap``."""

import sys
from typing import Annotated

import msgspec
import typer

from posthouse.bootstrap.commands.administration import administration
from posthouse.bootstrap.house import OPERATOR, House
from posthouse.bootstrap.outside import people_of
from posthouse.cli.commands.oversight.apply import line_of
from posthouse.cli.output import complain
from posthouse.cli.session import at_home, session
from posthouse.services.administer.outside.syncing import PeopleSync, Synced

app = typer.Typer(help="People whom an LDAP server knows.", no_args_is_help=True)
FAILED = 1
Domain = Annotated[str, typer.Argument(metavar="DOMAIN", help="Whose people, e.g. example.test")]


@app.command("test", epilog="Example: posthouse ldap test example.test alice@example.test")
def ask(
    context: typer.Context,
    domain: Domain,
    address: Annotated[str, typer.Argument(metavar="[ADDRESS]", help="A mailbox that shall be found.")] = "",
) -> None:
    """See whether the LDAP server of a domain answers, and which entry a mailbox has."""
    found = at_home(context, lambda house: _sync(house).test(OPERATOR, domain, address))
    entries = "\n".join(found.entries) or ("it has no entry" if address else "")
    session(context).output.value(msgspec.to_builtins(found), f"an LDAP server of {domain} answers\n{entries}".strip())
    if address and len(found.entries) != 1:
        raise typer.Exit(FAILED)


@app.command(epilog="Example: posthouse ldap sync example.test --plan")
def sync(
    context: typer.Context,
    domain: Domain,
    plan: Annotated[bool, typer.Option("--plan", help="Only show what would be done.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Suspend more than a fifth of the mailboxes.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Let the mailboxes of a domain follow the people in LDAP: made, changed, suspended, never removed. The plan is shown first."""
    found = at_home(context, lambda house: _sync(house).plan(OPERATOR, domain))
    output = session(context).output
    if plan or not found.steps:
        output.value(msgspec.to_builtins(found), "\n".join(map(line_of, found.steps)) or "nothing to do")
        _complain(found)
        return
    if not output.json:
        print("\n".join(map(line_of, found.steps)))
    if not yes:
        if not sys.stdin.isatty():
            raise typer.BadParameter("say --yes, or --plan to see what would be done")
        typer.confirm("Do this?", abort=True)
    synced = at_home(context, lambda house: _sync(house).sync(OPERATOR, domain, force=force))
    output.value(msgspec.to_builtins(synced), f"done: {synced.done} of {len(synced.steps)}")
    _complain(synced)
    if synced.refused or synced.done < len(synced.steps):
        raise typer.Exit(FAILED)


def _sync(house: House) -> PeopleSync:
    return PeopleSync(administration(house), people_of(house.settings))


def _complain(synced: Synced) -> None:
    for trouble in [*synced.troubles, *filter(None, [synced.refused])]:
        complain(trouble)
