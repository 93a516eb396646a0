"""Making an installation, and its state."""

from pathlib import Path

import pytest
from tests.support.command import Command, command

NAMES = ("--hostname", "mail.example.test", "--domain", "Example.test", "--admin", "postmaster@example.test")


@pytest.fixture
def fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    return command(tmp_path / "data", monkeypatch, capsys)


def test_init_makes_a_whole_installation_with_an_operator(fresh: Command, tmp_path: Path) -> None:
    said = fresh("--json", "init", *NAMES, "--password-stdin", given=b"Corr3ct-horse\n")
    assert said.status == 0
    assert said.json["administrator"] == "postmaster@example.test"
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "data" / "keys" / "pepper").stat().st_mode & 0o777 == 0o600
    account = fresh("--json", "account", "show", "postmaster@example.test").json
    assert (account["role"], account["mailboxes"]) == ("operator", 6)
    assert fresh("--json", "setting", "list", "--changed").json == []


@pytest.mark.parametrize(
    ("arguments", "given", "words"),
    [
        ((*NAMES, "--password-stdin"), b"weak\n", "too weak"),
        ((*NAMES, "--password-stdin"), b"\n", "empty"),
        ((*NAMES[:4], "--admin", "me@example.org", "--password-stdin"), b"Corr3ct-horse", "not in the domain"),
        ((*NAMES[:4], "--admin", "m=e@example.test", "--password-stdin"), b"Corr3ct-horse", "equals sign"),
        (("--hostname", "a b", *NAMES[2:], "--password-stdin"), b"Corr3ct-horse", "no domain name"),
    ],
)
def test_what_is_refused_leaves_nothing_behind(
    fresh: Command, tmp_path: Path, arguments: tuple[str, ...], given: bytes, words: str
) -> None:
    said = fresh("init", *arguments, given=given)
    assert said.status == 1
    assert words in said.err
    assert not (tmp_path / "data").exists()
    assert fresh("init", *NAMES, "--password-stdin", given=b"Corr3ct-horse").status == 0


def test_init_keeps_away_from_what_is_there(fresh: Command, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "mine").write_text("x")
    said = fresh("init", *NAMES, "--password-stdin", given=b"Corr3ct-horse")
    assert said.status == 1
    assert "not empty" in said.err
    assert (tmp_path / "data" / "mine").read_text() == "x"


def test_profiles_set_what_they_say(fresh: Command) -> None:
    assert fresh("init", *NAMES, "--password-stdin", "--profile", "bench", given=b"Corr3ct-horse").status == 0
    changed = {setting["key"]: setting["value"] for setting in fresh("--json", "setting", "list", "--changed").json}
    switched_off = dict.fromkeys(("connections.limited", "guard.enabled", "greylist.enabled", "welcome.enabled"), False)
    nothing: dict[str, object] = {"send.limits": {}, "send.hijack": {}, "quota.letters_percent": []}
    assert changed == {"auth.plaintext_loopback": True, **nothing, **switched_off}


def test_status_without_a_server(posthouse: Command) -> None:
    status = posthouse("--json", "status").json
    assert (status["running"], status["hostname"], status["domains"], status["accounts"]) == (False, "mail.example.test", 1, 1)
    assert status["ports"]["imaps"] == 993
    assert "does not run" in posthouse("status").out


def test_serve_says_what_it_cannot_do(posthouse: Command) -> None:
    said = posthouse("serve", "--bind", "192.0.2.1", "--port-offset", "20000")
    assert said.status == 1
    assert "cannot listen on 192.0.2.1 port 20025 for smtp" in said.err
