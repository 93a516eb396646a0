"""``posthouse domain``."""

from pathlib import Path
from typing import Annotated, Any

import typer
from msgspec.structs import asdict

from posthouse.bootstrap.commands.administration import administration
from posthouse.bootstrap.house import OPERATOR
from posthouse.cli.arguments import SERVICES, octets, picture, services
from posthouse.cli.commands import publishing
from posthouse.cli.commands.people import moving
from posthouse.cli.output import iso, moment
from posthouse.cli.session import at_home, confirm, session
from posthouse.foundation.units import format_octets
from posthouse.model.account import Domain
from posthouse.services.administer.domains import DomainChanges, DomainReport, Domains
from posthouse.services.administer.traffic.unknown import RISKS, Choice, UnknownChoosing

app = typer.Typer(help="Mail domains of this service.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(metavar="NAME", help="The domain, e.g. example.test")]
Size = int | None


@app.command(epilog="Example: posthouse domain add example.test")
def add(
    context: typer.Context,
    name: Name,
    stands_for: Annotated[str, typer.Option(metavar="DOMAIN", help="A domain of ours: every address there is one here, too.")] = "",
) -> None:
    """Take responsibility for a domain."""
    domain = at_home(context, lambda house: Domains(administration(house)).add(OPERATOR, name, stands_for))
    session(context).output.value(_plain(domain), f"added {domain.name}")


@app.command("list", epilog="Example: posthouse --json domain list")
def list_(context: typer.Context) -> None:
    """List the domains."""
    found = at_home(context, lambda house: Domains(administration(house)).all(OPERATOR))
    rows = [(domain.name, domain.status, domain.stands_for, moment(domain.created_at)) for domain in found]
    session(context).output.table([_plain(domain) for domain in found], ("DOMAIN", "STATUS", "STANDS FOR", "SINCE"), rows)


@app.command(epilog="Example: posthouse domain show example.test")
def show(context: typer.Context, name: Name) -> None:
    """Show a domain and what is in it."""
    report = at_home(context, lambda house: Domains(administration(house)).report(OPERATOR, name))
    plain = _plain(report.domain) | {"accounts": report.accounts, "aliases": report.aliases, "settings": report.settings}
    plain |= {"quota_octets": report.totals.quota_octets, "stood_for_by": list(report.stood_for_by)}
    session(context).output.facts(plain, _facts(report))


@app.command("set", epilog="Example: posthouse domain set example.test --mailboxes 50 --total-quota 500GB --refuse pop3,dav")
def set_(
    context: typer.Context,
    name: Name,
    quota: Annotated[str | None, typer.Option(help="Quota of new mailboxes, e.g. 5GB, or none.")] = None,
    mailboxes: Annotated[int | None, typer.Option(min=0, help="Most mailboxes; 0: no limit.")] = None,
    total_quota: Annotated[Size, typer.Option(parser=octets, metavar="SIZE", help="What all quotas may come to, or none.")] = None,
    largest_quota: Annotated[Size, typer.Option(parser=octets, metavar="SIZE", help="Largest quota of a mailbox, or none.")] = None,
    app_passwords_only: Annotated[
        bool | None, typer.Option("--app-passwords-only/--no-app-passwords-only", help="Mail programs must use app passwords.")
    ] = None,
    password_policy: Annotated[
        bool | None, typer.Option("--password-policy/--no-password-policy", help="Refuse weak account passwords.")
    ] = None,
    stands_for: Annotated[str | None, typer.Option(metavar="DOMAIN", help="The domain whose addresses it has, or none.")] = None,
    refuse: Annotated[str | None, typer.Option(metavar="SERVICES", help=f"Switched off: some of {SERVICES}; or none.")] = None,
    language: Annotated[str | None, typer.Option(help="Language of new mailboxes: en, zh, ja or de.")] = None,
    title: Annotated[str | None, typer.Option(help="Title of its pages.")] = None,
    footer: Annotated[str | None, typer.Option(help="Last lines of its pages and letters.")] = None,
    color: Annotated[str | None, typer.Option(metavar="#RRGGBB", help="Colour of its pages.")] = None,
    logo_url: Annotated[str | None, typer.Option(metavar="URL", help="Where its logo is; https only.")] = None,
    logo: Annotated[Path | None, typer.Option(dir_okay=False, exists=True, help="Its logo, PNG, JPEG or GIF.")] = None,
) -> None:
    """Change what holds for a domain; posthouse setting --domain has the rest."""
    changes = DomainChanges(
        quota=quota,
        app_passwords_only=app_passwords_only,
        password_policy=password_policy,
        stands_for="" if stands_for == "none" else stands_for,
        mailboxes=mailboxes,
        total_quota_octets=total_quota,
        largest_quota_octets=largest_quota,
        refused_services=None if refuse is None else services(refuse),
        language=language,
        title=title,
        footer=footer,
        color=color,
        logo_url=logo_url,
        logo=None if logo is None else picture(logo),
    )
    at_home(context, lambda house: Domains(administration(house)).change(OPERATOR, name, changes))
    session(context).output.value({"domain": name}, f"changed {name}")


@app.command(epilog="Example: posthouse domain suspend example.test")
def suspend(context: typer.Context, name: Name) -> None:
    """Let the mailboxes of a domain receive, but nobody sign in or send."""
    domain = at_home(context, lambda house: Domains(administration(house)).suspend(OPERATOR, name))
    session(context).output.value(_plain(domain), f"suspended {domain.name}")


@app.command(epilog="Example: posthouse domain resume example.test")
def resume(context: typer.Context, name: Name) -> None:
    """Let a suspended domain be used again."""
    domain = at_home(context, lambda house: Domains(administration(house)).resume(OPERATOR, name))
    session(context).output.value(_plain(domain), f"resumed {domain.name}")


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
moving.add_to(app)


def _plain(domain: Domain) -> dict[str, Any]:
    return {
        "domain": domain.name,
        "key": domain.key,
        "status": domain.status,
        "created_at": iso(domain.created_at),
        "stands_for": domain.stands_for or None,
        "limits": asdict(domain.limits),
        "refused_services": list(domain.refused_services),
        "language": domain.language or "en",
        "branding": asdict(domain.branding) | {"logo": len(domain.branding.logo)},
    }


def _facts(report: DomainReport) -> list[tuple[str, object]]:
    domain, totals, limits, look = report.domain, report.totals, report.domain.limits, report.domain.branding
    optional = [
        ("stands for", domain.stands_for),
        ("stood for by", ", ".join(report.stood_for_by)),
        ("largest quota", format_octets(limits.largest_quota_octets) if limits.largest_quota_octets else ""),
        ("switched off", ", ".join(domain.refused_services)),
        ("language", domain.language),
        ("title", look.title),
        ("footer", look.footer.replace("\n", " / ")),
        ("colour", look.color),
        ("logo", look.logo_url or (f"{len(look.logo)} octets" if look.logo else "")),
    ]
    quotas = format_octets(totals.quota_octets)
    return [
        ("domain", domain.name),
        ("status", domain.status),
        ("since", moment(domain.created_at)),
        ("accounts", f"{totals.mailboxes} of {limits.mailboxes}" if limits.mailboxes else totals.mailboxes),
        ("quotas", f"{quotas} of {format_octets(limits.total_quota_octets)}" if limits.total_quota_octets else quotas),
        ("aliases", totals.aliases),
        *[(name, value) for name, value in optional if value],
        *report.settings.items(),
    ]
