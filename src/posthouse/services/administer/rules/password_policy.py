"""Which account passwords are good enough (capability B3). Tightening these rules never breaks a password that is in use.

What people try first is known: zxcvbn knows dictionaries, keyboards and dates, we add what it does not (the user name, words of our
four languages, runs of four). Everything that is wrong is told at once, so that nobody has to guess the rules one by one.
"""

import enum
import re
from itertools import pairwise
from typing import Final

import msgspec

from posthouse.formats.address.value import Address
from posthouse.foundation.errors import Invalid

MOST_OCTETS: Final = 1_024
RUN: Final = 4
"""Characters in a row that repeat or count up or down."""
PHRASE_VARIETY: Final = 6
"""Different characters a pass phrase has at least."""
GUESSED_CHARACTERS: Final = 40
"""Characters zxcvbn looks at: its work grows faster than the password (20 ms for so many)."""
NAME_CHARACTERS: Final = 3
"""Shorter user names may occur in a password by chance."""

_ROWS: Final = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "yxcvbnm", "azertyuiop")
_DISGUISES: Final = (str.maketrans("0134578@$!", "oieastbasi"), str.maketrans("0134578@$!", "oleastbasi"))
_TRIED_FIRST: Final = """
    password passwort kennwort geheim hallo willkommen welcome letmein admin administrator postmaster secret changeme
    default iloveyou monkey dragon sunshine princess football baseball master shadow superman batman trustno starwars
    whatever freedom computer internet server email mail test testing hello login user guest root summer winter spring
    autumn sommer herbst fruehling frühling apple google orange banana cheese flower lovely michael jordan thomas andreas
    schatz mima woaini nihao pasuwado sakura aishiteru konnichiwa
"""
_WORDS: Final = frozenset(_TRIED_FIRST.split())
_END: Final = re.compile(r"[^a-zü]+$")


class Weakness(enum.StrEnum):
    """Why a password is refused."""

    NAME = "name"
    REPETITION = "repetition"
    SEQUENCE = "sequence"
    WORD = "word"
    GUESSABLE = "guessable"
    SHORT = "short"
    CLASSES = "classes"


class Objection(msgspec.Struct, frozen=True):
    """One thing that is wrong with a password."""

    weakness: Weakness
    found: str = ""
    """The part of the password that is meant; empty: all of it."""


class PasswordRules(msgspec.Struct, frozen=True):
    """How strict the policy is."""

    characters: int = 8
    classes: int = 4
    """Of lower case, upper case, digit, symbol, so many must occur."""
    phrase_octets: int = 20
    """A pass phrase this long needs no mixture. Octets of UTF-8: seven Chinese characters say more than twenty letters."""
    score: int = 2
    """Of zxcvbn, 0 to 4: 2 is a million guesses."""


class WeakPassword(Invalid):
    """A password the policy refuses; the text says why and what is wanted, ``objections`` says it to programs."""

    def __init__(self, text: str, objections: tuple[Objection, ...] = (), sentences: tuple[str, ...] = ()) -> None:
        super().__init__(text)
        self.objections = objections
        self.sentences = sentences
        """One for each objection, as ``services.languages`` knows them."""


def check_password(password: str, address: Address, *, strict: bool, rules: PasswordRules | None = None) -> None:
    """Check a new account password; without ``strict`` only what could never be typed again is refused.

    Raises: Invalid, saying what is wanted; WeakPassword for what the policy refuses.
    """
    if not password:
        raise Invalid("the password is empty")
    if len(password.encode("utf-8", "surrogatepass")) > MOST_OCTETS:
        raise Invalid(f"the password is longer than {MOST_OCTETS} octets")
    if not password.isprintable():
        raise Invalid("the password has control characters")
    if not strict:
        return
    rules = rules or PasswordRules()
    objections = tuple(weaknesses(password, address, rules))
    if objections:
        said = [_said(each, rules) for each in objections]
        raise WeakPassword(f"the password {_joined(said)}", objections, tuple([f"The password {each}" for each in said]))


def weaknesses(password: str, address: Address, rules: PasswordRules) -> list[Objection]:
    """Everything the policy has against a password, the most telling first; nothing: it is good enough. Takes some 20 ms."""
    phrase = len(password.encode()) >= rules.phrase_octets
    found = [Objection(Weakness.NAME)] if _has_name(password, address, rules if phrase else None) else []
    if phrase:
        return found + ([Objection(Weakness.REPETITION)] if len(set(password)) < PHRASE_VARIETY else []) + _guessed(password, rules)
    run = _run(password)
    if run is not None:
        found.append(run)
    if _is_tried_first(password):
        found.append(Objection(Weakness.WORD))
    seen = {each.weakness for each in found}
    if not seen:
        found += _guessed(password, rules)
    if len(password) < rules.characters:
        found.append(Objection(Weakness.SHORT))
    elif _classes(password) < rules.classes:
        found.append(Objection(Weakness.CLASSES))
    return found


