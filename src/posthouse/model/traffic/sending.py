"""How much may be sent (E3): settings, and what of a value is allowed."""

from typing import Final

from posthouse.foundation.errors import Invalid
from posthouse.model.setting import Scope, Setting

_WINDOWS: Final = ("minute", "hour", "day", "new")
_SIGNS: Final = ("new", "failures", "networks")
ACTIONS: Final = ("suspend", "hold", "purge", "password", "app-passwords", "notify")
"""What may be done about a mailbox that seems to be in other hands."""


def _named(key: str, names: tuple[str, ...], values: dict[str, float]) -> None:
    for name, value in values.items():
        if name not in names:
            raise Invalid(f"{key}: there is no {name}; there are {', '.join(names)}")
        if value < 0 or value != int(value):
            raise Invalid(f"{key}: {name} is a whole number, or 0 for no limit")


def _check_limits(values: dict[str, float]) -> None:
    _named("send limits", _WINDOWS, values)


def _check_signs(values: dict[str, float]) -> None:
    _named("send.hijack", _SIGNS, values)


def _check_actions(values: list[str]) -> None:
    for value in values:
        if value not in ACTIONS:
            raise Invalid(f"send.hijack_actions: there is no {value}; there are {', '.join(ACTIONS)}")


SEND_LIMITS: Final[Setting[dict[str, float]]] = Setting(
    "send.limits",
    dict[str, float],
    {"hour": 2_000, "day": 5_000, "new": 2_000},  # a message may have a thousand recipients (smtp.recipients)
    "Recipients one mailbox may write to in a minute, an hour and a day, and new ones (not written to in half a year) in a day. "
    "What is not named has no limit.",
    "recipients",
    scopes=(Scope.SYSTEM, Scope.DOMAIN, Scope.GROUP, Scope.ACCOUNT),
    check=_check_limits,
)
SEND_DOMAIN_LIMITS: Final[Setting[dict[str, float]]] = Setting(
    "send.domain_limits",
    dict[str, float],
    {},
    "Recipients all mailboxes of a domain together may write to, as send.limits.",
    "recipients",
    scopes=(Scope.SYSTEM, Scope.DOMAIN),
    check=_check_limits,
)
SEND_ADDRESS_LIMITS: Final[Setting[dict[str, float]]] = Setting(
    "send.address_limits",
    dict[str, float],
    {},
    "Recipients that may be written to from one IP address, as send.limits; an office behind one address sends together.",
    "recipients",
    check=_check_limits,
)
SEND_SYSTEM_LIMITS: Final[Setting[dict[str, float]]] = Setting(
    "send.system_limits",
    dict[str, float],
    {},
    "Recipients that all mailboxes of this server together may write to, as send.limits.",
    "recipients",
    check=_check_limits,
)
SEND_HIJACK: Final[Setting[dict[str, float]]] = Setting(
    "send.hijack",
    dict[str, float],
    {"new": 500, "failures": 50, "networks": 12},
    "Signs that a mailbox is in other hands: so many new recipients in an hour, recipients that do not exist in an hour, or "
    "networks in a day that it had not sent from before.",
    scopes=(Scope.SYSTEM, Scope.DOMAIN, Scope.GROUP, Scope.ACCOUNT),
    check=_check_signs,
)
SEND_HIJACK_ACTIONS: Final[Setting[list[str]]] = Setting(
    "send.hijack_actions",
    list[str],
    ["suspend", "hold", "notify"],
    "What is done then: suspend sending, hold or purge what it has in the queue, take away its password or its app-passwords, "
    "notify its recovery address and the postmaster.",
    scopes=(Scope.SYSTEM, Scope.DOMAIN, Scope.GROUP, Scope.ACCOUNT),
    check=_check_actions,
)
