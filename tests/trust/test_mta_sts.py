"""MTA-STS records and policies."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.trust.mta_sts import InvalidPolicy, Mode, Policy, parse_policy, policy_id, write_policy

# RFC 8461 §3.2
EXAMPLE = (
    "version: STSv1\r\nmode: enforce\r\nmx: mail.example.com\r\nmx: *.example.net\r\nmx: backupmx.example.com\r\n"
    "max_age: 604800\r\n"
)
HOSTS = st.from_regex(r"(\*\.)?[a-z0-9]{1,8}(\.[a-z0-9]{1,8}){1,3}", fullmatch=True)


def test_the_example_of_the_standard() -> None:
    policy = parse_policy(EXAMPLE)
    assert policy == Policy(Mode.ENFORCE, 604_800, ("mail.example.com", "*.example.net", "backupmx.example.com"))
    assert write_policy(policy) == EXAMPLE
    assert parse_policy(EXAMPLE.replace("\r\n", "\n")) == policy


@given(st.builds(Policy, st.sampled_from(Mode), st.integers(0, 31_557_600), st.lists(HOSTS, min_size=1, max_size=5).map(tuple)))
def test_round_trip(policy: Policy) -> None:
    assert parse_policy(write_policy(policy)) == policy


@given(st.text() | st.text("version: STSv1modexmage\r\n*.0159", max_size=200))
def test_any_text_is_a_policy_or_none(text: str) -> None:
    with contextlib.suppress(InvalidPolicy):
        parse_policy(text)
    policy_id([text, f"v=STSv1;{text}"])


@pytest.mark.parametrize(
    "text",
    [
        "",
        EXAMPLE.replace("STSv1", "STSv2"),
        EXAMPLE.replace("enforce", "maybe"),
        EXAMPLE.replace("max_age: 604800", "max_age: -1"),
        EXAMPLE.replace("max_age: 604800", ""),
        EXAMPLE.replace("*.example.net", "a b"),
        "version: STSv1\nmode: enforce\nmax_age: 1\n",
        "<html>not found</html>",
        EXAMPLE + "x: y\n" * 20_000,
    ],
)
def test_what_is_no_policy(text: str) -> None:
    with pytest.raises(InvalidPolicy):
        parse_policy(text)


def test_mode_none_needs_no_servers_and_unknown_fields_are_passed_over() -> None:
    assert parse_policy("version: STSv1\nmode: none\nmax_age: 86400\nnew_field: x\n") == Policy(Mode.NONE, 86_400)
    assert parse_policy(EXAMPLE.replace("604800", "9999999999")).max_age == 31_557_600


@pytest.mark.parametrize(
    ("host", "covered"),
    [
        ("mail.example.com", True),
        ("MAIL.Example.com.", True),
        ("a.example.net", True),
        ("example.net", False),
        ("a.b.example.net", False),
        ("mail.example.com.evil.test", False),
        ("", False),
    ],
)
def test_which_servers_are_covered(host: str, covered: bool) -> None:
    assert parse_policy(EXAMPLE).covers(host) is covered


@pytest.mark.parametrize(
    ("records", "found"),
    [
        (["v=STSv1; id=20160831085700Z;"], "20160831085700Z"),
        (["v=STSv1;id=a"], "a"),
        (["v=spf1 -all", "v=STSv1; x=y; id=1;"], "1"),
        (["v=STSv1; id=1;", "v=STSv1; id=2;"], None),
        (["v=STSv1; id=;"], None),
        (["v=STSv1"], None),
        (["v=STSv1; id=" + "x" * 33], None),
        ([], None),
    ],
)
def test_the_id_of_the_record(records: list[str], found: str | None) -> None:
    assert policy_id(records) == found
