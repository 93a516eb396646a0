"""``posthouse domain``."""

from typing import Annotated, Any

import typer

from posthouse.bootstrap.commands.administration import administration
from posthouse.bootstrap.house import OPERATOR
from posthouse.cli.commands import publishing
from posthouse.cli.output import iso, moment
from posthouse.cli.session import at_home, confirm, session
from posthouse.model.account import Domain
from posthouse.services.administer.domains import DomainChanges, Domains
from posthouse.services.administer.traffic.unknown import RISKS, Choice, UnknownChoosing

app = typer.Typer(help="Mail domains of this service.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(metavar="NAME", help="The domain, e.g. example.test")]


@app.command(epilog="Example: posthouse domain add example.test")
def add(context: typer.Context, name: Name) -> None:
    """Take responsibility for a domain."""
    domain = at_home(context, lambda house: Domains(administration(house)).add(OPERATOR, name))
    session(context).output.value(_plain(domain), f"added {domain.name}")


@app.command("list", epilog="Example: posthouse --json domain list")
def list_(context: typer.Context) -> None:
    """List the domains."""
    found = at_home(context, lambda house: Domains(administration(house)).all(OPERATOR))
    rows = [(domain.name, domain.status, moment(domain.created_at)) for domain in found]
    session(context).output.table([_plain(domain) for domain in found], ("DOMAIN", "STATUS", "SINCE"), rows)


@app.command(epilog="Example: posthouse domain show example.test")
def show(context: typer.Context, name: Name) -> None:
    """Show a domain and what is in it."""
    report = at_home(context, lambda house: Domains(administration(house)).report(OPERATOR, name))
    facts = [
        ("domain", report.domain.name),
        ("status", report.domain.status),
        ("since", moment(report.domain.created_at)),
        ("accounts", report.accounts),
        ("aliases", report.aliases),
        *report.settings.items(),
    ]
    plain = _plain(report.domain) | {"accounts": report.accounts, "aliases": report.aliases, "settings": report.settings}
    session(context).output.facts(plain, facts)


@app.command("set", epilog="Example: posthouse domain set example.test --quota 10GB --no-app-passwords-only")
def set_(
    context: typer.Context,
    name: Name,
    quota: Annotated[str | None, typer.Option(help="Quota of new mailboxes, e.g. 5GB, or none.")] = None,
    app_passwords_only: Annotated[
        bool | None, typer.Option("--app-passwords-only/--no-app-passwords-only", help="Mail programs must use app passwords.")
    ] = None,
    password_policy: Annotated[
        bool | None, typer.Option("--password-policy/--no-password-policy", help="Refuse weak account passwords.")
    ] = None,
) -> None:
    """Change what holds for a domain; posthouse setting --domain has the rest."""
    changes = DomainChanges(quota=quota, app_passwords_only=app_passwords_only, password_policy=password_policy)
    at_home(context, lambda house: Domains(administration(house)).change(OPERATOR, name, changes))
    session(context).output.value({"domain": name}, f"changed {name}")


@app.command(epilog="Example: posthouse domain rename example.test example.org")
def rename(context: typer.Context, name: Name, new: Annotated[str, typer.Argument(metavar="NEW")]) -> None:
    """Rename a domain with all its addresses. Mail to the old name is no longer accepted."""
    domain = at_home(context, lambda house: Domains(administration(house)).rename(OPERATOR, name, new))
    session(context).output.value(_plain(domain), f"renamed {name} to {domain.name}")


@app.command(epilog="Example: posthouse domain remove example.test")
def remove(context: typer.Context, name: Name, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False) -> None:
    """Give up a domain that has no addresses left."""
    confirm(f"Remove the domain {name}?", yes=yes)
    at_home(context, lambda house: Domains(administration(house)).remove(OPERATOR, name))
    session(context).output.value({"domain": name}, f"removed {name}")


@app.command(epilog="Example: posthouse domain unknown example.test bounce 'We have moved: please write to info@example.org'")
def unknown(
    context: typer.Context,
    name: Name,
    choice: Annotated[Choice | None, typer.Argument(help="Without: what holds now.")] = None,
    what: Annotated[str, typer.Argument(metavar="[ADDRESS|TEXT]", help="Where to forward to, or what to tell.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Say what becomes of mail for addresses nobody has: reject (default), or for seven days forward or bounce."""
    if choice is None:
        found = at_home(context, lambda house: UnknownChoosing(administration(house)).get(OPERATOR, name))
    else:
        chosen = choice
        if RISKS[chosen]:
            confirm(f"Be aware: {RISKS[chosen]}. Go on?", yes=yes)
        found = at_home(context, lambda house: UnknownChoosing(administration(house)).choose(OPERATOR, name, chosen, what))
    until = f" until {moment(found.until)}" if found.until else ""
    words = f"mail for addresses of {name} that nobody has: {found.choice} {found.address or found.text}".rstrip() + until
    plain = {"domain": name, "choice": found.choice, "address": found.address, "text": found.text}
    session(context).output.value(plain | {"until": iso(found.until) if found.until else None}, words)


publishing.add_to(app)


def _plain(domain: Domain) -> dict[str, Any]:
    return {"domain": domain.name, "key": domain.key, "status": domain.status, "created_at": iso(domain.created_at)}
