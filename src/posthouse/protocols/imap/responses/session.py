"""Responses about the connection: CAPABILITY ENABLED ID NAMESPACE LANGUAGE (RFC 9051 §7.2, RFC 2971, RFC 5255)."""

from collections.abc import Mapping, Sequence

from posthouse.protocols.imap.grammar.strings import astring_octets, string_octets


def capability(names: Sequence[bytes]) -> bytes:
    """``* CAPABILITY IMAP4rev1 …``."""
    return b"* CAPABILITY %b\r\n" % b" ".join(names)


def enabled(names: Sequence[bytes]) -> bytes:
    """``* ENABLED …``: what this ENABLE has switched on, perhaps nothing."""
    return b"* ENABLED%b\r\n" % b"".join([b" " + name for name in names])


def id_(fields: Mapping[str, str]) -> bytes:
    """``* ID ("name" "…")``, or NIL where there is nothing to say."""
    pairs = [string_octets(text.encode()) for pair in fields.items() for text in pair]
    return b"* ID (%b)\r\n" % b" ".join(pairs) if pairs else b"* ID NIL\r\n"


def language(tags: Sequence[str]) -> bytes:
    """``* LANGUAGE (en de)`` (RFC 5255 §3.3)."""
    return b"* LANGUAGE (%b)\r\n" % b" ".join([astring_octets(tag.encode("ascii")) for tag in tags])


def namespace(separator: bytes, others: bytes, shared: bytes) -> bytes:
    """``* NAMESPACE (("" "/")) (("Other Users/" "/")) (("Shared/" "/"))``: prefixes and separator (RFC 9051 §6.3.10)."""
    texts = [b"((%b %b))" % (string_octets(prefix), string_octets(separator)) for prefix in (b"", others, shared)]
    return b"* NAMESPACE %b\r\n" % b" ".join(texts)