def _said(objection: Objection, rules: PasswordRules) -> str:
    part = f": {objection.found}" if objection.found else ""
    wanted = f"use {rules.characters} characters or more with {_mixture(rules.classes)}, or a pass phrase of {rules.phrase_octets}"
    return {
        Weakness.NAME: "is the user name or has it in it",
        Weakness.REPETITION: f"repeats itself{part}",
        Weakness.SEQUENCE: f"has a sequence or a repetition{part}",
        Weakness.WORD: f"is a word that is tried first{part}",
        Weakness.GUESSABLE: "is easy to guess",
        Weakness.SHORT: f"is too weak: {wanted}",
        Weakness.CLASSES: f"is too weak: {wanted}",
    }[objection.weakness]


def _mixture(classes: int) -> str:
    if classes == len(_CLASSES):
        return "lower and upper case, a digit and a symbol"
    return f"{classes} of lower case, upper case, digits and symbols" if classes > 1 else "anything in them"


def _joined(sentences: list[str]) -> str:
    return ", and ".join(sentences)


_CLASSES: Final = (str.islower, str.isupper, str.isdigit, lambda character: not character.isalnum())


def _classes(password: str) -> int:
    return sum(any(map(belongs, password)) for belongs in _CLASSES)


def _has_name(password: str, address: Address, phrase: PasswordRules | None) -> bool:
    """Whether it is the user name, forwards or backwards, or has it in it; a phrase may, where the rest is long enough alone."""
    name, core, whole = _plain(address.local_part), _plain(password), _plain(f"{address.local_part}@{address.domain}")
    if core in {name, name[::-1], name * 2, whole} or core.strip("0123456789") == name:
        return True
    if len(name) < NAME_CHARACTERS or not (name in core or name[::-1] in core):
        return False
    return phrase is None or len(core.replace(name, "").replace(name[::-1], "").encode()) < phrase.phrase_octets


def _plain(text: str) -> str:
    return re.sub(r"[\W_]", "", text.casefold())


def _run(password: str) -> Objection | None:
    """Find ``RUN`` or more characters that repeat, count up or down, or lie side by side on a keyboard."""
    text = password.casefold()
    length, step = 1, 0
    for index, (before, after) in enumerate(pairwise(text), 1):
        difference = ord(after) - ord(before)
        length = length + 1 if difference == step and length > 1 else 2 if difference in {-1, 0, 1} else 1
        step = difference
        if length >= RUN:
            # Folding may have made the text longer than what was typed; the part is shown as it was compared.
            shown = password if len(text) == len(password) else text
            return Objection(Weakness.SEQUENCE if step else Weakness.REPETITION, shown[index + 1 - length : index + 1])
    for row in _ROWS:
        for start in range(len(row) - RUN + 1):
            keys = row[start : start + RUN]
            if keys in text or keys[::-1] in text:
                return Objection(Weakness.SEQUENCE, keys)
    return None


def _is_tried_first(password: str) -> bool:
    """Whether it is a word from the list, with something hung on its end, letters disguised as digits or not."""
    bare = re.sub(r"[\W\d_]+$", "", password.casefold())
    return any(_END.sub("", bare.translate(disguise)) in _WORDS for disguise in _DISGUISES)


_PATTERNS: Final = {
    "dictionary": Weakness.WORD,
    "repeat": Weakness.REPETITION,
    "sequence": Weakness.SEQUENCE,
    "spatial": Weakness.SEQUENCE,
}


def _guessed(password: str, rules: PasswordRules) -> list[Objection]:
    """What zxcvbn says to it: the longest part it knows, where the whole can be guessed too soon."""
    if rules.score <= 0:
        return []
    from zxcvbn import zxcvbn  # type: ignore[import-untyped] # its dictionaries are 14 MB: only where a password is set

    judged = zxcvbn(password[:GUESSED_CHARACTERS])
    if judged["score"] >= rules.score:
        return []
    parts = sorted(judged["sequence"], key=lambda part: len(part["token"]), reverse=True)
    known = [part for part in parts if part["pattern"] in _PATTERNS]
    if not known:
        return [Objection(Weakness.GUESSABLE)]
    return [Objection(_PATTERNS[known[0]["pattern"]], str(known[0]["token"]))]
