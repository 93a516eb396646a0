"""``posthouse account``."""

import enum
from typing import Annotated, Any

import typer

from posthouse.bootstrap.commands.administration import administration
from posthouse.bootstrap.house import OPERATOR, House
from posthouse.cli.arguments import SERVICES, expiry, octets, services
from posthouse.cli.commands.people import bulk
from posthouse.cli.commands.traffic import sending
from posthouse.cli.output import iso, moment
from posthouse.cli.session import at_home, confirm, first_line, new_password, session
from posthouse.foundation.ids import to_text
from posthouse.foundation.units import format_octets
from posthouse.model.account import Account, OwnerKind, Receiving
from posthouse.model.role import Role
from posthouse.services.administer.accounts import AccountChanges, AccountReport, Accounts, NewAccount

app = typer.Typer(help="Mailboxes and their owners.", no_args_is_help=True)


class RoleName(enum.StrEnum):
    """Roles by the names they are given."""

    OWNER = "owner"
    GROUP_MANAGER = "group-manager"
    HELP_DESK = "help-desk"
    AUDITOR = "auditor"
    DOMAIN_ADMINISTRATOR = "domain-administrator"
    OPERATOR = "operator"


ROLES = {RoleName(role.words): role for role in Role if role is not Role.SYSTEM}
Address = Annotated[str, typer.Argument(metavar="ADDRESS", help="The whole address, e.g. alice@example.test")]
DisplayName = Annotated[str | None, typer.Option("--name", help="Name shown in front of the address.")]
Language = Annotated[str | None, typer.Option(help="Language of the owner: en, zh, ja or de.")]
Quota = Annotated[int | None, typer.Option(parser=octets, metavar="SIZE", help="Most that fits in, e.g. 5GB, or none.")]
QuotaMessages = Annotated[int | None, typer.Option(min=0, metavar="N", help="Most messages that fit in; 0: no limit.")]
AsKind = Annotated[OwnerKind, typer.Option(help="Whom it is for: a person, or members who are given rights with posthouse share.")]
AsRole = Annotated[RoleName | None, typer.Option(help="What the owner may do beyond the mailbox.")]
Administers = Annotated[
    str | None,
    typer.Option(metavar="PLACES", help="Where the role holds: domains or addresses of groups with commas between them, or *."),
]
FromStdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]
HashFromStdin = Annotated[
    bool,
    typer.Option(
        "--password-hash-stdin", help="Read another server's hash of it: bcrypt, $6$, $5$, $1$, {SSHA512}, {PBKDF2-SHA256}…"
    ),
]
Generate = Annotated[bool, typer.Option("--generate", help="Make a password and print it, this once.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


@app.command(
    epilog="Example: posthouse account add alice@example.test --name 'Alice Liddell' --quota 5GB --password-stdin < secret"
)
def add(
    context: typer.Context,
    address: Address,
    password_stdin: FromStdin = False,
    generate: Generate = False,
    hash_stdin: HashFromStdin = False,
    no_password: Annotated[bool, typer.Option("--no-password", help="No account password: app passwords only.")] = False,
    name: DisplayName = None,
    language: Language = None,
    quota: Quota = None,
    quota_messages: QuotaMessages = None,
    role: AsRole = None,
    administers: Administers = None,
    kind: AsKind = OwnerKind.PERSON,
) -> None:
    """Make a mailbox. The password is asked for, or read with --password-stdin; only a person has one."""
    _require_one_way(password_stdin, generate, hash_stdin, no_password)
    is_asked = kind is OwnerKind.PERSON and not (no_password or generate or hash_stdin)
    new = NewAccount(
        address=address,
        password=new_password(from_stdin=password_stdin) if is_asked else None,
        password_hash=first_line("password hash") if hash_stdin else None,
        display_name=name or "",
        language=language,
        quota_octets=quota,
        role=ROLES[role or RoleName.OWNER],
        kind=kind,
        quota_messages=quota_messages or 0,
        administers=_places(administers) or (),
    )
    account, made = at_home(context, lambda house: _added(house, new, generate=generate))
    words = f"added {account.address}" + (f" with the password {made}" if made else "")
    session(context).output.value(_plain(account) | ({"password": made} if made else {}), words)


@app.command("list", epilog="Example: posthouse account list --domain example.test")
def list_(context: typer.Context, domain: Annotated[str | None, typer.Option(help="Only this domain.")] = None) -> None:
    """List the mailboxes."""
    found = at_home(context, lambda house: Accounts(administration(house)).all(OPERATOR, domain))
    rows = [(a.address, a.display_name, a.status, _role(a), _quota(a), moment(a.created_at)) for a in found]
    head = ("ADDRESS", "NAME", "STATUS", "ROLE", "QUOTA", "SINCE")
    session(context).output.table([_plain(account) for account in found], head, rows)


@app.command(epilog="Example: posthouse account show alice@example.test")
def show(context: typer.Context, address: Address) -> None:
    """Show a mailbox and what it holds."""
    report = at_home(context, lambda house: Accounts(administration(house)).report(OPERATOR, address))
    session(context).output.facts(_plain(report.account) | _held(report), _facts(report))


@app.command("set", epilog="Example: posthouse account set alice@example.test --quota 10GB --language de")
def set_(
    context: typer.Context,
    address: Address,
    name: DisplayName = None,
    language: Language = None,
    quota: Quota = None,
    quota_messages: QuotaMessages = None,
    role: AsRole = None,
    recovery: Annotated[str | None, typer.Option(help="Where its owner is reached when it cannot be used; none: nowhere.")] = None,
    administers: Administers = None,
    refuse: Annotated[str | None, typer.Option(metavar="SERVICES", help=f"Switched off: some of {SERVICES}; or none.")] = None,
    expires: Annotated[str | None, typer.Option(metavar="DATE", help="Its last day, e.g. 2027-01-31, or never.")] = None,
    logins: Annotated[
        str | None, typer.Option(metavar="NAMES", help="Further names to sign in with, with commas, or none.")
    ] = None,
) -> None:
    """Change a mailbox."""
    changes = AccountChanges(
        display_name=name,
        language=language,
        quota_octets=quota,
        role=None if role is None else ROLES[role],
        quota_messages=quota_messages,
        recovery_address="" if recovery == "none" else recovery,
        administers=_places(administers),
        refused_services=None if refuse is None else services(refuse),
        expires_at=None if expires is None else 0.0 if expires == "never" else expiry(expires),
        logins=() if logins == "none" else _places(logins),
    )
    account = at_home(context, lambda house: Accounts(administration(house)).change(OPERATOR, address, changes))
    session(context).output.value(_plain(account), f"changed {account.address}")


@app.command(epilog="Example: posthouse account passwd alice@example.test --password-stdin < secret")
def passwd(
    context: typer.Context,
    address: Address,
    password_stdin: FromStdin = False,
    generate: Generate = False,
    hash_stdin: HashFromStdin = False,
) -> None:
    """Give an account a new password; its sessions with the old one end."""
    _require_one_way(password_stdin, generate, hash_stdin)
    if generate:
        made = at_home(context, lambda house: Accounts(administration(house)).generate_password(OPERATOR, address))
        session(context).output.value({"address": address, "password": made}, made)
        return
    if hash_stdin:
        kept = first_line("password hash")
        at_home(context, lambda house: Accounts(administration(house)).set_password_hash(OPERATOR, address, kept))
    else:
        password = new_password(from_stdin=password_stdin)
        at_home(context, lambda house: Accounts(administration(house)).set_password(OPERATOR, address, password))
    session(context).output.value({"address": address}, f"new password for {address}")


@app.command(epilog="Example: posthouse account suspend alice@example.test")
def suspend(
    context: typer.Context,
    address: Address,
    receiving: Annotated[bool, typer.Option("--receiving", help="Take no mail for it, instead; senders try again.")] = False,
    refuse: Annotated[bool, typer.Option("--refuse", help="With --receiving: refuse the mail for good.")] = False,
) -> None:
    """Let a mailbox receive, but nobody sign in to it; posthouse account sending stops it from sending only."""
    if receiving or refuse:
        how = Receiving.NO if refuse else Receiving.LATER
        account = at_home(context, lambda house: Accounts(administration(house)).receive(OPERATOR, address, how))
        session(context).output.value(_plain(account), f"{account.address} takes no mail")
        return
    account = at_home(context, lambda house: Accounts(administration(house)).suspend(OPERATOR, address))
    session(context).output.value(_plain(account), f"suspended {account.address}")


@app.command(epilog="Example: posthouse account resume alice@example.test")
def resume(
    context: typer.Context,
    address: Address,
    receiving: Annotated[bool, typer.Option("--receiving", help="Let it take mail again, instead.")] = False,
) -> None:
    """Let a suspended mailbox be used again."""
    if receiving:
        account = at_home(context, lambda house: Accounts(administration(house)).receive(OPERATOR, address, Receiving.YES))
        session(context).output.value(_plain(account), f"{account.address} takes mail")
        return
    account = at_home(context, lambda house: Accounts(administration(house)).resume(OPERATOR, address))
    session(context).output.value(_plain(account), f"resumed {account.address}")


@app.command(epilog="Example: posthouse account rename alice@example.test alice.liddell@example.test --keep")
def rename(
    context: typer.Context,
    address: Address,
    new: Annotated[str, typer.Argument(metavar="NEW", help="The new address.")],
    keep: Annotated[bool, typer.Option("--keep", help="Keep the old address as an alias.")] = False,
    days: Annotated[int | None, typer.Option(min=0, help="How long the old address leads here; else address.former_days.")] = None,
) -> None:
    """Give a mailbox another address; its mail and its passwords stay, and the old address leads to it for a while."""
    account = at_home(context, lambda house: Accounts(administration(house)).rename(OPERATOR, address, new, keep=keep, days=days))
    session(context).output.value(_plain(account), f"renamed {address} to {account.address}")


@app.command(epilog="Example: posthouse account remove alice@example.test")
def remove(
    context: typer.Context,
    address: Address,
    now: Annotated[bool, typer.Option("--now", help="Its mail goes now, for ever.")] = False,
    yes: Yes = False,
) -> None:
    """Remove a mailbox; until its mail goes (account.removed_days) it can be restored."""
    confirm(f"Remove {address} with all its mail, for ever?" if now else f"Remove {address}?", yes=yes)
    account = at_home(context, lambda house: Accounts(administration(house)).remove(OPERATOR, address, now=now))
    until = "" if now else f"; its mail goes {moment(account.purge_at)}, posthouse account undelete brings it back"
    session(context).output.value(_plain(account), f"removed {account.address}{until}")


@app.command(epilog="Example: posthouse account undelete alice@example.test")
def undelete(context: typer.Context, address: Address) -> None:
    """Bring a removed mailbox back as it was, with its mail, its passwords and its aliases."""
    account = at_home(context, lambda house: Accounts(administration(house)).restore(OPERATOR, address))
    session(context).output.value(_plain(account), f"restored {account.address}")


sending.add_to(app)
bulk.add_to(app)


async def _added(house: House, new: NewAccount, *, generate: bool) -> tuple[Account, str]:
    accounts = Accounts(administration(house))
    account = await accounts.add(OPERATOR, new)
    return account, await accounts.generate_password(OPERATOR, account.address) if generate else ""


def _require_one_way(*ways: bool) -> None:
    if sum(ways) > 1:
        raise typer.BadParameter("give one of --password-stdin, --password-hash-stdin, --generate and --no-password")


def _role(account: Account) -> str:
    return account.role.words


def _places(text: str | None) -> tuple[str, ...] | None:
    return None if text is None else tuple(place.strip() for place in text.split(",") if place.strip())


def _quota(account: Account) -> str:
    return format_octets(account.quota_octets) if account.quota_octets else "none"


def _used(text: str, used: int, limit: int) -> str:
    return f"{text} ({used * 100 // limit}%)" if limit else text


def _plain(account: Account) -> dict[str, Any]:
    return {
        "address": account.address,
        "id": to_text(account.id),
        "display_name": account.display_name,
        "status": account.status,
        "role": _role(account),
        "administers": list(account.reach),
        "kind": account.kind,
        "language": account.language,
        "quota_octets": account.quota_octets,
        "quota_messages": account.quota_messages,
        "created_at": iso(account.created_at),
        "recovery_address": account.recovery_address,
        "sending_stopped": account.sending_stopped,
        "receiving": account.receiving,
        "refused_services": list(account.refused_services),
        "logins": list(account.logins),
        "expires_at": iso(account.expires_at),
        "purge_at": iso(account.purge_at),
    }


def _held(report: AccountReport) -> dict[str, Any]:
    return {
        "mailboxes": report.mailboxes,
        "messages": report.messages,
        "size_octets": report.size_octets,
        "used_octets": report.used.octets,
        "used_messages": report.used.messages,
        "app_passwords": report.app_passwords,
        "aliases": list(report.aliases),
    }


def _special(account: Account) -> list[tuple[str, object]]:
    return [
        ("takes mail", "" if account.receiving is Receiving.YES else account.receiving),
        ("switched off", ", ".join(account.refused_services)),
        ("login names", ", ".join(account.logins)),
        ("expires", moment(account.expires_at)),
        ("mail goes", moment(account.purge_at)),
    ]


def _facts(report: AccountReport) -> list[tuple[str, object]]:
    account = report.account
    return [
        ("address", account.address),
        ("name", account.display_name),
        ("status", account.status),
        ("role", _role(account)),
        ("administers", ", ".join(account.reach)),
        ("language", account.language),
        ("kind", account.kind),
        ("quota", _quota(account)),
        ("used", _used(format_octets(report.used.octets), report.used.octets, account.quota_octets)),
        ("message quota", account.quota_messages or "none"),
        ("messages used", _used(str(report.used.messages), report.used.messages, account.quota_messages)),
        ("messages", f"{report.messages} in {report.mailboxes} mailboxes"),
        ("app passwords", report.app_passwords),
        ("aliases", ", ".join(report.aliases)),
        *([("recovery", account.recovery_address)] if account.recovery_address else []),
        *([("may not send", account.sending_stopped)] if account.sending_stopped else []),
        *[(name, value) for name, value in _special(account) if value],
        ("since", moment(account.created_at)),
        ("id", to_text(account.id)),
    ]
