"""Domains, accounts, app passwords and aliases from the command line."""

import base64
import time

import pytest
from tests.support.command import Command

from posthouse.formats.one_time.totp import hotp, step_of


def _add(posthouse: Command, *names: str) -> None:
    for name in names:
        assert posthouse("account", "add", f"{name}@example.test", "--no-password").status == 0


def test_accounts(posthouse: Command) -> None:
    options = ("--password-stdin", "--name", "爱丽丝", "--language", "zh", "--quota", "2GB")
    assert posthouse("account", "add", "Alice@example.test", *options, given=b"secret\n") == (0, "added alice@example.test\n", "")
    account = posthouse("--json", "account", "show", "alice@example.test").json
    assert account["display_name"] == "爱丽丝"
    assert account["quota_octets"] == 2_000_000_000
    assert "scram_salt" not in account
    posthouse("account", "set", "alice@example.test", "--role", "operator", "--quota", "none")
    posthouse("account", "passwd", "alice@example.test", "--password-stdin", given=b"other\n")
    posthouse("account", "suspend", "alice@example.test")
    lines = posthouse("account", "list").out.splitlines()
    assert lines[0].split() == ["ADDRESS", "NAME", "STATUS", "ROLE", "QUOTA", "SINCE"]
    assert lines[1].split()[:5] == ["alice@example.test", "爱丽丝", "suspended", "operator", "none"]
    posthouse("account", "resume", "alice@example.test")
    posthouse("account", "rename", "alice@example.test", "alicia@example.test", "--keep")
    listed = posthouse("--json", "account", "list", "--domain", "example.test").json
    assert [each["address"] for each in listed] == ["alicia@example.test", "postmaster@example.test"]
    assert posthouse("account", "remove", "alicia@example.test", "--now").status == 0
    assert posthouse("--json", "alias", "list").json == []
    assert posthouse("account", "show", "alicia@example.test").status == 1


def test_passwords_that_are_generated_or_come_as_hashes(posthouse: Command) -> None:
    made = posthouse("--json", "account", "add", "alice@example.test", "--generate").json["password"]
    again = posthouse("account", "passwd", "alice@example.test", "--generate")
    assert (again.status, len(again.out.strip()), len(made)) == (0, 19, 19)
    assert again.out.strip() != made
    assert posthouse("account", "add", "bob@example.test", "--generate").out.startswith("added bob@example.test with the password ")
    kept = b"{SHA512-CRYPT}$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1\n"
    assert posthouse("account", "add", "carol@example.test", "--password-hash-stdin", given=kept).status == 0
    assert posthouse("account", "passwd", "alice@example.test", "--password-hash-stdin", given=kept).status == 0
    refused = posthouse("account", "add", "dave@example.test", "--password-hash-stdin", given=b"{MD4}0123\n")
    assert (refused.status, "MD4" in refused.err, "bcrypt" in refused.err) == (1, True, True)
    assert posthouse("account", "show", "dave@example.test").status == 1
    assert posthouse("account", "passwd", "alice@example.test", "--generate", "--password-stdin", given=b"x\n").status == 2


def test_an_app_password_is_printed_alone_and_once(posthouse: Command) -> None:
    _add(posthouse, "alice")
    said = posthouse("app-password", "add", "alice@example.test", "--name", "phone", "--expires", "2099-01-31")
    password = said.out.rstrip("\n")
    assert (said.status, len(password), password.count("-")) == (0, 39, 7)
    listed = posthouse("--json", "app-password", "list", "alice@example.test")
    assert [(each["name"], each["expires_at"]) for each in listed.json] == [("phone", "2099-02-01T00:00:00Z")]
    assert password.replace("-", "")[6:] not in listed.out
    assert "phone" in posthouse("app-password", "list", "alice@example.test").out
    assert posthouse("app-password", "remove", "alice@example.test", "--name", "phone").status == 0
    posthouse("app-password", "add", "alice@example.test")
    assert "removed 1" in posthouse("app-password", "clear", "alice@example.test").out
    assert posthouse("app-password", "list", "alice@example.test").out == ""


