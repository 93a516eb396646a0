"""Whole messages, read back by ourselves and by the standard library."""

import email
import email.policy
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posthouse.formats.address.address_list import NamedAddress, address_list
from posthouse.formats.address.value import Address
from posthouse.formats.header.encoded_word import decode
from posthouse.formats.header.fields import first
from posthouse.formats.mime.build import Attachment, Composition, build
from posthouse.formats.mime.entity import has_long_line
from posthouse.formats.mime.parameters import filename
from posthouse.formats.mime.part import Part
from posthouse.formats.mime.scanner import scan
from posthouse.formats.mime.text import text_of
from posthouse.formats.mime.transfer import decode as decode_body

AUTHOR = NamedAddress("张三", Address("zhang", "例子.example"))
PLAIN = Composition(
    author=[AUTHOR],
    to=[NamedAddress("", Address("bob", "example.test"))],
    date=datetime(2026, 11, 22, 13, 48, 48, tzinfo=UTC),
    message_id=b"<1@example.test>",
    boundary="b0undary",
    subject="会议 tomorrow",
    text="Grüße\n",
)
PICTURE = Attachment(content=b"\x89PNG", media_type="image/png", content_id="p1", filename="图.png")
FILE = Attachment(content=bytes(range(256)), filename="a b.bin")


def leaves(part: Part) -> list[Part]:
    return [leaf for child in part.children for leaf in leaves(child)] if part.children else [part]


def types(part: Part) -> list[str]:
    here = f"{part.media_type.decode()}/{part.media_subtype.decode()}"
    return [here, *(kind for child in part.children for kind in types(child))]


@pytest.mark.parametrize(
    ("composition", "structure"),
    [
        (PLAIN, ["text/plain"]),
        (replace(PLAIN, text=None), ["text/plain"]),
        (replace(PLAIN, text=None, html="<p>"), ["text/html"]),
        (replace(PLAIN, html="<p>"), ["multipart/alternative", "text/plain", "text/html"]),
        (
            replace(PLAIN, html="<p>", inline=[PICTURE], attachments=[FILE]),
            ["multipart/mixed", "multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png",
             "application/octet-stream"],
        ),
        (replace(PLAIN, inline=[PICTURE]), ["multipart/related", "text/plain", "image/png"]),
        (
            replace(PLAIN, attachments=[Attachment(content=b"Subject: a\n\nb\n", media_type="message/rfc822")]),
            ["multipart/mixed", "text/plain", "message/rfc822", "text/plain"],
        ),
    ],
)  # fmt: skip
def test_structures(composition: Composition, structure: list[str]) -> None:
    octets = build(composition)
    assert types(scan(octets)) == structure
    standard = email.message_from_bytes(octets, policy=email.policy.default)
    assert isinstance(standard, EmailMessage)
    assert [part.get_content_type() for part in standard.walk()] == structure
    assert not [defect for part in standard.walk() for defect in part.defects]
    assert build(composition) == octets


TEXTS = st.text(st.characters(exclude_categories=["C"]), max_size=60)


@given(TEXTS, TEXTS, st.lists(st.builds(Attachment, content=st.binary(max_size=100), filename=TEXTS), max_size=3))
@settings(max_examples=60)
def test_content_comes_back(subject: str, text: str, attachments: list[Attachment]) -> None:
    octets = build(replace(PLAIN, subject=subject, text=text, attachments=attachments))
    assert octets.isascii()
    assert not has_long_line(octets)
    part = scan(octets)
    found = leaves(part)
    assert decode(first(octets, b"subject") or b"") == subject.strip()
    assert text_of(octets, found[0]).removesuffix("\r\n") == text
    for leaf, item in zip(found[1:], attachments, strict=True):
        assert decode_body(octets[leaf.body_start : leaf.body_end], leaf.transfer_encoding) == item.content
        expected = (item.filename or "").replace("\\", "/").rstrip("/").rpartition("/")[2].strip()
        assert (filename(leaf) or "") == expected


def test_header() -> None:
    octets = build(
        replace(
            PLAIN,
            sender=NamedAddress("Office", Address("office", "example.test")),
            cc=[NamedAddress("", Address("用户", "例子.example"))],
            in_reply_to=[b"<0@example.test>"],
            references=[b"<%d@example.test>" % number for number in range(20)],
            extra_fields=[("X-Priority", "1\r\nBcc: eve@example.test")],
        )
    )
    assert address_list(first(octets, b"from") or b"") == [NamedAddress("张三", Address("zhang", "xn--fsqu00a.example"))]
    assert address_list(first(octets, b"cc") or b"") == [NamedAddress("", Address("用户", "例子.example"))]
    assert first(octets, b"sender") == b"Office <office@example.test>"
    assert first(octets, b"date") == b"Sun, 22 Nov 2026 13:48:48 +0000"
    assert first(octets, b"in-reply-to") == b"<0@example.test>"
    assert len((first(octets, b"references") or b"").split()) == 20
    assert first(octets, b"bcc") is None
    assert all(len(line) <= 78 for line in octets.split(b"\r\n"))


def test_messages_inside_keep_their_octets() -> None:
    inner = "Subject: Grüße\r\n\r\nbody\r\n".encode()
    octets = build(replace(PLAIN, attachments=[Attachment(content=inner, media_type="message/rfc822", filename="a.eml")]))
    message = scan(octets).children[1]
    assert octets[message.body_start : message.body_end] == inner
    assert message.transfer_encoding == b"8bit"
    long_line = replace(PLAIN, attachments=[Attachment(content=b"\r\n" + b"x" * 2_000, media_type="message/rfc822")])
    assert scan(build(long_line)).children[1].media_subtype == b"octet-stream"


def test_pictures_are_found_by_their_identifier() -> None:
    picture = scan(build(replace(PLAIN, html="<img src=cid:p1>", inline=[PICTURE]))).children[1].children[1]
    assert (picture.content_id, picture.disposition, filename(picture)) == (b"<p1>", b"inline", "图.png")


@pytest.mark.parametrize(
    "composition",
    [
        replace(PLAIN, boundary="a b"),
        replace(PLAIN, date=PLAIN.date.replace(tzinfo=None)),
        replace(PLAIN, extra_fields=[("Not a name", "x")]),
        replace(PLAIN, message_id=b"<a>\r\nBcc: x"),
        replace(PLAIN, attachments=[Attachment(content=b"--=_b0undary", media_type="message/rfc822")]),
    ],
)
def test_what_cannot_be_written_is_refused(composition: Composition) -> None:
    with pytest.raises(ValueError, match=r"."):
        build(composition)
