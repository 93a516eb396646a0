"""Settings of what the house writes to the owners of mailboxes by itself."""

import re
from typing import Final

from posthouse.foundation.errors import Invalid
from posthouse.model.setting import Scope, Setting

_DOMAIN = (Scope.SYSTEM, Scope.DOMAIN)
WELCOME_WORDS: Final = ("address", "name", "domain", "hostname", "programs", "imap", "pop3", "smtp", "setup")
"""What may stand in braces in a welcome letter of one's own."""
TEXT_CHARACTERS: Final = 20_000
_BRACES: Final = re.compile(r"\{([^{}\n]*)\}")


def _check_text(text: str) -> None:
    if len(text) > TEXT_CHARACTERS:
        raise Invalid(f"a letter has at most {TEXT_CHARACTERS} characters")
    unknown = next((word for word in _BRACES.findall(text) if word not in WELCOME_WORDS), None)
    if unknown is not None:
        raise Invalid(f"nothing can be filled in for {{{unknown}}}; there are {', '.join(WELCOME_WORDS)}")


def _check_subject(text: str) -> None:
    if not text.isprintable() or len(text) > 200:
        raise Invalid("a subject is one line of at most 200 characters")
    _check_text(text)


def _check_percents(percents: list[int]) -> None:
    if not all(1 <= percent <= 100 for percent in percents):
        raise Invalid("a mailbox is 1 to 100 percent full")


def _check_days(days: list[int]) -> None:
    if not all(1 <= day <= 3_650 for day in days):
        raise Invalid("a letter is written 1 to 3650 days before")


WELCOME: Final = Setting(
    "welcome.enabled", bool, True, "Put a letter into each new mailbox: how to set up programs.", scopes=_DOMAIN, delegated=True
)
WELCOME_SUBJECT: Final = Setting(
    "welcome.subject",
    str,
    "",
    "Subject of that letter; empty: the house's own, in the owner's language.",
    scopes=_DOMAIN,
    check=_check_subject,
    delegated=True,
)
WELCOME_TEXT: Final = Setting(
    "welcome.text",
    str,
    "",
    "Text of that letter; empty: the house's own, in the owner's language. Filled in: "
    + ", ".join(f"{{{word}}}" for word in WELCOME_WORDS)
    + ".",
    scopes=_DOMAIN,
    check=_check_text,
    delegated=True,
)
QUOTA_LETTERS: Final[Setting[list[int]]] = Setting(
    "quota.letters_percent",
    list[int],
    [80, 95],
    "How full a mailbox is when its owner gets a letter about it, once until it is clearly emptier again; empty: never.",
    "percent",
    scopes=_DOMAIN,
    check=_check_percents,
    delegated=True,
)
EXPIRY_LETTERS: Final[Setting[list[int]]] = Setting(
    "expiry.letters_days",
    list[int],
    [30, 7, 1],
    "How long before a mailbox or an app password expires its owner gets a letter about it; empty: never.",
    "days",
    scopes=_DOMAIN,
    check=_check_days,
    delegated=True,
)
EXPIRY_ADMINISTRATORS: Final = Setting(
    "expiry.administrators_days",
    int,
    7,
    "How long before mailboxes expire the domain's administrators get a letter with their addresses (0: never).",
    "days",
    0,
    365,
    _DOMAIN,
    delegated=True,
)
