"""Reports as they travel: gzip or ZIP, or plain; unpacked to a bound, however small they were made (decompression bombs)."""

import io
import zipfile
import zlib
from typing import Final

UNPACKED_OCTETS: Final = 8_388_608
GZIP: Final = b"\x1f\x8b"
ZIP: Final = b"PK\x03\x04"
_WINDOW: Final = 31
"""zlib's word for gzip."""


class InvalidPacking(ValueError):
    """The octets cannot be unpacked, or are too many."""


def unpack(octets: bytes) -> bytes:
    """What is inside; of a ZIP file its first document. Raises: InvalidPacking."""
    try:
        if octets.startswith(GZIP):
            unpacked = zlib.decompressobj(_WINDOW).decompress(octets, UNPACKED_OCTETS + 1)
        elif octets.startswith(ZIP):
            unpacked = _first_of(octets)
        else:
            unpacked = octets
    except (zlib.error, zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError, OSError) as error:
        raise InvalidPacking(f"the report cannot be unpacked: {error}") from None
    if len(unpacked) > UNPACKED_OCTETS:
        raise InvalidPacking(f"the report has more than {UNPACKED_OCTETS} octets")
    return unpacked


def pack(octets: bytes) -> bytes:
    """Octets as gzip; the same octets give the same."""
    packer = zlib.compressobj(9, zlib.DEFLATED, _WINDOW)
    return packer.compress(octets) + packer.flush()


def _first_of(octets: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(octets)) as archive:
        names = [info for info in archive.infolist() if not info.is_dir()]
        if not names:
            raise InvalidPacking("the ZIP file is empty")
        with archive.open(names[0]) as file:
            return file.read(UNPACKED_OCTETS + 1)
