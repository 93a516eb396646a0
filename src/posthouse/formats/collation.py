"""How texts are compared: i;unicode-casemap (RFC 5051), which IMAP asks for (RFC 5255 §4).

RFC 5051 maps each character to title case and decomposes it fully. Here full case folding comes first and capitals last: what is
equal under RFC 5051 stays equal and keeps its order, and ``ß`` equals ``ss``, ``㎏`` equals ``KG``, ``ﬁ`` equals ``FI`` besides.
A text and a text searched for go through the same function; then one is found in the other by comparing octets.
"""

import unicodedata


def casemap(text: str) -> bytes:
    """Bring a text into the form that is compared, as UTF-8; lone surrogates become question marks.

    Doing it again changes nothing.
    """
    if text.isascii():
        return text.upper().encode("ascii")
    return unicodedata.normalize("NFKD", text.casefold()).upper().encode("utf-8", "replace")
