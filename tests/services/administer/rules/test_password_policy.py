"""Which account passwords are refused, and with which words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.formats.address.value import Address
from posthouse.foundation.errors import Invalid
from posthouse.services.administer.rules.password_policy import PasswordRules, Weakness, WeakPassword, check_password
from posthouse.services.languages.speaking import TRANSLATIONS, translated

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


@pytest.mark.parametrize(
    ("user", "password", "weakness"),
    [
        ("test", "test", Weakness.NAME),
        ("alice", "12345", Weakness.SEQUENCE),
        ("alice", "abcde", Weakness.SEQUENCE),
        ("alice", "ABCDE", Weakness.SEQUENCE),
        ("alice", "aaaaa", Weakness.REPETITION),
        ("alice", "apple", Weakness.WORD),
        ("bob", "My-Bob-2x9#", Weakness.NAME),
        ("alice", "Ab1!Ab1!Ab1!", Weakness.REPETITION),
        ("alice", "correct", Weakness.WORD),
    ],
)
def test_each_reason_is_told_to_programs_too(user: str, password: str, weakness: Weakness) -> None:
    with pytest.raises(WeakPassword) as refusal:
        check_password(password, Address(user, "example.test"), strict=True)
    assert weakness in {objection.weakness for objection in refusal.value.objections}


def test_everything_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(WeakPassword) as refusal:
        check_password("test", Address("test", "example.test"), strict=True)
    assert {objection.weakness for objection in refusal.value.objections} == {Weakness.NAME, Weakness.WORD, Weakness.SHORT}
    assert "8 characters or more with lower and upper case, a digit and a symbol, or a pass phrase of 20" in str(refusal.value)


def test_a_phrase_may_have_the_user_name_in_it_where_the_rest_is_long_enough() -> None:
    bob = Address("bob", "example.test")
    check_password("when bob walked along the river", bob, strict=True)
    with pytest.raises(WeakPassword, match="user name"):
        check_password("bob bob bob river tree", bob, strict=True)


def test_the_rules_can_be_laxer_and_stricter() -> None:
    check_password("vexing-otter", ALICE, strict=True, rules=PasswordRules(classes=2))
    with pytest.raises(WeakPassword, match="12 characters"):
        check_password("xK9#mQ2$", ALICE, strict=True, rules=PasswordRules(characters=12))


def test_the_longest_password_is_judged_by_its_beginning() -> None:
    check_password("".join(chr(0x4E00 + number * number * 7 % 5_003) for number in range(300)), ALICE, strict=True)


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


@pytest.mark.parametrize("classes", [1, 3, 4])
def test_each_objection_has_a_sentence_in_every_language(classes: int) -> None:
    rules, said = PasswordRules(classes=classes), set[str]()
    for password in ("alice.liddell", "Xx1!aaaa", "Xx!12345", "apple", "short1!", "aaaaaaaaaaaaaaaaaaaaaaaa", "Mnb"):
        with pytest.raises(WeakPassword) as raised:
            check_password(password, ALICE, strict=True, rules=rules)
        assert len(raised.value.sentences) == len(raised.value.objections)
        said.update(raised.value.sentences)
    assert len(said) >= 6
    for sentence in said:
        assert len({sentence, *(translated(sentence, tag) for tag in TRANSLATIONS)}) == 4, sentence
