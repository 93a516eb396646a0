"""Mailbox name patterns (RFC 9051 §6.3.9): ``*`` is anything, ``%`` anything but the separator.

A pattern comes from a stranger, so it is no regular expression: all places in it where a name may be are followed at once, as
the bits of one number. That takes as many steps as the name has characters, whatever the pattern.
"""

import re
from collections import defaultdict
from typing import Final

from posthouse.model.mailbox import INBOX, NAME_OCTETS, SEPARATOR
from posthouse.servers.imap.answers import No

_WILDCARDS = re.compile(r"[*%]{2,}")


class Pattern:
    """One pattern, reference included, ready to be matched."""

    __slots__ = ("_any", "_any_in_level", "_final", "_places", "_start")

    def __init__(self, text: str) -> None:
        """Compile. Raises: No when the pattern is longer than any name may be."""
        if len(text) > 2 * NAME_OCTETS:
            raise No("The pattern is too long")
        # Of neighbouring wildcards one "*" is as good as all; then one step passes over each wildcard.
        text = _WILDCARDS.sub(lambda run: "*" if "*" in run[0] else "%", text)
        self._any = self._any_in_level = 0
        self._places: defaultdict[str, int] = defaultdict(int)
        for place, character in enumerate(text):
            if character == "*":
                self._any |= 1 << place
            elif character == "%":
                self._any_in_level |= 1 << place
            else:
                self._places[character] |= 1 << place
        self._start = self._passed(1)
        self._final = 1 << len(text)

    def matches(self, name: str) -> bool:
        """Whether the whole of ``name`` fits."""
        return bool(self._after(name) & self._final)

    def reaches(self, prefix: str) -> bool:
        """Whether a longer name that begins with ``prefix`` may fit."""
        return bool(self._after(prefix) & ~self._final)

    def _after(self, name: str) -> int:
        """The places where a name may be."""
        places = self._start
        for character in name:
            stay = places & self._any
            if character != SEPARATOR:
                stay |= places & self._any_in_level
            places = self._passed(stay | (places & self._places.get(character, 0)) << 1)
            if not places:
                break
        return places

    def _passed(self, places: int) -> int:
        """Add the places after wildcards that stand for nothing."""
        return places | (places & (self._any | self._any_in_level)) << 1


class Patterns:
    """The patterns of one LIST; INBOX fits in any case."""

    __slots__ = ("_inbox", "_patterns")

    def __init__(self, reference: str, patterns: tuple[str, ...]) -> None:
        self._patterns = [Pattern(reference + pattern) for pattern in patterns]
        self._inbox = any(Pattern((reference + pattern).upper()).matches(INBOX) for pattern in patterns)

    def match(self, name: str) -> bool:
        """Whether any of them fits ``name``."""
        return self._inbox if name == INBOX else any(pattern.matches(name) for pattern in self._patterns)

    def reaches(self, prefix: str) -> bool:
        """Whether a longer name that begins with ``prefix`` may fit any of them."""
        return any(pattern.reaches(prefix) for pattern in self._patterns)


PATTERNS: Final = 100
"""Patterns in one LIST."""
