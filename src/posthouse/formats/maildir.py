"""Names of the Maildir format: flags behind the colon, folders of Maildir++."""

import re
from typing import Final, NamedTuple

_INFO: Final = re.compile(r"[:;!,-]2,([A-Za-z]*)(?:,.*)?\Z")
_SECONDS: Final = re.compile(r"\A(\d{9,10})\.")

PASSED, REPLIED, SEEN, TRASHED, DRAFT, FLAGGED = "PRSTDF"
"""Letters of the flags."""


class MessageName(NamedTuple):
    """What a file name says."""

    letters: frozenset[str]
    """Capitals are flags, small ones index the keywords of the folder."""
    delivered_at: int | None
    """Seconds since 1970."""


def parse_message_name(name: str) -> MessageName:
    """Read a file name in ``cur`` or ``new``; separators that other file systems force are read too. Never raises."""
    info, seconds = _INFO.search(name), _SECONDS.match(name)
    return MessageName(frozenset(info[1] if info else ""), int(seconds[1]) if seconds else None)


def folder_levels(name: str) -> tuple[str, ...]:
    """The levels of a Maildir++ folder, still in modified UTF-7: ``.Work.2026`` is Work, 2026. An INBOX in front is dropped."""
    levels = [level for level in name.split(".") if level]
    return tuple(levels[1:] if levels and levels[0].upper() == "INBOX" else levels)


def parse_keywords(text: str) -> dict[str, str]:
    """Read Dovecot's ``dovecot-keywords`` file: lines ``0 $Label1`` name the letters from ``a`` on. Never raises."""
    found = {}
    for line in text.splitlines():
        number, _, keyword = line.strip().partition(" ")
        if number.isdecimal() and int(number) < 26 and keyword:
            found[chr(ord("a") + int(number))] = keyword
    return found
