"""Every projection takes every message."""

from hypothesis import given
from hypothesis import strategies as st

from posthouse.formats.mime.part import decode
from posthouse.formats.mime.scanner import scan
from posthouse.protocols.imap.projections.registry import HEADER, PROJECTIONS, STRUCTURE


@given(st.binary(max_size=300))
def test_no_message_is_refused(octets: bytes) -> None:
    part = scan(octets)
    assert all(isinstance(project(octets, part), bytes) for project in PROJECTIONS.values())


def test_structure_and_header() -> None:
    octets = b"Subject: x\r\n\r\nbody"
    part = scan(octets)
    assert decode(PROJECTIONS[STRUCTURE](octets, part)) == part
    assert PROJECTIONS[HEADER](octets, part) == b"Subject: x\r\n\r\n"
