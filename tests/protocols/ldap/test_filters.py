"""Filters: the examples of RFC 4515 §4, every filter as text and on the wire, and whatever is none."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.ldap_values import FILTERS, read_filter

from posthouse.formats.ber.elements import Reader
from posthouse.protocols.ldap.filters import (
    DEPTH,
    FILTER_CHARACTERS,
    Comparison,
    Extensible,
    Filter,
    InvalidFilter,
    Junction,
    Negation,
    Present,
    Substrings,
    escaped,
    filter_octets,
    filter_text,
    parse_filter,
)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("(cn=Babs Jensen)", Comparison("cn", "=", b"Babs Jensen")),
        ("(!(cn=Tim Howes))", Negation(Comparison("cn", "=", b"Tim Howes"))),
        (
            "(&(objectClass=Person)(|(sn=Jensen)(cn=Babs J*)))",
            Junction(
                "&",
                (
                    Comparison("objectClass", "=", b"Person"),
                    Junction("|", (Comparison("sn", "=", b"Jensen"), Substrings("cn", b"Babs J", (), b""))),
                ),
            ),
        ),
        ("(o=univ*of*mich*)", Substrings("o", b"univ", (b"of", b"mich"), b"")),
        ("(seeAlso=)", Comparison("seeAlso", "=", b"")),
        ("(cn:caseExactMatch:=Fred Flintstone)", Extensible("cn", "caseExactMatch", b"Fred Flintstone", with_dn=False)),
        ("(cn:=Betty Rubble)", Extensible("cn", "", b"Betty Rubble", with_dn=False)),
        ("(sn:dn:2.4.6.8.10:=Barney Rubble)", Extensible("sn", "2.4.6.8.10", b"Barney Rubble", with_dn=True)),
        ("(o:dn:=Ace Industry)", Extensible("o", "", b"Ace Industry", with_dn=True)),
        ("(:1.2.3:=Wilma Flintstone)", Extensible("", "1.2.3", b"Wilma Flintstone", with_dn=False)),
        ("(:DN:2.4.6.8.10:=Dino)", Extensible("", "2.4.6.8.10", b"Dino", with_dn=True)),
        (r"(o=Parens R Us \28for all your needs\29)", Comparison("o", "=", b"Parens R Us (for all your needs)")),
        (r"(cn=*\2A*)", Substrings("cn", b"", (b"*",), b"")),
        (r"(filename=C:\5cMyFile)", Comparison("filename", "=", rb"C:\MyFile")),
        (r"(bin=\00\00\00\04)", Comparison("bin", "=", b"\0\0\0\4")),
        (r"(sn=Lu\c4\8di\c4\87)", Comparison("sn", "=", "Lučić".encode())),
        (r"(1.3.6.1.4.1.1466.0=\04\02\48\69)", Comparison("1.3.6.1.4.1.1466.0", "=", b"\4\2Hi")),
        ("(mail=*)", Present("mail")),
        ("(&)", Junction("&", ())),
        ("(a;x-b>=1)", Comparison("a;x-b", ">=", b"1")),
        ("(sn=Lučić)", Comparison("sn", "=", "Lučić".encode())),
    ],
)  # fmt: skip
def test_examples(text: str, meant: Filter) -> None:
    assert parse_filter(text) == meant
    assert parse_filter(filter_text(meant)) == meant


@given(FILTERS)
def test_text_and_wire_say_the_same(wanted: Filter) -> None:
    assert parse_filter(filter_text(wanted)) == wanted
    reader = Reader(filter_octets(wanted))
    assert read_filter(reader) == wanted
    assert reader.is_at_end


@given(st.text(max_size=40))
def test_nothing_gets_out_of_a_value(value: str) -> None:
    """Whatever somebody calls himself, the filter keeps its form."""
    read = parse_filter(f"(&(objectClass=person)(mail={escaped(value)}))")
    octets = value.encode("utf-8", "surrogatepass")
    assert read == Junction("&", (Comparison("objectClass", "=", b"person"), Comparison("mail", "=", octets)))


@pytest.mark.parametrize(
    "text",
    ["", "mail=*", "(", "()", "(mail)", "(mail=*", "(mail=a)x", "(mail=a))", "(mail=a**b)", "(mail>=*)", r"(mail=\)",
     r"(mail=\zz)", "(=a)", "(&mail=a)", "(!)", "(!(a=b)(c=d))", "(a b=c)", "(:=x)", "(mail=(a))", "(mail=\0)",
     "(x=" + "a" * FILTER_CHARACTERS + ")"],
)  # fmt: skip
def test_what_is_refused(text: str) -> None:
    with pytest.raises(InvalidFilter):
        parse_filter(text)


def test_nesting_has_an_end() -> None:
    assert parse_filter("(!" * DEPTH + "(a=b)" + ")" * DEPTH)
    with pytest.raises(InvalidFilter, match="deep"):
        parse_filter("(!" * (DEPTH + 1) + "(a=b)" + ")" * (DEPTH + 1))


@given(st.text("()&|!=*\\a0:~<>;. ", max_size=20) | st.text(max_size=20))
def test_any_text_is_a_filter_or_refused(text: str) -> None:
    with contextlib.suppress(InvalidFilter):
        read = parse_filter(text)
        assert parse_filter(filter_text(read)) == read
