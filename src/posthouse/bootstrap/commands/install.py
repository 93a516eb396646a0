"""A whole new installation: its files, the settings of its profile, its first domain and the administrator."""

import contextlib
import shutil
from collections.abc import Sequence

import msgspec

from posthouse.bootstrap.commands.administration import administration
from posthouse.bootstrap.config import EMBEDDED
from posthouse.bootstrap.house import OPERATOR, House, open_house
from posthouse.bootstrap.init import PROFILES, create_installation
from posthouse.bootstrap.layout import Layout
from posthouse.foundation.errors import AlreadyExists, Invalid
from posthouse.model.account import Account
from posthouse.model.role import Role
from posthouse.services.administer.accounts import Accounts, NewAccount
from posthouse.services.administer.domains import Domains
from posthouse.services.administer.rules.names import given_address, read_domain
from posthouse.services.administer.rules.password_policy import check_password
from posthouse.services.settings import SYSTEM


class Installation(msgspec.Struct, frozen=True, kw_only=True):
    """What a new installation is told."""

    hostname: str
    domain: str
    administrator: str
    """Address of the first operator, in the first domain."""
    password: str
    profile: str = "default"
    bind: Sequence[str] | None = None
    """Addresses to listen on; None: all."""
    accounts: str = EMBEDDED
    """Where accounts are kept (``config.Storage.accounts``)."""


async def install(layout: Layout, wanted: Installation) -> Account:
    """Make an installation that ``serve`` can start; returns the administrator's account.

    Raises: Invalid (with the rule in words) before anything is made; AlreadyExists when the directory is not empty.
    """
    _check(wanted)
    fresh = not layout.root.exists()
    if not fresh and any(layout.root.iterdir()):
        raise AlreadyExists(f"{layout.root} is not empty: choose another directory with -d")
    try:
        create_installation(layout, wanted.hostname, wanted.bind, wanted.accounts)
        async with open_house(layout) as house:
            return await _furnish(house, wanted)
    except BaseException:
        _clear(layout, keep_root=not fresh)
        raise


def _check(wanted: Installation) -> None:
    """Refuse what can be refused while the directory is still empty."""
    read_domain(wanted.hostname)
    if wanted.profile not in PROFILES:
        raise Invalid(f"there is no profile {wanted.profile}; there are {', '.join(PROFILES)}")
    address = given_address(wanted.administrator)
    if read_domain(address.domain).lower() != read_domain(wanted.domain).lower():
        raise Invalid(f"the administrator {wanted.administrator} is not in the domain {wanted.domain}")
    strict = bool(PROFILES[wanted.profile].get("auth.password_policy", True))
    check_password(wanted.password, address, strict=strict)


async def _furnish(house: House, wanted: Installation) -> Account:
    for key, value in PROFILES[wanted.profile].items():
        await house.directory.put_setting(SYSTEM, key, msgspec.json.encode(value))
    await house.settings.refresh()
    parts = administration(house)
    await Domains(parts).add(OPERATOR, wanted.domain)
    return await Accounts(parts).add(
        OPERATOR,
        NewAccount(address=wanted.administrator, password=wanted.password, display_name="Administrator", role=Role.OPERATOR),
    )


def _clear(layout: Layout, *, keep_root: bool) -> None:
    """Take back what was made, so that the next attempt finds an empty directory."""
    with contextlib.suppress(OSError):
        for path in layout.root.iterdir():
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink()
        if not keep_root:
            layout.root.rmdir()
