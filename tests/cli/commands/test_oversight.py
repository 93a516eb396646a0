"""``posthouse audit``, ``posthouse token`` and roles, without a server."""

import json
from pathlib import Path

import apsw
from tests.support.command import Command

POSTMASTER = "postmaster@example.test"


def _acts(posthouse: Command, *options: str) -> list[str]:
    return [each["act"] for each in json.loads(posthouse("--json", "audit", "list", *options).out)]


def test_every_command_that_changes_something_is_in_the_log(posthouse: Command) -> None:
    posthouse("account", "add", "alice@example.test", "--no-password")
    posthouse("account", "set", "alice@example.test", "--role", "help-desk", "--administers", "example.test,example.org")
    shown = json.loads(posthouse("--json", "account", "show", "alice@example.test").out)
    assert (shown["role"], shown["administers"]) == ("help-desk", ["example.test", "example.org"])
    posthouse("setting", "set", "dkim.sign", "off", "--domain", "example.test")
    posthouse("block", "add", "192.0.2.7")
    assert _acts(posthouse)[:4] == ["block.add", "setting.change", "account.change", "account.add"]
    assert _acts(posthouse, "--act", "account", "--subject", "Alice@Example.TEST") == ["account.change", "account.add"]
    assert _acts(posthouse, "--limit", "1") == ["block.add"]
    number = json.loads(posthouse("--json", "audit", "list").out)[0]["number"]
    assert _acts(posthouse, "--limit", "1", "--before", str(number)) == ["setting.change"]
    assert _acts(posthouse, "--until", "2001-01-01") == []
    assert _acts(posthouse, "--domain", "example.org") == []
    [entry] = json.loads(posthouse("--json", "audit", "list", "--act", "account.change").out)
    assert (entry["by"], entry["after"]["role"]) == ("operator at the machine", "help-desk")
    assert entry["origin"].startswith("command line, user ")
    assert "help-desk" in posthouse("audit", "list", "--act", "account.change").out
    exported = posthouse("audit", "export").out.splitlines()
    assert [json.loads(line)["number"] for line in exported] == list(range(number, 0, -1))


def test_the_log_is_verified_and_a_change_is_found(posthouse: Command, tmp_path: Path) -> None:
    whole = json.loads(posthouse("--json", "audit", "verify").out)
    assert whole["whole"]
    known = f"{whole['entries']}:{whole['digest']}"
    assert posthouse("audit", "verify", "--known", known).status == 0
    assert posthouse("audit", "verify", "--known", "nothing").status == 2
    connection = apsw.Connection(str(tmp_path / "data" / "audit.db"))
    connection.execute("DROP TRIGGER entry_is_kept; UPDATE entry SET octets = x'7b7d' WHERE number = 1")
    connection.close()
    done = posthouse("audit", "verify")
    assert (done.status, "entry 1" in done.out) == (1, True)


def test_tokens(posthouse: Command) -> None:
    made = posthouse("token", "add", POSTMASTER, "--name", "billing", "--act", "account", "--domain", "example.test")
    assert made.out.startswith("posthouse_")
    [token] = json.loads(posthouse("--json", "token", "list", POSTMASTER).out)
    assert (token["name"], token["domains"], "account.add" in token["acts"]) == ("billing", ["example.test"], True)
    assert "billing" in posthouse("token", "list", POSTMASTER).out
    assert posthouse("token", "add", POSTMASTER, "--name", "other", "--act", "fly").status == 1
    assert posthouse("token", "remove", POSTMASTER, "billing").status == 0
    assert json.loads(posthouse("--json", "token", "list", POSTMASTER).out) == []
    assert posthouse("token", "remove", POSTMASTER, "billing").status == 1
