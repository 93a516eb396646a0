"""Lists of ``tag=value`` (RFC 6376 §3.2), as in DKIM and ARC fields, key records and DMARC records."""

import re

_TAG = re.compile(r"[ \t\r\n]*+([A-Za-z][A-Za-z0-9_]*+)[ \t\r\n]*+=(.*)", re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SPACE = " \t\r\n"


class InvalidTagList(ValueError):
    """The characters are no list of tags; the message says why."""


def tag_list(text: str) -> dict[str, str]:
    """Parse ``a=1; b=2;`` into values by tag, in their order; white space around values is gone, folds inside them stay.

    Names keep their case; values may hold UTF-8 (RFC 8616 §5).
    Raises: InvalidTagList for what is no tag, for controls, and for a tag that comes twice.
    """
    if _CONTROL.search(text):
        raise InvalidTagList("control characters in a list of tags")
    specifications = text.split(";")
    if len(specifications) > 1 and not specifications[-1].strip(_SPACE):
        specifications.pop()
    found: dict[str, str] = {}
    for specification in specifications:
        match = _TAG.fullmatch(specification)
        if match is None:
            raise InvalidTagList("a tag, = and a value are wanted")
        if match[1] in found:
            raise InvalidTagList(f"the tag {match[1]} comes twice")
        found[match[1]] = match[2].strip(_SPACE)
    return found


def without_spaces(value: str) -> str:
    """A value without any white space and folding, as base64 and lists are read."""
    return "".join(value.split())
