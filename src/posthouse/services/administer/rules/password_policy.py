"""Which account passwords are good enough (capability B3). Tightening these rules never breaks a password that is in use."""

import re
from itertools import pairwise
from typing import Final

from posthouse.formats.address.value import Address
from posthouse.foundation.errors import Invalid

LEAST_CHARACTERS: Final = 8
PHRASE_OCTETS: Final = 20
"""A pass phrase this long needs no mixture. Octets of UTF-8: seven Chinese characters say more than twenty letters."""
PHRASE_VARIETY: Final = 6
"""Different characters a pass phrase has at least."""
MOST_OCTETS: Final = 1_024
RUN: Final = 4
"""Characters in a row that repeat or count up or down."""

_ROWS: Final = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "yxcvbnm", "azertyuiop")
_DISGUISES: Final = (str.maketrans("0134578@$!", "oieastbasi"), str.maketrans("0134578@$!", "oleastbasi"))
_TRIED_FIRST: Final = """
    password passwort kennwort geheim hallo willkommen welcome letmein admin administrator postmaster secret changeme
    default iloveyou monkey dragon sunshine princess football baseball master shadow superman batman trustno starwars
    whatever freedom computer internet server email mail test testing hello login user guest root summer winter spring
    autumn sommer herbst fruehling apple google orange banana cheese flower lovely michael jordan thomas andreas schatz
    mima woaini nihao
"""
_WORDS: Final = frozenset(_TRIED_FIRST.split())
_END: Final = re.compile(r"[^a-z]+$")


def check_password(password: str, address: Address, *, strict: bool) -> None:
    """Check a new account password; without ``strict`` only what could never be typed again is refused.

    Raises: Invalid, saying what is wanted.
    """
    if not password:
        raise Invalid("the password is empty")
    if len(password.encode("utf-8", "surrogatepass")) > MOST_OCTETS:
        raise Invalid(f"the password is longer than {MOST_OCTETS} octets")
    if not password.isprintable():
        raise Invalid("the password has control characters")
    if strict:
        _check_strength(password, address)


def _check_strength(password: str, address: Address) -> None:
    phrase = len(password.encode()) >= PHRASE_OCTETS
    if not phrase and not _mixed(password):
        raise Invalid(
            f"the password is too weak: {LEAST_CHARACTERS} characters or more with lower and upper case, a digit and a symbol,"
            f" or a pass phrase of {PHRASE_OCTETS} or more"
        )
    if phrase and len(set(password)) < PHRASE_VARIETY:
        raise Invalid("the password repeats itself")
    if _is_name(password, address):
        raise Invalid("the password is the user name")
    found = None if phrase else _run(password)
    if found is not None:
        raise Invalid(f"the password has a sequence or a repetition: {found}")
    if not phrase and _is_tried_first(password):
        raise Invalid("the password is a word that is tried first")


def _mixed(password: str) -> bool:
    classes = (str.islower, str.isupper, str.isdigit, lambda character: not character.isalnum())
    return len(password) >= LEAST_CHARACTERS and all(any(map(belongs, password)) for belongs in classes)


def _is_name(password: str, address: Address) -> bool:
    """The user name, alone or with some digits and symbols around it, forwards or backwards."""
    name = re.sub(r"[\W_]", "", address.local_part.casefold())
    core = re.sub(r"[\W_]", "", password.casefold())
    whole = re.sub(r"[\W_]", "", f"{address.local_part}@{address.domain}".casefold())
    return core in {name, name[::-1], name * 2, whole} or (len(name) > 3 and core.strip("0123456789") == name)


def _run(password: str) -> str | None:
    """Find ``RUN`` or more characters that repeat, count up or down, or lie side by side on a keyboard."""
    text = password.casefold()
    length, step = 1, 0
    for index, (before, after) in enumerate(pairwise(text), 1):
        difference = ord(after) - ord(before)
        length = length + 1 if difference == step and length > 1 else 2 if difference in {-1, 0, 1} else 1
        step = difference
        if length >= RUN:
            return password[index + 1 - length : index + 1]
    for row in _ROWS:
        for start in range(len(row) - RUN + 1):
            keys = row[start : start + RUN]
            if keys in text or keys[::-1] in text:
                return keys
    return None


def _is_tried_first(password: str) -> bool:
    """Whether it is a word from the list, with something hung on its end, letters disguised as digits or not."""
    bare = re.sub(r"[\W\d_]+$", "", password.casefold())
    return any(_END.sub("", bare.translate(disguise)) in _WORDS for disguise in _DISGUISES)
