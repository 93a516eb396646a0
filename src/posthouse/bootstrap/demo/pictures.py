"""Small pictures as PNG (ISO/IEC 15948), drawn with a few lines of arithmetic: nobody's photographs are needed."""

import math
import struct
import zlib
from collections.abc import Callable
from typing import Final

Colour = tuple[int, int, int]
Paint = Callable[[float, float], Colour]
"""The colour at a place; both from 0 to 1, from the left and from the top."""

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_TRUECOLOUR: Final = 2


def png(width: int, height: int, paint: Paint) -> bytes:
    """Draw a picture."""
    rows = []
    for row in range(height):
        pixels = [octet for column in range(width) for octet in paint(column / width, row / height)]
        rows.append(b"\0" + bytes(pixels))
    header = struct.pack(">IIBBBBB", width, height, 8, _TRUECOLOUR, 0, 0, 0)
    return _SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(b"".join(rows), 9)) + _chunk(b"IEND", b"")


def picture(name: str) -> bytes:
    """The picture of a file name; some hills for a name that is not known."""
    width, height, paint = _PICTURES.get(name, (240, 160, _hills))
    return png(width, height, paint)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _harbour(x: float, y: float) -> Colour:
    if abs(x - 0.68) < 0.035 + (y - 0.4) * 0.05 and 0.4 < y < 0.74:
        return (236, 232, 222) if int(y * 24) % 2 else (178, 80, 62)
    if abs(x - 0.68) < 0.045 and 0.36 < y <= 0.4:
        return (70, 72, 78)
    if y > 0.72 + 0.012 * math.sin(x * 34 + y * 60):
        return (92, 108, 118) if math.sin(x * 20 + y * 90) > 0.3 else (108, 124, 132)
    return (214, 206, 190)


def _lighthouse(x: float, y: float) -> Colour:
    return _harbour(0.56 + x * 0.24, 0.34 + y * 0.2)


def _hills(x: float, y: float) -> Colour:
    for level, colour in ((0.78, (62, 88, 66)), (0.62, (96, 122, 92)), (0.48, (140, 160, 142))):
        if y > level + 0.06 * math.sin(x * 9 / level):
            return colour
    return (206, 220, 232) if (1.5 * (x - 0.75)) ** 2 + (y - 0.2) ** 2 > 0.006 else (250, 236, 190)


def _path(x: float, y: float) -> Colour:
    middle = 0.5 + 0.12 * math.sin(y * 7)
    return (196, 178, 146) if y > 0.45 and abs(x - middle) < 0.02 + 0.16 * (y - 0.45) else _hills(x, y * 0.9 + 0.1)


def _masthead(x: float, y: float) -> Colour:
    return (34, 40, 54) if 0.12 < y < 0.88 and (int(x * 60) + int(y * 6)) % 7 else (232, 214, 150)


def _shop_window(x: float, y: float) -> Colour:
    if y > 0.86 or x < 0.04 or x > 0.96 or abs(y - 0.46) < 0.02:
        return (122, 84, 58)
    shade = int(x * 26) * 37 + int(y > 0.46) * 91
    return (120 + shade % 110, 90 + shade * 3 % 120, 80 + shade * 7 % 110) if (x * 26) % 1 > 0.12 else (60, 48, 42)


_PICTURES: Final[dict[str, tuple[int, int, Paint]]] = {
    "harbour.png": (240, 320, _harbour),
    "lighthouse-detail.png": (160, 160, _lighthouse),
    "hut.png": (480, 320, _hills),
    "path.png": (200, 260, _path),
    "paper-week.png": (600, 120, _masthead),
    "shop-window.png": (320, 200, _shop_window),
}
