"""Usage, help, exit statuses: what holds for every command."""

from pathlib import Path

import pytest
from tests.support.command import Command, command

from posthouse.cli.main import run
from posthouse.cli.reference import commands

COMMANDS = dict(commands())


@pytest.mark.parametrize("names", COMMANDS, ids=" ".join)
def test_every_command_explains_itself_with_an_example(names: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*names, "--help"]) == 0
    shown = capsys.readouterr().out
    help_text, example = COMMANDS[names].help, COMMANDS[names].epilog
    assert help_text
    assert help_text.split()[0] in shown
    assert example is not None
    assert example.startswith("Example: posthouse ")
    assert " ".join(names) in example


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nonsense"],
        ["account"],
        ["account", "nonsense"],
        ["account", "add"],
        ["account", "add", "a@example.test", "--quota", "lots"],
        ["account", "add", "a@example.test"],
        ["app-password", "add", "a@example.test", "--expires", "soon"],
        ["app-password", "remove", "a@example.test"],
        ["queue", "retry"],
        ["queue", "retry", "x", "--all"],
        ["serve", "--port-offset", "-1"],
        ["init"],
        ["--no-such-option"],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_status_two(arguments: list[str], posthouse: Command) -> None:
    said = posthouse(*arguments)
    assert said.status == 2
    assert said.out == ""
    assert said.err


def test_a_wrong_value_is_told_in_our_words(posthouse: Command) -> None:
    said = posthouse("init", "--profile", "home")
    wanted = "posthouse: Invalid value for '--profile': 'home' is not one of 'default', 'lab', 'bench'; see posthouse init --help\n"
    assert said == (2, "", wanted)


def test_what_fails_is_status_one_and_one_line(posthouse: Command) -> None:
    said = posthouse("account", "show", "nobody@example.test")
    assert said == (1, "", "posthouse: there is no account nobody@example.test\n")


def test_without_an_installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    said = command(tmp_path / "nothing", monkeypatch, capsys)("domain", "list")
    assert said.status == 1
    assert "run posthouse init first" in said.err


def test_the_directory_may_come_from_the_environment(
    posthouse: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert posthouse("domain", "list").status == 0
    monkeypatch.setenv("POSTHOUSE_DATA", str(tmp_path / "data"))
    assert run(["domain", "list"]) == 0
    assert "example.test" in capsys.readouterr().out


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("posthouse ")
