"""``posthouse block`` without a server: by hand, listed, checked, lifted."""

from tests.support.command import Command


def test_blocks_by_hand(posthouse: Command) -> None:
    assert posthouse("setting", "set", "guard.enabled", "true").status == 0
    assert posthouse("block", "add", "192.0.2.7/24").out == "blocked 192.0.2.0/24\n"
    assert posthouse("block", "add", "2001:db8::1", "--hours", "2").out == "blocked 2001:db8::1/128\n"
    listed = posthouse("block", "list").out
    assert "192.0.2.0/24" in listed
    assert "lifted" in listed
    assert posthouse("block", "check", "192.0.2.1").out == "192.0.2.1 is blocked (hand) until it is lifted\n"
    assert posthouse("block", "remove", "192.0.2.0/24").out == "lifted 192.0.2.0/24\n"
    assert posthouse("block", "check", "192.0.2.1").out == "192.0.2.1 is not blocked\n"
    assert "192.0.2.0/24" not in posthouse("block", "list").out


def test_what_is_wrong_is_said(posthouse: Command) -> None:
    assert posthouse("block", "add", "everybody").status == 1
    assert posthouse("block", "remove", "192.0.2.1").status == 1
    assert posthouse("block", "check", "alice").status == 1


def test_a_laboratory_has_no_guard(posthouse: Command) -> None:
    assert "not counted" in posthouse("block", "check", "192.0.2.1").out
