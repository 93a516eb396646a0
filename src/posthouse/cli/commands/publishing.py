"""``posthouse domain dkim`` and ``posthouse domain dns``."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from posthouse.bootstrap.commands.administration import administration
from posthouse.bootstrap.commands.publishing import publishing, resolver
from posthouse.bootstrap.house import OPERATOR
from posthouse.cli.output import iso, moment
from posthouse.cli.session import at_home, confirm, session
from posthouse.model.domain_key import DomainKey, KeyKind
from posthouse.services.administer.publishing.checking import Outcome
from posthouse.services.administer.publishing.keys import DomainKeys
from posthouse.services.administer.publishing.records import Entry, key_entry
from posthouse.services.administer.publishing.zone import zone_text

dkim = typer.Typer(help="The keys a domain signs its mail with.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(metavar="NAME", help="The domain, e.g. example.test")]
Selector = Annotated[str, typer.Argument(metavar="SELECTOR", help="The key, e.g. r20261125-3f9a")]


@dkim.command(epilog="Example: posthouse domain dkim add example.test --kind ed25519")
def add(
    context: typer.Context,
    name: Name,
    kind: Annotated[KeyKind, typer.Option(help="rsa or ed25519", metavar="KIND")] = KeyKind.RSA,
) -> None:
    """Make one more key; it signs once it is published and activated."""
    made = at_home(context, lambda house: DomainKeys(administration(house)).add(OPERATOR, name, kind))
    _publish(context, [made], name)


@dkim.command("list", epilog="Example: posthouse domain dkim list example.test")
def list_(context: typer.Context, name: Name) -> None:
    """List the keys of a domain."""
    found = at_home(context, lambda house: DomainKeys(administration(house)).all(OPERATOR, name))
    rows = [(key.selector, key.kind, key.state, moment(key.changed_at), moment(key.created_at)) for key in found]
    session(context).output.table([_plain(key) for key in found], ("SELECTOR", "KIND", "STATE", "SINCE", "MADE"), rows)


@dkim.command(epilog="Example: posthouse domain dkim rotate example.test")
def rotate(context: typer.Context, name: Name) -> None:
    """Make successors of the keys that sign; publish them, then activate them."""
    pending = at_home(context, lambda house: DomainKeys(administration(house)).rotate(OPERATOR, name))
    _publish(context, pending, name)


@dkim.command(epilog="Example: posthouse domain dkim activate example.test")
def activate(
    context: typer.Context,
    name: Name,
    selector: Annotated[str, typer.Argument(metavar="[SELECTOR]", help="Only this key; else all that are pending.")] = "",
    unchecked: Annotated[bool, typer.Option("--unchecked", help="Do not look whether the DNS has it.")] = False,
) -> None:
    """Sign with the pending keys from now on; those before them stay published for a while."""
    changed = at_home(
        context,
        lambda house: DomainKeys(administration(house)).activate(OPERATOR, name, selector, None if unchecked else resolver(house)),
    )
    sentence = "\n".join(f"{key.selector} is {key.state}" for key in changed)
    session(context).output.value([_plain(key) for key in changed], sentence)


@dkim.command(epilog="Example: posthouse domain dkim retire example.test r20261125-3f9a")
def retire(context: typer.Context, name: Name, selector: Selector) -> None:
    """Sign with a key no more; leave it in the DNS for a while."""
    key = at_home(context, lambda house: DomainKeys(administration(house)).retire(OPERATOR, name, selector))
    session(context).output.value(_plain(key), f"{key.selector} is {key.state}")


@dkim.command(epilog="Example: posthouse domain dkim remove example.test r20261125-3f9a")
def remove(
    context: typer.Context,
    name: Name,
    selector: Selector,
    early: Annotated[bool, typer.Option("--early", help="Although mail signed with it may still be on its way.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Forget a key for ever; take its record out of the DNS too."""
    confirm(f"Remove the key {selector} of {name}?", yes=yes)
    key = at_home(context, lambda house: DomainKeys(administration(house)).remove(OPERATOR, name, selector, early=early))
    session(context).output.value(_plain(key), f"removed {key.selector}: {key_entry(key).name} may go from the DNS")


def dns(
    context: typer.Context,
    name: Name,
    zone: Annotated[bool, typer.Option("--zone", help="As text of a zone file.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Ask the DNS which of them are there.")] = False,
) -> None:
    """Print the DNS records of a domain, to be copied to whoever keeps its zone."""
    output = session(context).output
    if check:
        outcomes = at_home(context, lambda house: publishing(house).check(OPERATOR, name, resolver(house)))
        rows = [(found.found, found.entry.name, found.entry.record_type, " | ".join(found.there)) for found in outcomes]
        output.table([_outcome(found) for found in outcomes], ("DNS", "NAME", "TYPE", "INSTEAD"), rows)
        return
    found = at_home(context, lambda house: publishing(house).records(OPERATOR, name))
    if zone:
        print(zone_text(found), end="")
        return
    lines = [(entry.name, entry.record_type, entry.purpose, entry.value) for entry in found]
    output.table([_entry(entry) for entry in found], ("NAME", "TYPE", "PURPOSE", "VALUE"), lines)


def add_to(domain: typer.Typer) -> None:
    """Put the commands below ``posthouse domain``."""
    domain.add_typer(dkim, name="dkim")
    domain.command("dns", epilog="Example: posthouse domain dns example.test --check")(dns)


def _publish(context: typer.Context, pending: Sequence[DomainKey], name: str) -> None:
    entries = [key_entry(key) for key in pending]
    sentence = f"{zone_text(entries)}publish this, then: posthouse domain dkim activate {name}"
    session(context).output.value([_plain(key) for key in pending], sentence)


def _plain(key: DomainKey) -> dict[str, Any]:
    return {
        "domain": key.domain,
        "selector": key.selector,
        "kind": key.kind,
        "state": key.state,
        "name": key_entry(key).name,
        "record": key.record,
        "created_at": iso(key.created_at),
        "changed_at": iso(key.changed_at),
    }


def _entry(entry: Entry) -> dict[str, Any]:
    return {"name": entry.name, "type": entry.record_type, "value": entry.value, "purpose": entry.purpose}


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return _entry(outcome.entry) | {"found": outcome.found, "there": list(outcome.there)}
