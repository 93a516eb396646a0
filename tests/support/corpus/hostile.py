"""Mail that breaks parsers: each function makes one message, small enough for a unit test and large enough to hurt."""

import base64
from collections.abc import Callable

CRLF = b"\r\n"


def nested_multiparts() -> bytes:
    """2,000 multiparts inside each other, none of them closed."""
    levels = (b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (level, level) for level in range(2_000))
    return b"Subject: deep\r\n" + b"".join(levels) + b"\r\nbottom\r\n"


def nested_messages() -> bytes:
    """2,000 messages inside each other."""
    return b"Content-Type: message/rfc822\r\n\r\n" * 2_000 + b"Subject: innermost\r\n\r\nhi\r\n"


def ten_thousand_parts() -> bytes:
    """More parts than are looked at, each of a few octets."""
    return b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 10_500 + b"--b--\r\n"


def parts_without_blank_line() -> bytes:
    """Every part is one header line; a parser that looks for blank lines to the end of the message is quadratic."""
    return b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\nX-Only: header\r\n" * 5_000


def body_of_delimiters() -> bytes:
    """A body of nothing but lines with two hyphens, none of them the delimiter, inside 50 open multiparts."""
    opening = b"".join(
        b"Content-Type: multipart/mixed; boundary=%s\r\n\r\n--%s\r\n" % (b"-" * (level + 1), b"-" * (level + 1))
        for level in range(50)
    )
    return opening + CRLF + b"--x\r\n" * 60_000


def no_boundary() -> bytes:
    """A multipart that names no boundary."""
    return b"Content-Type: multipart/mixed\r\n\r\n--b\r\n\r\ntext\r\n--b--\r\n"


def empty_boundary() -> bytes:
    """A boundary of no characters."""
    return b'Content-Type: multipart/mixed; boundary=""\r\n\r\n--\r\n\r\ntext\r\n----\r\n'


def boundary_never_found() -> bytes:
    """A boundary that the body does not contain."""
    return b"Content-Type: multipart/mixed; boundary=lost\r\n\r\n--b\r\n\r\ntext\r\n--b--\r\n"


def nul_octets() -> bytes:
    """NUL in names, bodies, boundaries and text."""
    return b"Sub\x00ject: a\x00b\r\nContent-Type: multipart/mixed; boundary=\x00\r\n\r\n--\x00\r\n\r\n\x00\x00\r\n--\x00--\r\n"


def eight_bit_header() -> bytes:
    """Raw octets in header fields: UTF-8, GB18030, CP1252, and field names with them."""
    return (
        "Subject: Grüße 你好\r\n".encode()
        + "From: 张三 <zhang@example.com>\r\n".encode("gb18030")
        + "To: Müller <m@example.com>\r\n".encode("cp1252")
        + b"N\xe4me: value\r\nContent-Type: text/plain; name=\xb2\xe2\xca\xd4.txt\r\n\r\nbody\r\n"
    )


def in_charset(label: str, codec: str, text: str) -> bytes:
    """A message in one charset of East Asia, its subject raw and its body base64 with the label."""
    body = base64.encodebytes(text.encode(codec)).replace(b"\n", CRLF)
    return (
        b"Subject: " + text.encode(codec) + b"\r\nContent-Type: text/plain; charset=" + label.encode() + CRLF
        + b"Content-Transfer-Encoding: base64\r\n\r\n" + body
    )  # fmt: skip


def gb18030() -> bytes:
    """Chinese, labelled with the smaller charset everybody names."""
    return in_charset("gb2312", "gb18030", "您好，㐂来信已收到，谢谢。")


def iso_2022_jp() -> bytes:
    """Japanese in escape sequences."""
    return in_charset("ISO-2022-JP", "iso2022_jp", "会議のお知らせ")


def euc_kr() -> bytes:
    """Korean."""
    return in_charset("ks_c_5601-1987", "cp949", "회의 일정을 알려드립니다")


def shift_jis() -> bytes:
    """Japanese with characters only Windows has."""
    return in_charset("x-sjis", "cp932", "株式会社①のお知らせ")


def broken_base64() -> bytes:
    """Digits, garbage, padding in the middle, one digit too many."""
    return b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\nSGVs!!bG8\x00gd2\r\n9y*bGQ=\r\n=A=\r\n"


