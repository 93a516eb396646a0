"""What the fields say, as values. All text is characters; octets that are no UTF-8 are escaped as surrogates."""

import msgspec


class Property(msgspec.Struct, frozen=True):
    """What a result is about, e.g. ``smtp.mailfrom=example.org``."""

    ptype: str
    """Lower case: ``smtp``, ``header``, ``body``, ``policy`` or another; empty where somebody left it out."""
    name: str
    """Lower case."""
    value: str


class MethodResult(msgspec.Struct, frozen=True, kw_only=True):
    """One method and what it found, e.g. ``dkim=pass``."""

    method: str
    """Lower case."""
    result: str
    """Lower case."""
    version: int = 1
    reason: str = ""
    comment: str = ""
    """The comment right behind the result, for people."""
    properties: tuple[Property, ...] = ()

    def value(self, ptype: str, name: str) -> str | None:
        """The first property of this name."""
        return next((found.value for found in self.properties if (found.ptype, found.name) == (ptype, name)), None)


class AuthenticationResults(msgspec.Struct, frozen=True, kw_only=True):
    """One field. No results: the server says that it checked nothing."""

    authserv_id: str
    """Who says so, as written."""
    results: tuple[MethodResult, ...] = ()
    version: int = 1
    instance: int | None = None
    """Of an ARC-Authentication-Results field; None in the other."""
