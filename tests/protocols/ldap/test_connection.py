"""Requests as servers read them, answers as servers write them, cut anywhere; and what is no LDAP."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.ldap_values import REQUESTS, RESPONSES, read_request, written_answer

from posthouse.formats.ber.elements import InvalidElement
from posthouse.protocols.ldap.connection import MESSAGE_OCTETS, ClientConnection, ProtocolViolation
from posthouse.protocols.ldap.messages import (
    BindRequest,
    BindResponse,
    Entry,
    ExtendedResponse,
    Request,
    Response,
    Result,
    SearchDone,
)
from posthouse.protocols.ldap.responses import parse_answer

BIND = BindRequest("cn=service", "secret")


@given(REQUESTS, st.integers(1, 2**31 - 1))
def test_a_server_reads_what_was_asked(request_: Request, number: int) -> None:
    connection = ClientConnection()
    connection._number = number - 1
    assert read_request(connection.request(request_)) == (number, request_)


@given(RESPONSES, st.integers(0, 2**31 - 1))
def test_what_a_server_writes_is_read(response: Response, number: int) -> None:
    assert parse_answer(written_answer(number, response)) == (number, response)


@given(st.lists(RESPONSES, max_size=4), st.data())
def test_answers_may_be_cut_anywhere(responses: list[Response], data: st.DataObject) -> None:
    connection = ClientConnection()
    connection.request(BIND)
    octets = b"".join(written_answer(1, response) for response in responses)
    found = []
    while octets:
        size = data.draw(st.integers(1, len(octets)))
        connection.receive(octets[:size])
        octets = octets[size:]
        while (response := connection.next_response()) is not None:
            found.append(response)
    assert found == responses
    assert connection.unread_octets == 0


def test_late_answers_are_passed_over_and_early_ones_refused() -> None:
    connection = ClientConnection()
    connection.request(BIND)
    connection.request(BIND)
    bound = BindResponse(Result(0))
    connection.receive(written_answer(1, SearchDone(Result(0))) + written_answer(2, bound))
    assert connection.next_response() == bound
    connection.receive(written_answer(3, bound))
    with pytest.raises(ProtocolViolation, match="nobody has asked"):
        connection.next_response()


def test_the_server_says_that_it_goes() -> None:
    connection = ClientConnection()
    connection.request(BIND)
    connection.receive(written_answer(0, ExtendedResponse(Result(52, text="maintenance"), "1.3.6.1.4.1.1466.20036")))
    with pytest.raises(ProtocolViolation, match="maintenance"):
        connection.next_response()


@pytest.mark.parametrize(
    "octets",
    [b"HTTP/1.1 400 Bad Request\r\n", b"\x30\x80\x02\x01\x01", b"\x30\x03\x02\x01\x01", b"\x30\x05\x02\x01\x01\x42\x00",
     b"\x30\x84" + (MESSAGE_OCTETS + 1).to_bytes(4, "big")],
)  # fmt: skip
def test_what_is_no_ldap(octets: bytes) -> None:
    connection = ClientConnection()
    connection.request(BIND)
    connection.receive(octets)
    with pytest.raises(ProtocolViolation):
        connection.next_response()


@given(st.binary(max_size=60))
def test_any_octets_are_an_answer_or_refused(octets: bytes) -> None:
    with contextlib.suppress(InvalidElement):
        parse_answer(octets)
    connection = ClientConnection()
    connection.receive(octets)
    with contextlib.suppress(ProtocolViolation):
        while connection.next_response() is not None:
            pass


def test_attributes_are_found_whatever_their_case_and_options() -> None:
    entry = Entry("cn=x", (("Mail;lang-de", (b"a", b"b")), ("cn", (b"x",))))
    assert entry.values("mail") == (b"a", b"b")
    assert entry.values("sn") == ()


def test_a_password_stays_out_of_repr() -> None:
    assert "secret" not in repr(BIND)
