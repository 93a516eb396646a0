"""Which decoder a charset label means.

This table is an allow-list: what is not here is never looked up in Python's codec registry, so no label can reach
``idna``, ``unicode_escape``, ``zip`` or whatever else is registered there.

Labels are compared by letters and digits only, in lower case: ``ISO_8859-1``, ``iso-8859-1`` and ``ISO8859-1`` are
one. A label stands for the superset that senders really use (the WHATWG Encoding Standard's idea): GB2312 is GB18030,
KS_C_5601 is CP949, Shift_JIS is CP932, ISO-8859-1 is CP1252. Where programs disagree there are several decoders; the
first that reads the octets without error counts.
"""

from typing import Final

_SINGLE_BYTE: Final = {
    "cp1252": "iso88591 latin1 l1 windows1252 cp1252 xcp1252 cp819 ibm819 isolatin1",
    "iso8859_2": "iso88592 latin2 l2",
    "iso8859_3": "iso88593 latin3 l3",
    "iso8859_4": "iso88594 latin4 l4",
    "iso8859_5": "iso88595 cyrillic",
    "cp1256": "windows1256 cp1256 xcp1256",
    "iso8859_6": "iso88596 iso88596e iso88596i arabic asmo708",
    "cp1253": "windows1253 cp1253 xcp1253",
    "iso8859_7": "iso88597 greek ecma118",
    "cp1255": "windows1255 cp1255 xcp1255",
    "iso8859_8": "iso88598 iso88598e iso88598i logical visual hebrew",
    "cp1254": "iso88599 latin5 l5 windows1254 cp1254 xcp1254",
    "iso8859_10": "iso885910 latin6 l6",
    "cp874": "iso885911 tis620 windows874 cp874 dos874",
    "iso8859_13": "iso885913 latin7",
    "iso8859_14": "iso885914 latin8",
    "iso8859_15": "iso885915 latin9 l9",
    "iso8859_16": "iso885916 latin10 l10",
    "cp1250": "windows1250 cp1250 xcp1250",
    "cp1251": "windows1251 cp1251 xcp1251",
    "cp1257": "windows1257 cp1257 xcp1257",
    "cp1258": "windows1258 cp1258 xcp1258",
    "koi8_r": "koi8r koi8 koi cskoi8r",
    "koi8_u": "koi8u koi8ru",
    "koi8_t": "koi8t",
    "kz1048": "kz1048 rk1048 strk1048",
    "ptcp154": "ptcp154 cp154 pt154 cyrillicasian",
    "cp437": "ibm437 cp437",
    "cp850": "ibm850 cp850",
    "cp852": "ibm852 cp852",
    "cp855": "ibm855 cp855",
    "cp858": "ibm858 cp858 ibm00858",
    "cp862": "ibm862 cp862 dos862",
    "cp864": "ibm864 cp864",
    "cp866": "ibm866 cp866",
    "mac_roman": "macintosh mac macroman xmacroman",
    "mac_cyrillic": "maccyrillic xmaccyrillic xmacukrainian",
    "mac_greek": "macgreek xmacgreek",
    "mac_latin2": "maccentraleurope xmacce xmaccentralroman",
    "mac_turkish": "macturkish xmacturkish",
}
_MULTI_BYTE: Final = {
    "gb18030": "gb18030 gb180302000 gb180302005 gb2312 gb231280 gbk xgbk gb euccn xeuccn cp936 ms936 windows936 chinese",
    "hz": "hz hzgb hzgb2312",
    "cp950 big5hkscs": "big5 xxbig5 xbig5 big5eten cp950 ms950 windows950 csbig5 cnbig5 big5tw",
    "big5hkscs cp950": "big5hkscs big5hk hkscs cp951",
    "cp932 shift_jis_2004": "shiftjis sjis xsjis msshiftjis mskanji cp932 ms932 windows31j windows932 cswindows31j",
    "shift_jis_2004": "shiftjis2004 shiftjisx0213 sjisx0213 sjis2004",
    "euc_jp cp932-euc euc_jis_2004": "eucjp xeucjp eucjpms cp51932 ujis",
    "iso2022_jp cp932-iso-2022": "iso2022jp iso2022jpms csiso2022jp cp50220 cp50221 cp50222 jis jis7",
    "iso2022_jp_2 cp932-iso-2022": "iso2022jp1 iso2022jp2",
    "iso2022_jp_2004 cp932-iso-2022": "iso2022jp3 iso2022jp2004",
    "cp949": "euckr ksc5601 ksc56011987 ksc56011989 ksx1001 korean cp949 ms949 uhc windows949 isoir149 cseuckr",
    "johab": "johab cp1361 ksc56011992",
    "iso2022_kr": "iso2022kr csiso2022kr",
}
_UNICODE: Final = {
    "utf_8": "utf8 unicode11utf8 unicode20utf8 utf8mb4 xunicode20utf8 cp65001 unicode utf",
    "utf_7": "utf7 unicode11utf7 unicode20utf7 xunicode20utf7 csunicode11utf7 cp65000",
    "utf_16": "utf16 ucs2 iso10646ucs2",
    "utf_16_le": "utf16le unicodefffe",
    "utf_16_be": "utf16be unicodefeff",
    "utf_32": "utf32 ucs4 iso10646ucs4",
    "utf_32_le": "utf32le",
    "utf_32_be": "utf32be",
}

DECODERS: Final[dict[str, tuple[str, ...]]] = {
    label: tuple(decoders.split())
    for table in (_SINGLE_BYTE, _MULTI_BYTE, _UNICODE)
    for decoders, labels in table.items()
    for label in labels.split()
}
"""Squeezed label to the decoders to try, in order."""

ASCII: Final = frozenset(("usascii", "ascii", "ansix341968", "ansix341986", "iso646us", "iso646irv", "646", "us"))
_PROMISES_NOTHING: Final = "7bit 8bit binary unknown unknown8bit xunknown default defaultcharset xuserdefined none null charset"
UNLABELLED: Final = frozenset(("", *ASCII, *_PROMISES_NOTHING.split()))
"""Labels that promise ASCII, or nothing: 8-bit octets under them are a matter of guessing."""


def squeeze(label: str) -> str:
    """Reduce a charset label to the form the tables use."""
    return "".join(filter(str.isalnum, label.lower()))
