"""Reading the fields (RFC 8601 §2.2, RFC 8617 §4.1.1): one pass, linear, one error.

Wider than the grammar where real fields are: values need no quotes as long as they have neither white space nor ``;``, they may
be missing, and a property may have a name only.
"""

import re
from typing import Final

from posthouse.formats.authentication_results.value import AuthenticationResults, MethodResult, Property

FIELD_OCTETS: Final = 65_536
RESULTS: Final = 200
_SPACE = re.compile(r"[ \t\r\n]++")
_KEYWORD = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?")
_NUMBER = re.compile(r"[0-9]{1,4}")
_I = re.compile("[iI]")
_BARE = re.compile(r"[^\x00-\x20\x7f;()\"\\]++")
_ID = re.compile(r"[^\x00-\x20\x7f;()\"\\/=]++")
_QUOTED = re.compile(r'"((?:[^"\\]++|\\.)*+)"', re.DOTALL)
_QUOTED_PAIR = re.compile(r"\\(.)", re.DOTALL)
_FOLD = re.compile(r"\r?\n(?=[ \t])")
_COMMENT_EDGE = re.compile(r"\\.|[()]", re.DOTALL)


class InvalidAuthenticationResults(ValueError):
    """The octets are no such field body; the message says why."""


def parse(body: bytes) -> AuthenticationResults:
    """Read the body of an Authentication-Results field, folded or not.

    Raises: InvalidAuthenticationResults.
    """
    return _payload(_Cursor(_characters(body)), None)


def parse_arc(body: bytes) -> AuthenticationResults:
    """Read the body of an ARC-Authentication-Results field, which begins with its instance.

    Raises: InvalidAuthenticationResults.
    """
    cursor = _Cursor(_characters(body))
    instance = _instance(cursor)
    return _payload(cursor, instance)


def arc_instance(body: bytes) -> int:
    """Read only the instance of an ARC-Authentication-Results field, whatever follows.

    Raises: InvalidAuthenticationResults.
    """
    return _instance(_Cursor(_characters(body)))


def authserv_id(body: bytes) -> str:
    """Read only who a field claims to be from, whatever follows.

    Raises: InvalidAuthenticationResults.
    """
    cursor = _Cursor(_characters(body))
    cursor.skip()
    return cursor.value(_ID)


def _instance(cursor: "_Cursor") -> int:
    cursor.spaced(_I, "i=")
    cursor.sign("=")
    instance = int(cursor.spaced(_NUMBER, "a number"))
    cursor.sign(";")
    return instance


def _payload(cursor: "_Cursor", instance: int | None) -> AuthenticationResults:
    cursor.skip()
    server = cursor.value(_ID)
    version = 1
    cursor.skip()
    if _NUMBER.match(cursor.text, cursor.position):
        version = int(cursor.take(_NUMBER, "a version"))
        cursor.skip()
    results: list[MethodResult] = []
    nothing = False
    while not cursor.at_end():
        cursor.sign(";")
        cursor.skip()
        if cursor.at_end():
            break  # a semicolon at the end is common
        method = cursor.take(_KEYWORD, "a method").lower()
        cursor.skip()
        if method == "none" and (cursor.at_end() or cursor.peek() == ";"):
            nothing = True
            continue
        results.append(_resinfo(cursor, method))
        if len(results) > RESULTS:
            raise InvalidAuthenticationResults(f"more than {RESULTS} results")
    if nothing and results:
        raise InvalidAuthenticationResults("none beside results")
    return AuthenticationResults(authserv_id=server, results=tuple(results), version=version, instance=instance)


def _resinfo(cursor: "_Cursor", method: str) -> MethodResult:
    version = 1
    if cursor.peek() == "/":
        cursor.sign("/")
        version = int(cursor.spaced(_NUMBER, "a version"))
    cursor.sign("=")
    result = cursor.spaced(_KEYWORD, "a result").lower()
    comment = cursor.skip()
    reason = ""
    properties: list[Property] = []
    while not cursor.at_end() and cursor.peek() != ";":
        found = _property(cursor)
        if found.ptype or found.name != "reason" or properties or reason:
            properties.append(found)
        else:
            reason = found.value
        cursor.skip()
    return MethodResult(method=method, result=result, version=version, reason=reason, comment=comment, properties=tuple(properties))


def _property(cursor: "_Cursor") -> Property:
    """One propspec, or a name without a type, as some write (``action=none``); ``reason=`` is one of these."""
    ptype, name = "", cursor.take(_KEYWORD, "a property").lower()
    cursor.skip()
    if cursor.peek() == ".":
        cursor.sign(".")
        ptype, name = name, cursor.spaced(_KEYWORD, "a property").lower()
    cursor.sign("=")
    cursor.skip()
    # Nothing behind the sign is against the grammar, and what many write for an empty reverse-path.
    empty = cursor.at_end() or cursor.peek() == ";"
    return Property(ptype, name, "" if empty else cursor.value(_BARE))


def _characters(body: bytes) -> str:
    if len(body) > FIELD_OCTETS:
        raise InvalidAuthenticationResults("the field is too long")
    return body.decode("utf-8", "surrogateescape")


class _Cursor:
    """A place in the characters; every verb moves it or raises."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0

    def at_end(self) -> bool:
        return self.position >= len(self.text)

    def peek(self) -> str:
        return self.text[self.position : self.position + 1]

    def skip(self) -> str:
        """Pass over CFWS; return the first comment in it."""
        comment: str | None = None
        while True:
            space = _SPACE.match(self.text, self.position)
            if space:
                self.position = space.end()
            if self.peek() != "(":
                return comment or ""
            found = self._comment()
            comment = found if comment is None else comment

    def sign(self, sign: str) -> None:
        """Take one character, with CFWS before it."""
        self.skip()
        if self.peek() != sign:
            raise InvalidAuthenticationResults(f"{sign} is wanted at {self.position}")
        self.position += 1

    def spaced(self, pattern: re.Pattern[str], wanted: str) -> str:
        """Pass over CFWS and take what the pattern matches."""
        self.skip()
        return self.take(pattern, wanted)

    def take(self, pattern: re.Pattern[str], wanted: str) -> str:
        match = pattern.match(self.text, self.position)
        if match is None:
            raise InvalidAuthenticationResults(f"{wanted} is wanted at {self.position}")
        self.position = match.end()
        return match[0]

    def value(self, pattern: re.Pattern[str]) -> str:
        """A quoted string, bare characters, or both together (a quoted local part and its domain), unquoted."""
        quoted = _QUOTED.match(self.text, self.position)
        if quoted is None:
            return self.take(pattern, "a value")
        self.position = quoted.end()
        rest = pattern.match(self.text, self.position)
        if rest:
            self.position = rest.end()
        return _QUOTED_PAIR.sub(r"\1", _FOLD.sub("", quoted[1])) + (rest[0] if rest else "")

    def _comment(self) -> str:
        depth, start = 0, self.position + 1
        for edge in _COMMENT_EDGE.finditer(self.text, self.position):
            depth += {"(": 1, ")": -1}.get(edge[0], 0)
            if depth == 0 and edge[0] == ")":
                self.position = edge.end()
                return _QUOTED_PAIR.sub(r"\1", _FOLD.sub("", self.text[start : edge.start()]))
        raise InvalidAuthenticationResults("a comment is not closed")
