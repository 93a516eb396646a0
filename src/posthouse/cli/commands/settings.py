"""``posthouse setting``."""

from typing import Annotated, Any

import msgspec
import typer

from posthouse.bootstrap.commands.administration import administration
from posthouse.bootstrap.house import OPERATOR
from posthouse.cli.session import at_home, session
from posthouse.services.administer.scopes import SettingControl, SettingReport, Where

app = typer.Typer(help="Parameters of the service; they take effect at once.", no_args_is_help=True)
Key = Annotated[str, typer.Argument(metavar="KEY", help="As posthouse setting list shows it.")]
Domain = Annotated[str, typer.Option("--domain", metavar="D", help="For this domain.")]
Account = Annotated[str, typer.Option("--account", metavar="A", help="For this account.")]
Group = Annotated[str, typer.Option("--group", metavar="G", help="For the members of this group.")]


@app.command("list", epilog="Example: posthouse setting list --domain example.test")
def list_(
    context: typer.Context,
    domain: Domain = "",
    account: Account = "",
    group: Group = "",
    changed: Annotated[bool, typer.Option("--changed", help="Only what is not at its default.")] = False,
) -> None:
    """List all settings with the values that hold."""
    where = Where(domain, account, group)
    found = at_home(context, lambda house: SettingControl(administration(house)).all(OPERATOR, where))
    shown = [report for report in found if not changed or report.set_at != "default"]
    rows = [(r.setting.key, _written(r.value), r.setting.unit, r.set_at, r.setting.help) for r in shown]
    session(context).output.table([_plain(report) for report in shown], ("SETTING", "VALUE", "UNIT", "SET AT", "MEANING"), rows)


@app.command(epilog="Example: posthouse setting get smtp.message_octets")
def get(context: typer.Context, key: Key, domain: Domain = "", account: Account = "", group: Group = "") -> None:
    """Print the value that holds."""
    where = Where(domain, account, group)
    report = at_home(context, lambda house: SettingControl(administration(house)).get(OPERATOR, key, where))
    session(context).output.value(_plain(report), _written(report.value))


@app.command("set", epilog="Example: posthouse setting set auth.app_passwords_only off --domain example.test")
def set_(
    context: typer.Context,
    key: Key,
    value: Annotated[str, typer.Argument(metavar="VALUE", help="A word, a number, on/off, a,b,c or a=b,c=d; or JSON.")],
    domain: Domain = "",
    account: Account = "",
    group: Group = "",
) -> None:
    """Set a setting."""
    where = Where(domain, account, group)
    report = at_home(context, lambda house: SettingControl(administration(house)).set(OPERATOR, key, value, where))
    session(context).output.value(_plain(report), f"{key} = {_written(report.value)}")


@app.command(epilog="Example: posthouse setting reset smtp.message_octets")
def reset(context: typer.Context, key: Key, domain: Domain = "", account: Account = "", group: Group = "") -> None:
    """Let a setting go back to what holds above it."""
    where = Where(domain, account, group)
    report = at_home(context, lambda house: SettingControl(administration(house)).set(OPERATOR, key, None, where))
    session(context).output.value(_plain(report), f"{key} = {_written(report.value)}")


def _written(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _plain(report: SettingReport) -> dict[str, Any]:
    setting = report.setting
    return {
        "key": setting.key,
        "value": report.value,
        "default": setting.default,
        "set_at": report.set_at,
        "unit": setting.unit,
        "scopes": list(setting.scopes),
        "help": setting.help,
    }
