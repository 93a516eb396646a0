"""The demonstration's installation: made on first use, with passwords nobody else has."""

import os
import shutil
from pathlib import Path
from typing import Final

import msgspec

from posthouse.bootstrap.commands.administration import administration
from posthouse.bootstrap.commands.install import Installation, install
from posthouse.bootstrap.demo.people import DOMAIN, HOSTNAME, PEOPLE, POSTMASTER, new_password
from posthouse.bootstrap.house import OPERATOR, House, open_house
from posthouse.bootstrap.layout import Layout
from posthouse.bootstrap.storage import ENTROPY
from posthouse.foundation.errors import Invalid
from posthouse.model.settings.judging import AUTHENTICITY, GREYLIST, RECEIVE_HELLO, RECEIVE_REVERSE_DNS, RECEIVE_SENDER_DOMAIN
from posthouse.model.settings.signing_in import AUTH_APP_PASSWORDS_ONLY, AUTH_PLAINTEXT_LOOPBACK
from posthouse.services.administer.accounts import Accounts, NewAccount
from posthouse.services.settings import SYSTEM

SETTINGS: Final[dict[str, object]] = {
    AUTH_PLAINTEXT_LOOPBACK.key: True,
    AUTH_APP_PASSWORDS_ONLY.key: False,
    GREYLIST.key: False,
    RECEIVE_REVERSE_DNS.key: False,
    RECEIVE_HELLO.key: "off",
    RECEIVE_SENDER_DOMAIN.key: "off",
    AUTHENTICITY.key: False,
}
"""What makes trying mail programs on this machine simple: letters may come from domains that do not exist, and at once."""
ENTROPY_OCTETS: Final = 12
_HEADING: Final = """\
# Sign-in data of this demonstration, made on first use. Mail programs may use these passwords.
# To begin anew, stop it and remove this directory.
"""


class SignIn(msgspec.Struct, forbid_unknown_fields=True):
    """The file ``sign-in.toml``."""

    passwords: dict[str, str]
    """By address."""


def sign_in_file(layout: Layout) -> Path:
    """Where the passwords are kept."""
    return layout.root / "sign-in.toml"


async def prepare(layout: Layout) -> SignIn:
    """Make the installation where there is none yet; returns how to sign in.

    It is made beside its place and moved there whole, so that an interrupted first start is simply a first start again.
    Raises: Invalid when something else lies in its place; AlreadyExists, OutOfSpace, Unavailable.
    """
    if sign_in_file(layout).exists():
        return _read(layout)
    if layout.root.exists() and any(layout.root.iterdir()):
        raise Invalid(f"{layout.root} is something else: name another place with --directory")
    unfinished = Layout(layout.root.with_name(layout.root.name + ".new"))
    shutil.rmtree(unfinished.root, ignore_errors=True)
    passwords = {person.address: new_password(ENTROPY.octets(ENTROPY_OCTETS)) for person in PEOPLE.values()}
    await install(
        unfinished,
        Installation(
            hostname=HOSTNAME,
            domain=DOMAIN,
            administrator=POSTMASTER.address,
            password=passwords[POSTMASTER.address],
            bind=["127.0.0.1"],
        ),
    )
    async with open_house(unfinished) as house:
        await _furnish(house, passwords)
    _write(unfinished, passwords)
    if layout.root.exists():
        layout.root.rmdir()
    unfinished.root.rename(layout.root)
    return SignIn(passwords)


async def _furnish(house: House, passwords: dict[str, str]) -> None:
    for key, value in SETTINGS.items():
        await house.directory.put_setting(SYSTEM, key, msgspec.json.encode(value))
    accounts = Accounts(administration(house))
    for person in PEOPLE.values():
        if person is not POSTMASTER:
            new = NewAccount(address=person.address, password=passwords[person.address], display_name=person.display_name)
            await accounts.add(OPERATOR, new)


def _read(layout: Layout) -> SignIn:
    try:
        return msgspec.toml.decode(sign_in_file(layout).read_bytes(), type=SignIn)
    except msgspec.DecodeError as error:
        raise Invalid(f"{sign_in_file(layout)}: {error}") from error


def _write(layout: Layout, passwords: dict[str, str]) -> None:
    lines = [f'"{address}" = "{password}"\n' for address, password in passwords.items()]
    handle = os.open(sign_in_file(layout), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(_HEADING + "\n[passwords]\n" + "".join(lines))
        file.flush()
        os.fsync(handle)
