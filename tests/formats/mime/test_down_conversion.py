"""Messages in 7 bits: what they say stays the same."""

import contextlib
import email

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.formats.mime.down_conversion import NotConvertible, needs_utf8_headers, to_seven_bit

PLAIN = "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
TEXT = "Grüße aus Köln, und noch viel mehr Text als Umlaute, damit es lesbar bleibt.\r\n"


def parts_of(octets: bytes) -> list[tuple[str, bytes | None]]:
    message = email.message_from_bytes(octets)
    return [
        (part.get_content_type(), part.get_payload(decode=True))  # type: ignore[misc]
        for part in message.walk()
        if not part.is_multipart()
    ]


def test_a_text_becomes_quoted_printable() -> None:
    octets = f"Subject: x\r\n{PLAIN}Content-Transfer-Encoding: 8bit\r\n\r\n{TEXT}"
    converted = to_seven_bit(octets.encode())
    assert converted.isascii()
    assert b"Content-Transfer-Encoding: quoted-printable\r\n" in converted
    assert parts_of(converted) == [("text/plain", TEXT.encode())]
    assert to_seven_bit(converted) == converted


def test_chinese_becomes_base64() -> None:
    text = "你好，世界。\r\n" * 30
    octets = f"Subject: x\r\n{PLAIN}\r\n{text}".encode()
    converted = to_seven_bit(octets)
    assert b"Content-Transfer-Encoding: base64\r\n" in converted
    assert parts_of(converted) == [("text/plain", text.encode())]


def test_what_is_no_mime_becomes_it() -> None:
    converted = to_seven_bit(b"Subject: x\r\n\r\n" + TEXT.encode())
    message = email.message_from_bytes(converted)
    assert (message["MIME-Version"], message.get_content_charset()) == ("1.0", "utf-8")
    assert b"charset=unknown-8bit" in to_seven_bit(b"Subject: x\r\n\r\ncaf\xe9 and more of the same\r\n")
    assert to_seven_bit(b"\xe4 and nothing but text, without any header of its own\r\n").endswith(b"\r\n")


def test_only_what_must_be_changes() -> None:
    octets = (
        b"Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
        b"--b\r\nContent-Type: text/plain\r\n\r\nplain\r\n"
        b"--b\r\nContent-Type: text/html; charset=utf-8\r\ncontent-transfer-encoding:\r\n 8bit\r\n\r\n"
        b"<p>\xc3\xa4 and much more of it</p>\r\n\r\n"
        b"--b\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n\r\n\x00\x01\xff\r\n"
        b"--b\r\nContent-Type: message/rfc822\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
        b"Subject: inside\r\n\r\nd\xc3\xa9j\xc3\xa0 vu, et encore autre chose\r\n"
        b"--b--\r\n"
    )
    converted = to_seven_bit(octets)
    assert converted.isascii()
    assert parts_of(converted) == [
        ("text/plain", b"plain"),
        ("text/html", "<p>ä and much more of it</p>\r\n".encode()),
        ("application/octet-stream", b"\x00\x01\xff"),
        ("text/plain", "déjà vu, et encore autre chose".encode()),
    ]
    assert b"--b\r\nContent-Type: text/plain\r\n\r\nplain\r\n--b\r\n" in converted
    assert b"8bit" not in converted
    assert to_seven_bit(converted) == converted


@pytest.mark.parametrize(
    "octets",
    [
        "Subject: grüß\r\n\r\ntext\r\n".encode(),
        b"Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n\r\n\xe4\r\n--b\r\n\r\nsignature\r\n--b--\r\n",
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\npreamble \xe4\r\n--b\r\n\r\nx\r\n--b--\r\n",
        b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n\xe4\xe4\r\n",
        b"Content-Type: message/partial\r\n\r\n\xe4\r\n",
    ],
)
def test_what_cannot_be_converted(octets: bytes) -> None:
    with pytest.raises(NotConvertible):
        to_seven_bit(octets)


def test_which_headers_need_utf8() -> None:
    inside = b"Content-Type: message/global\r\n\r\nSubject: \xc3\xa4\r\n\r\ntext\r\n"
    assert needs_utf8_headers(inside)
    assert not needs_utf8_headers(b"Subject: x\r\n\r\n" + TEXT.encode())


@given(st.text(st.characters(exclude_characters="\r", exclude_categories=["Cs"])), st.sampled_from(["8bit", "binary", "7bit"]))
def test_any_text_says_the_same(text: str, mechanism: str) -> None:
    head = f"Subject: x\r\n{PLAIN}Content-Transfer-Encoding: {mechanism}\r\n\r\n"
    body = text.replace("\n", "\r\n").encode()
    converted = to_seven_bit(head.encode() + body)
    assert converted.isascii()
    (found,) = parts_of(converted)
    assert found[1] == body


@given(st.binary() | st.text(' \r\n-:;="bcCT.ontentyp/mixdlra8\xe4', max_size=200).map(str.encode))
def test_any_octets_are_converted_or_not(octets: bytes) -> None:
    with contextlib.suppress(NotConvertible):
        assert to_seven_bit(octets).isascii()
    needs_utf8_headers(octets)
