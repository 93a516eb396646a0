"""Which account passwords are refused, and with which words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.formats.address.value import Address
from posthouse.foundation.errors import Invalid
from posthouse.services.administer.rules.password_policy import check_password

ALICE = Address("alice.liddell", "example.test")


@pytest.mark.parametrize(
    "password",
    [
        "Corr3ct-horse",
        "xK9#mQ2$",
        "one long walk by the river",
        "七个汉字就够了吗朋友",
        "correcthorsebatterystaple",
        "Grüße aus Köln, Ännchen",
        "Tr0ub4dor&3x",
    ],
)
def test_good_ones(password: str) -> None:
    check_password(password, ALICE, strict=True)


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("short1!", "too weak"),
        ("alllowercase1!", "too weak"),
        ("NoDigits!!x", "too weak"),
        ("N0Symbolsx", "too weak"),
        ("aaaaaaaaaaaaaaaaaaaaaaaa", "repeats"),
        ("Xx1!aaaa", "aaaa"),
        ("Xx!12345", "1234"),
        ("Xx1!dcba", "dcba"),
        ("Xx1!ABCD", "ABCD"),
        ("Xx1!qwer", "qwer"),
        ("Alice.Liddell1", "user name"),
        ("Alice_Liddell2026!", "user name"),
        ("Password1!", "tried first"),
        ("P@ssw0rd!9", "tried first"),
        ("W1llkommen!!", "tried first"),
        ("Changeme#7", "tried first"),
    ],
)
def test_bad_ones(password: str, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        check_password(password, ALICE, strict=True)


@pytest.mark.parametrize("password", ["", "a\nb", "tab\there", "x" * 1_025, "nul\0"])
def test_what_is_never_a_password(password: str) -> None:
    with pytest.raises(Invalid):
        check_password(password, ALICE, strict=False)


def test_without_the_policy_anything_that_can_be_typed_will_do() -> None:
    check_password("x", ALICE, strict=False)


@given(st.text(max_size=80))
def test_any_text_is_judged(password: str) -> None:
    try:
        check_password(password, ALICE, strict=True)
    except Invalid:
        return
    assert len(password.encode()) >= 8
