"""Status responses and continuation requests (RFC 9051 §7.1, §7.6).

Texts are for people, in ASCII or where a language was chosen (RFC 5255) in UTF-8, without CR and LF; codes come from ``codes.py``.
"""


def ok(tag: bytes, text: str, code: bytes = b"") -> bytes:
    """``tag OK [code] text``."""
    return _status(tag, b"OK", text, code)


def no(tag: bytes, text: str, code: bytes = b"") -> bytes:
    """``tag NO [code] text``."""
    return _status(tag, b"NO", text, code)


def bad(tag: bytes, text: str, code: bytes = b"") -> bytes:
    """``tag BAD [code] text``: only for a command that breaks the grammar or is not allowed now."""
    return _status(tag, b"BAD", text, code)


def bye(text: str, code: bytes = b"") -> bytes:
    """``* BYE [code] text``: the connection is closed next."""
    return _status(b"*", b"BYE", text, code)


def untagged_ok(text: str, code: bytes = b"") -> bytes:
    """``* OK [code] text``."""
    return _status(b"*", b"OK", text, code)


def untagged_no(text: str, code: bytes = b"") -> bytes:
    """``* NO [code] text``: a warning."""
    return _status(b"*", b"NO", text, code)


def preauth(text: str, code: bytes = b"") -> bytes:
    """``* PREAUTH [code] text``: a greeting to somebody known already."""
    return _status(b"*", b"PREAUTH", text, code)


def continuation(text: str = "Ready") -> bytes:
    """``+ text``: the client may go on. The text is never empty, which old clients cannot read."""
    return b"+ %b\r\n" % text.encode("ascii")


def challenge(octets: bytes) -> bytes:
    """``+ base64``: a SASL challenge, already in base64, perhaps empty (RFC 9051 §6.2.2)."""
    return b"+ %b\r\n" % octets


def _status(tag: bytes, condition: bytes, text: str, code: bytes) -> bytes:
    return b"%b %b %b%b\r\n" % (tag, condition, b"[%b] " % code if code else b"", text.encode("utf-8"))
