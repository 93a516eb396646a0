"""Messages from files and pipes have LF line ends; mail has CRLF. A lone CR is an ordinary octet and stays."""

import re
from collections.abc import Iterable, Iterator

_BARE_LF = re.compile(rb"(?<!\r)\n")


def to_crlf(octets: bytes) -> bytes:
    """The octets with CRLF in the place of each bare LF."""
    return _BARE_LF.sub(b"\r\n", octets)


def each_to_crlf(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same for octets that come in chunks of any size."""
    ends_with_cr = False
    for chunk in chunks:
        if chunk:
            converted = to_crlf(chunk)
            # The LF of a CRLF torn in two has got a CR too many.
            yield converted[1:] if ends_with_cr and chunk.startswith(b"\n") else converted
            ends_with_cr = chunk.endswith(b"\r")
