"""A guess at the charset of octets that carry no label. No locale is asked; the octets decide.

UTF-8 is tried first and is practically never wrong. Next come the charsets that announce themselves by escape
sequences or byte order marks. For the rest the pairs of 8-bit octets are counted: Japanese is a third kana, Korean
keeps to one block of leading octets, Chinese spreads over the common characters, Cyrillic has 8-bit runs without the
low half of the 8-bit range. What remains is CP1252.
"""

import re
from typing import Final

_SAMPLE_OCTETS: Final = 8_192
_MARKS: Final = (
    (b"\x00\x00\xfe\xff", "utf_32"),
    (b"\xff\xfe\x00\x00", "utf_32"),
    (b"\xff\xfe", "utf_16"),
    (b"\xfe\xff", "utf_16"),
)
_JAPANESE_ESCAPE = re.compile(rb"\x1b(?:\$[@B]|\([JI]|\$\([DOQ])")
_KOREAN_ESCAPE: Final = b"\x1b$)C"
_EUC_PAIR = re.compile(rb"[\xa1-\xfe]{2}")
_DOUBLE = re.compile(rb"[\x81-\xfe][\x40-\x7e\x80-\xfe]")
_RUN = re.compile(rb"[\x80-\xff]+")


def detect(octets: bytes) -> str:
    """Name the Python codec, from the allow-list, that most likely reads ``octets``; ``cp1252`` when nothing speaks for another."""
    if octets.isascii():
        return _by_escapes(octets)
    for mark, codec in _MARKS:
        if octets.startswith(mark):
            return codec
    sample = octets[:_SAMPLE_OCTETS]
    if _reads(octets, "utf_8") or _begins_as_utf_8(sample):
        return "utf_8"
    return _by_pairs(sample) or _by_runs(sample)


def _by_escapes(octets: bytes) -> str:
    if b"\x1b" in octets:
        if _JAPANESE_ESCAPE.search(octets):
            return "iso2022_jp_2"
        if _KOREAN_ESCAPE in octets:
            return "iso2022_kr"
    if b"~{" in octets and b"~}" in octets and _reads(octets, "hz"):
        return "hz"
    return "ascii"


def _reads(octets: bytes, codec: str) -> bool:
    try:
        octets.decode(codec)
    except UnicodeError:
        return False
    return True


def _begins_as_utf_8(sample: bytes) -> bool:
    """Whether only the last character of the sample is torn."""
    wholes = (sample[:-torn] for torn in (1, 2, 3))
    return any(not whole.isascii() and _reads(whole, "utf_8") for whole in wholes)


def _reads_sample(sample: bytes, codec: str) -> bool:
    # A sample may end, and a torn header may begin, in the middle of a character.
    return _reads(sample, codec) or _reads(sample[:-1], codec)


def _by_pairs(sample: bytes) -> str | None:
    """Tell the two-octet charsets of East Asia apart; None when the octets look like none of them."""
    doubles = _DOUBLE.findall(sample)
    if not doubles:
        return None
    total = len(doubles)
    shift_jis_kana = sum(pair[0] in (0x82, 0x83) for pair in doubles)
    if shift_jis_kana * 6 > total and _reads_sample(sample, "cp932"):
        return "cp932"
    if _only_pairs(sample):
        return _euc_family(sample)
    big5 = sum(0xA4 <= pair[0] <= 0xC6 for pair in doubles)
    low_trails = sum(pair[1] < 0x7F for pair in doubles)
    if big5 * 5 > total * 4 and low_trails * 8 > total and _reads_sample(sample, "cp950"):
        return "cp950"
    gbk = sum(0x81 <= pair[0] <= 0xD7 and pair[1] >= 0x80 for pair in doubles)
    if gbk * 4 > total * 3 and _reads_sample(sample, "gb18030") and not _letters_only(sample):
        return "gb18030"
    return None


def _only_pairs(sample: bytes) -> bool:
    runs = _RUN.findall(sample)
    paired = sum(len(run) % 2 == 0 and min(run) >= 0xA1 and max(run) <= 0xFE for run in runs)
    return paired * 10 >= len(runs) * 9 and not _letters_only(sample)


def _letters_only(sample: bytes) -> bool:
    """Whether the 8-bit octets keep to C0-FF, where Latin and Cyrillic charsets have their letters; trailing octets do not."""
    high = _RUN.findall(sample)
    octets = b"".join(high)
    letters = sum(octet >= 0xC0 for octet in octets)
    return letters * 20 >= len(octets) * 19


def _euc_family(sample: bytes) -> str | None:
    pairs = _EUC_PAIR.findall(sample)
    total = len(pairs)
    kana = sum(pair[0] in (0xA4, 0xA5) for pair in pairs)
    late = sum(0xC9 <= pair[0] <= 0xFD for pair in pairs)
    common = sum(0xA1 <= pair[0] <= 0xD7 for pair in pairs)
    if kana * 5 > total and _reads_sample(sample, "euc_jp"):
        return "euc_jp"
    if late * 12 < total and _reads_sample(sample, "cp949"):
        return "cp949"
    if common * 3 > total * 2 and _reads_sample(sample, "gb18030"):
        return "gb18030"
    return None


def _by_runs(sample: bytes) -> str:
    """Cyrillic words are nearly all 8-bit; Western ones have single 8-bit letters among ASCII."""
    runs = _RUN.findall(sample)
    octets = b"".join(runs)
    if len(octets) < 3 * len(runs):
        return "cp1252"
    lower_koi8 = sum(0xC0 <= octet <= 0xDF for octet in octets)
    lower_1251 = sum(octet >= 0xE0 for octet in octets)
    if lower_koi8 + lower_1251 < len(octets) * 3 // 4:
        return "cp1252"
    return "koi8_r" if lower_koi8 > lower_1251 else "cp1251"