def broken_quoted_printable() -> bytes:
    """Wrong escapes, soft breaks with white space, an end in the middle of an escape."""
    return b"Content-Transfer-Encoding: quoted-printable\r\n\r\n=ZZ =4 = \r\n=C3=A4 \t \r\nx==3D=3"


def rfc_2231() -> bytes:
    """A file name in continuations out of order, with charset, language and one plain section."""
    return (
        b"Content-Type: application/pdf;\r\n name*1=%20plain;\r\n name*0*=utf-8'de'Gr%C3%BC%C3%9Fe;\r\n name*2*=%E4%BD%A0\r\n"
        b"Content-Disposition: attachment; filename*=gb2312''%C4%E3.pdf; filename=\"=?utf-8?B?5L2gLnBkZg==?=\"\r\n\r\n%PDF"
    )


def header_of_one_megabyte() -> bytes:
    """One field folded 30,000 times, and Content-Type behind what is looked at."""
    return b"X-Long: a\r\n" + b" continued and continued again\r\n" * 35_000 + b"Content-Type: text/html\r\n\r\nbody\r\n"


def many_fields() -> bytes:
    """40,000 fields, all with one name."""
    return b"Content-Type: text/plain; a=b\r\n" * 40_000 + b"\r\nbody\r\n"


def endless_line() -> bytes:
    """A body of one line, without an end."""
    return b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n--" + b"a" * 1_000_000


def lone_carriage_returns() -> bytes:
    """CR alone between everything: one header line, no body."""
    return b"Subject: a\rContent-Type: text/html\r\rbody\r--b\r"


def mixed_line_ends() -> bytes:
    """CRLF, LF and CR in one multipart."""
    return b"Content-Type: multipart/mixed;\n boundary=b\r\n\n--b\n\r\none\r\n--b\r\n\ntwo\rthree\n--b--\n"


def comment_bomb() -> bytes:
    """A Content-Type and an address of opening brackets, quotes and backslashes."""
    return (
        b"From: " + b"(" * 20_000 + b"\r\nTo: " + b'"' * 20_001 + b"\r\nCc: " + b"\\(" * 20_000
        + b"\r\nContent-Type: text/plain" + b"(" * 20_000 + b";a=" + b'"\\' * 20_000 + b"\r\n\r\nbody"
    )  # fmt: skip


def parameter_bomb() -> bytes:
    """20,000 parameters, then 20,000 without a value."""
    return b"Content-Type: text/plain" + b";x=y" * 20_000 + b";z" * 20_000 + b" " * 20_000 + b"\r\n\r\n"


def encoded_word_bomb() -> bytes:
    """Encoded words begun and never ended, and torn base64."""
    return b"Subject: " + b"=?utf-8?q?a" * 20_000 + b"\r\nComments: " + b"=?utf-8?b?YW?= =?utf-8?b?Jh?= " * 10_000 + b"\r\n\r\n"


def one_boundary_for_all() -> bytes:
    """Two multiparts inside each other with the same boundary."""
    part = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
    return part + part + b"\r\nx\r\n--b--\r\nepilogue of one\r\n--b--\r\nepilogue of the other\r\n"


def digest() -> bytes:
    """A digest whose messages are bare, typed, encoded and empty."""
    return (
        b"Content-Type: multipart/digest; boundary=d\r\n\r\n--d\r\n\r\nSubject: one\r\n\r\nbody\r\n--d\r\n"
        b"Content-Type: text/plain\r\n\r\nSubject: none\r\n--d\r\nContent-Transfer-Encoding: base64\r\n\r\nU3ViamVjdDogYQ==\r\n"
        b"--d\r\n\r\n--d--\r\n"
    )


CORPUS: dict[str, Callable[[], bytes]] = {
    maker.__name__: maker
    for maker in (
        nested_multiparts,
        nested_messages,
        ten_thousand_parts,
        parts_without_blank_line,
        body_of_delimiters,
        no_boundary,
        empty_boundary,
        boundary_never_found,
        nul_octets,
        eight_bit_header,
        gb18030,
        iso_2022_jp,
        euc_kr,
        shift_jis,
        broken_base64,
        broken_quoted_printable,
        rfc_2231,
        header_of_one_megabyte,
        many_fields,
        endless_line,
        lone_carriage_returns,
        mixed_line_ends,
        comment_bomb,
        parameter_bomb,
        encoded_word_bomb,
        one_boundary_for_all,
        digest,
    )
}
