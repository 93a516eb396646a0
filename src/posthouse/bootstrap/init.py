"""Making a new installation: keys, certificate, databases, the first domain and its administrator."""

import os
from collections.abc import Sequence

import msgspec

from posthouse.adapters.sql.sqlite.directory.store import create_directory
from posthouse.adapters.vault.files import create_keys
from posthouse.bootstrap.certificate import create_certificate
from posthouse.bootstrap.config import EMBEDDED, Config, Storage, check_engine
from posthouse.bootstrap.layout import Layout
from posthouse.bootstrap.storage import CLOCK
from posthouse.formats.address.domain import InvalidDomain
from posthouse.formats.address.key import domain_key
from posthouse.foundation.errors import AlreadyExists, Invalid

PROFILES: dict[str, dict[str, object]] = {
    "default": {},
    "lab": {
        "auth.plaintext_loopback": True,
        "auth.app_passwords_only": False,
        "auth.password_policy": False,
        "connections.limited": False,
        "guard.enabled": False,
        "send.limits": {},
        "send.hijack": {},
        "welcome.enabled": False,
        "quota.letters_percent": [],
        "smtp.tarpit_seconds": 0.0,
        "greylist.enabled": False,
        "receive.reverse_dns": False,
        "receive.hello": "off",
        "receive.sender_domain": "off",
        "receive.authenticity": False,
    },
    "bench": {
        "auth.plaintext_loopback": True,
        "connections.limited": False,
        "guard.enabled": False,
        "send.limits": {},
        "send.hijack": {},
        "welcome.enabled": False,
        "quota.letters_percent": [],
        "greylist.enabled": False,
    },
}
"""Settings a profile begins with (``init --profile``)."""


def create_installation(layout: Layout, hostname: str, bind: Sequence[str] | None = None, accounts: str = EMBEDDED) -> None:
    """Make the files of an installation; its first domain and accounts are added through the house.

    Raises: AlreadyExists when the directory is not empty; Invalid for a host name nobody can reach, or an engine there is not.
    """
    hostname = _host_name(hostname)
    storage = Storage(check_engine(accounts))
    if layout.root.exists() and any(layout.root.iterdir()):
        raise AlreadyExists(f"{layout.root} is not empty: choose another directory with -d")
    for path in (layout.root, layout.accounts, layout.spool("x").parent, layout.queue(0).parent, layout.lock.parent):
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.chmod(layout.root, 0o700)
    create_keys(layout.keys)
    create_certificate(layout.certificate, layout.private_key, hostname, CLOCK.now())
    create_directory(layout.directory)
    config = Config(hostname, storage=storage) if bind is None else Config(hostname, list(bind), storage=storage)
    # Last: a directory with this file is a whole installation.
    layout.config.write_text(_written(config))


def _host_name(hostname: str) -> str:
    """The name as certificates and greetings have it: A-labels, lower case. Raises: Invalid."""
    try:
        if hostname.startswith("["):
            raise InvalidDomain("an address literal is no name")
        return domain_key(hostname)
    except InvalidDomain as error:
        raise Invalid(f"{hostname!r} is no host name: {error}") from error


def _written(config: Config) -> str:
    """The configuration as TOML: strings, numbers and lists are written as in JSON; what is the default stays out."""
    values, defaults = msgspec.to_builtins(config), msgspec.to_builtins(Config(""))
    chosen = {key: value for key, value in values.items() if value != defaults[key]}
    lines = ["# What Posthouse needs to start. Everything else is a setting: posthouse setting list"]
    lines += [_line(key, value) for key, value in chosen.items() if not isinstance(value, dict)]
    for table, held in chosen.items():
        if isinstance(held, dict):
            lines += [f"[{table}]", *(_line(key, value) for key, value in held.items())]
    return "\n".join(lines) + "\n"


def _line(key: str, value: object) -> str:
    return f"{key} = {msgspec.json.encode(value).decode()}"
