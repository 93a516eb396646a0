"""Macro strings of SPF (RFC 7208 §7): parsed once, expanded with the values of one check."""

import re
from collections.abc import Mapping
from typing import Final, NamedTuple, TypeAlias
from urllib.parse import quote

NAME_OCTETS: Final = 253
_MACRO = r"%\{(?P<letter>[slodiphcrtv])(?P<digits>[0-9]*+)(?P<reverse>r?)(?P<delimiters>[.+,/_=-]*+)\}"
_PART = re.compile(_MACRO + r"|%(?P<escape>[%_-])|(?P<literal>[!-$&-~]++)", re.IGNORECASE)
_EXPLAIN_PART = re.compile(_MACRO + r"|%(?P<escape>[%_-])|(?P<literal>[ -$&-~]++)", re.IGNORECASE)
_DOMAIN_END = re.compile(r"\.(?=[0-9-]*+[A-Za-z0-9-]*+\.?\Z)(?![0-9]*+\.?\Z)[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.?\Z")
_ESCAPES: Final = {"%": "%", "_": " ", "-": "%20"}
_ONLY_IN_EXPLANATIONS: Final = "crt"


class InvalidMacro(ValueError):
    """The characters are no macro string; the message says why."""


class Macro(NamedTuple):
    """``%{...}``: the value of a letter, cut into labels."""

    letter: str
    """Lower case."""
    labels: int
    """How many labels are kept, from the right; 0 keeps all."""
    reverse: bool
    delimiters: str
    quoted: bool
    """Escaped as in a URL (the letter was a capital)."""


MacroString: TypeAlias = tuple[str | Macro, ...]


def macro_string(text: str, *, explanation: bool = False) -> MacroString:
    """Parse ``macro-string`` (or ``explain-string``, which has spaces and the letters c, r and t).

    Raises: InvalidMacro.
    """
    pattern = _EXPLAIN_PART if explanation else _PART
    parts: list[str | Macro] = []
    position = 0
    while position < len(text):
        match = pattern.match(text, position)
        if match is None:
            raise InvalidMacro(f"no macro, and no character of one, at {text[position : position + 10]!r}")
        parts.append(_part(match, explanation=explanation))
        position = match.end()
    return tuple(parts)


def domain_spec(text: str) -> MacroString:
    """Parse ``domain-spec``: a macro string that ends in a macro or in a dot and a top label.

    Raises: InvalidMacro.
    """
    parsed = macro_string(text)
    if not parsed:
        raise InvalidMacro("a domain is missing")
    last = parsed[-1]
    # An escape like %- is a macro-expand too; it has become characters, and the text still shows it.
    if isinstance(last, str) and text[-2:-1] != "%" and not _ends_in_top_label(last):
        raise InvalidMacro(f"{text} does not end in a dot and a top label")
    return parsed


def expand(parsed: MacroString, values: Mapping[str, str]) -> str:
    """Put the values (by lower-case letter) in."""
    return "".join([part if isinstance(part, str) else _expanded(part, values[part.letter]) for part in parsed])


def letters(parsed: MacroString) -> frozenset[str]:
    """The letters a macro string needs values for."""
    return frozenset(part.letter for part in parsed if isinstance(part, Macro))


def as_name(expanded: str) -> str:
    """A name out of an expansion: without final dot, whole labels dropped from the left while it is too long (§7.3)."""
    name = expanded.removesuffix(".")
    if len(name) > NAME_OCTETS:
        name = name[-NAME_OCTETS - 1 :].partition(".")[2]
    return name


def _ends_in_top_label(text: str) -> bool:
    dot = text.removesuffix(".").rfind(".")
    return dot >= 0 and _DOMAIN_END.fullmatch(text, dot) is not None


def _part(match: re.Match[str], *, explanation: bool) -> str | Macro:
    if match["literal"] is not None:
        return match["literal"]
    if match["escape"] is not None:
        return _ESCAPES[match["escape"]]
    letter, digits = match["letter"], match["digits"]
    if letter.lower() in _ONLY_IN_EXPLANATIONS and not explanation:
        raise InvalidMacro(f"the macro letter {letter} is for explanations only")
    if digits and not digits.strip("0"):
        raise InvalidMacro("a macro keeps at least one label")
    # More digits than a name has labels mean all of them.
    labels = int(digits) if digits and len(digits) < 4 else 0
    return Macro(letter.lower(), labels, bool(match["reverse"]), match["delimiters"] or ".", letter.isupper())


def _expanded(macro: Macro, value: str) -> str:
    labels = re.split(f"[{re.escape(macro.delimiters)}]", value)
    if macro.reverse:
        labels.reverse()
    text = ".".join(labels[-macro.labels :])
    return quote(text, safe="-._~") if macro.quoted else text
