"""Received and Return-Path."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.formats.header.fields import every, header_end
from posthouse.model.content import assemble
from posthouse.services.receive.reception import Client
from posthouse.services.receive.trace_fields import hops, received_field, return_path_field, with_header

TRACE = "00000000000000000000000000"


def test_shape() -> None:
    client = Client("192.0.2.7", "mail.example.org", "ESMTPS", "TLSv1.3 TLS_AES_256_GCM_SHA384")
    field = received_field(client, "mx.example.test", TRACE, "alice@example.test", 1_700_000_000.0)
    assert field.decode().split("\r\n") == [
        "Received: from mail.example.org ([192.0.2.7])",
        f"\tby mx.example.test with ESMTPS id {TRACE}",
        "\t(TLSv1.3 TLS_AES_256_GCM_SHA384)",
        "\tfor <alice@example.test>;",
        "\tTue, 14 Nov 2023 22:13:20 +0000",
        "",
    ]


def test_optional_clauses() -> None:
    field = received_field(Client("2001:db8::1", "", "SMTP"), "mx", TRACE, "álice@b", 0.0)
    assert b"from unknown ([IPv6:2001:db8::1])\r\n" in field
    assert b"for" not in field
    assert b"from webmail\r\n" in received_field(Client("", "webmail", "HTTP"), "mx", TRACE, "", 0.0)


@given(st.text(max_size=300))
def test_no_name_breaks_out(name: str) -> None:
    field = received_field(Client("192.0.2.7", name, "ESMTP"), "mx", TRACE, "", 0.0)
    assert field.count(b"\n") == 3
    assert field.count(b";") == 1
    assert field.count(b"(") == 1
    assert field.isascii()
    assert max(map(len, field.split(b"\r\n"))) < 998


def test_return_path() -> None:
    assert return_path_field("") == b"Return-Path: <>\r\n"
    assert return_path_field("a@b.example") == b"Return-Path: <a@b.example>\r\n"


def test_hops() -> None:
    assert hops(b"Received: a\r\nX: y\r\nreceived: b\r\n c\r\n\r\nReceived: not a header\r\n") == 2


@pytest.mark.parametrize("octets", [b"hello\r\n", b"hello", b"Subject: x\r\n\r\nhello", b"\r\nhello", b"", b" : x\r\n"])
def test_fields_on_top_never_swallow_the_text(octets: bytes) -> None:
    content = with_header(octets, octets).with_prefix(b"Received: x\r\n")
    shown = assemble(octets, content.pieces)
    end = header_end(shown)
    assert every(shown, b"received") == [b"x"]
    assert shown[end:] == octets[header_end(octets) :]
