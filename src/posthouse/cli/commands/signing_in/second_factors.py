"""``posthouse second-factor``."""

from typing import Annotated, Any

import msgspec
import typer

from posthouse.bootstrap.commands.administration import administration
from posthouse.bootstrap.house import OPERATOR, House
from posthouse.cli.output import iso, moment
from posthouse.cli.session import at_home, confirm, session
from posthouse.services.administer.signing_in.second_factors import SecondFactor, SecondFactors

app = typer.Typer(help="What browser sign-ins ask for beside the password.", no_args_is_help=True)
Address = Annotated[str, typer.Argument(metavar="ADDRESS", help="Whose they are, e.g. alice@example.test")]


@app.command("list", epilog="Example: posthouse second-factor list alice@example.test")
def list_(context: typer.Context, address: Address) -> None:
    """List an account's second factors."""
    found = at_home(context, lambda house: _verbs(house).all(OPERATOR, address))
    rows = [(each.kind, moment(each.created_at), _state(each)) for each in found]
    session(context).output.table([_plain(each) for each in found], ("KIND", "MADE", "STATE"), rows)


@app.command(epilog="Example: posthouse second-factor add alice@example.test")
def add(context: typer.Context, address: Address) -> None:
    """Begin to set up an authenticator program: print its secret, this once; then ``confirm`` one of its codes."""
    made = at_home(context, lambda house: _verbs(house).begin(OPERATOR, address))
    session(context).output.value(msgspec.to_builtins(made), f"{made.secret}\n{made.uri}")


@app.command("confirm", epilog="Example: posthouse second-factor confirm alice@example.test 123456")
def confirm_(
    context: typer.Context, address: Address, code: Annotated[str, typer.Argument(metavar="CODE", help="What the program shows.")]
) -> None:
    """Take the first code of the program, and print the recovery codes, this once."""
    codes = at_home(context, lambda house: _verbs(house).confirm(OPERATOR, address, code))
    session(context).output.value({"recovery_codes": list(codes)}, "\n".join(codes))


@app.command(epilog="Example: posthouse second-factor codes alice@example.test")
def codes(context: typer.Context, address: Address) -> None:
    """Make ten new recovery codes and print them, this once; the old ones are void."""
    made = at_home(context, lambda house: _verbs(house).renew_codes(OPERATOR, address))
    session(context).output.value({"recovery_codes": list(made)}, "\n".join(made))


@app.command(epilog="Example: posthouse second-factor reset alice@example.test")
def reset(
    context: typer.Context, address: Address, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False
) -> None:
    """Take all second factors away, when a telephone is lost: the password alone is enough again."""
    confirm(f"Let {address} sign in with the password alone?", yes=yes)
    count = at_home(context, lambda house: _verbs(house).reset(OPERATOR, address))
    session(context).output.value({"removed": count}, f"removed {count} second factors of {address}")


def _verbs(house: House) -> SecondFactors:
    return SecondFactors(administration(house), house.config.hostname)


def _state(factor: SecondFactor) -> str:
    if factor.kind == "recovery-codes":
        return f"{factor.left} left"
    return "in use" if factor.is_set_up else "being set up"


def _plain(factor: SecondFactor) -> dict[str, Any]:
    return {"kind": factor.kind, "created_at": iso(factor.created_at), "is_set_up": factor.is_set_up, "codes_left": factor.left}