def test_aliases(posthouse: Command) -> None:
    _add(posthouse, "alice", "bob")
    posthouse("alias", "add", "sales@example.test", "alice@example.test", "fred@example.org")
    assert posthouse("--json", "alias", "show", "sales@example.test").json["targets"] == ["alice@example.test", "fred@example.org"]
    posthouse("alias", "set", "sales@example.test", "bob@example.test")
    assert posthouse("alias", "list").out.splitlines()[1].split() == ["sales@example.test", "bob@example.test"]
    assert "goes to  bob@example.test" in posthouse("alias", "show", "sales@example.test").out
    assert posthouse("alias", "remove", "sales@example.test").status == 0
    assert posthouse("alias", "show", "sales@example.test").status == 1


def test_domains(posthouse: Command) -> None:
    assert posthouse("domain", "add", "bücher.example").out == "added bücher.example\n"
    posthouse("domain", "set", "example.test", "--quota", "1GB", "--no-app-passwords-only", "--no-password-policy")
    shown = posthouse("--json", "domain", "show", "example.test").json
    assert shown["settings"] == {
        "auth.app_passwords_only": False,
        "auth.password_policy": False,
        "mail.quota_octets": 1_000_000_000,
    }
    assert "accounts" in posthouse("domain", "show", "example.test").out
    assert posthouse("domain", "remove", "example.test").status == 1
    assert posthouse("domain", "rename", "example.test", "example.org").status == 0
    assert posthouse("domain", "remove", "bücher.example", "--yes").status == 0
    assert [line.split()[0] for line in posthouse("domain", "list").out.splitlines()] == ["DOMAIN", "example.org"]


@pytest.mark.parametrize("noun", ["account", "alias"])
def test_empty_lists_are_silent_for_people_and_lists_for_programs(posthouse: Command, noun: str) -> None:
    posthouse("account", "remove", "postmaster@example.test", "--now")
    assert posthouse(noun, "list").out == ""
    assert posthouse("--json", noun, "list").json == []


def test_shares_and_members_of_a_shared_mailbox(posthouse: Command) -> None:
    _add(posthouse, "alice")
    assert posthouse("account", "add", "team@example.test", "--kind", "shared", "--quota-messages", "10").status == 0
    said = posthouse("share", "set", "team@example.test", "*", "alice@example.test", "full")
    assert said.out.startswith("alice@example.test has lrswipkxtea on INBOX")
    listed = posthouse("--json", "share", "list", "team@example.test", "INBOX").json
    assert listed == [{"mailbox": "INBOX", "who": "alice@example.test", "rights": "lrswipkxtea"}]
    assert posthouse("share", "list", "team@example.test").out.splitlines()[0].split() == ["MAILBOX", "WHO", "RIGHTS"]
    assert posthouse("share", "remove", "team@example.test", "INBOX", "--recursive").out == "took 1 grant away\n"
    assert posthouse("share", "set", "team@example.test", "nothing", "alice@example.test", "read").status == 1
    shown = posthouse("--json", "account", "show", "team@example.test").json
    assert (shown["kind"], shown["quota_messages"], shown["used_messages"]) == ("shared", 10, 0)
    posthouse("account", "set", "team@example.test", "--quota-messages", "0")
    assert posthouse("--json", "account", "show", "team@example.test").json["quota_messages"] == 0


def test_second_factors(posthouse: Command) -> None:
    _add(posthouse, "alice")
    made = posthouse("--json", "second-factor", "add", "alice@example.test").json
    assert made["uri"].startswith("otpauth://totp/")
    assert "being set up" in posthouse("second-factor", "list", "alice@example.test").out
    code = hotp(base64.b32decode(made["secret"]), step_of(time.time()))
    codes = posthouse("--json", "second-factor", "confirm", "alice@example.test", code).json["recovery_codes"]
    assert len(codes) == 10
    listed = posthouse("--json", "second-factor", "list", "alice@example.test").json
    assert [(each["kind"], each["codes_left"]) for each in listed] == [("totp", 0), ("recovery-codes", 10)]
    assert set(posthouse("second-factor", "codes", "alice@example.test").out.split()).isdisjoint(codes)
    assert "removed 2" in posthouse("second-factor", "reset", "alice@example.test", "--yes").out
    assert posthouse("second-factor", "list", "alice@example.test").out == ""
    assert posthouse("second-factor", "confirm", "alice@example.test", code).status == 1
