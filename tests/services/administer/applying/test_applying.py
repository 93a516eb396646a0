"""A description is made true once, and then there is nothing to do."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.administration import DOMAIN, OPERATOR, Office

from posthouse.foundation.errors import Invalid, NotFound, NotPermitted, PosthouseError, TooLarge
from posthouse.foundation.ids import AccountId
from posthouse.model.principal import Principal
from posthouse.model.role import Role
from posthouse.services.administer.applying import description
from posthouse.services.administer.applying.applying import Applying
from posthouse.services.administer.applying.description import Description, read_description
from posthouse.services.administer.domains import DomainChanges, Domains

WHOLE = b"""
[settings]
"smtp.vrfy" = true
routes = {"example.com" = "smtps://user:pa55word@mx.example.com"}

[[domains]]
domain = "example.test"
[domains.settings]
"greylist.enabled" = false

[[domains]]
domain = "new.example"

[[accounts]]
address = "alice@example.test"
display_name = "Alice"
quota_octets = 1000000
role = "domain-administrator"
administers = ["example.test", "new.example"]

[[accounts]]
address = "bob@new.example"
suspended = true
[accounts.settings]
"submit.delegates" = ["alice@example.test"]

[[groups]]
address = "team@example.test"
members = ["alice@example.test", "bob@new.example"]
personal = true
settings = {"pop3.expire_days" = 5}

[[aliases]]
address = "all@example.test"
targets = ["sales@example.test"]

[[aliases]]
address = "sales@example.test"
targets = ["alice@example.test", "someone@elsewhere.example"]
"""


async def test_a_description_is_made_true_and_then_there_is_nothing_to_do(office: Office) -> None:
    applying, wanted = Applying(office.parts), read_description(WHOLE)
    plan = await applying.plan(OPERATOR, wanted)
    assert [(step.change, step.noun, step.name) for step in plan.steps] == [
        ("change", "setting", "smtp.vrfy of system"),
        ("change", "setting", "routes of system"),
        ("change", "setting", "greylist.enabled of example.test"),
        ("create", "domain", "new.example"),
        ("create", "account", "alice@example.test"),
        ("create", "account", "bob@new.example"),
        ("change", "account", "bob@new.example"),
        ("change", "setting", "submit.delegates of bob@new.example"),
        ("create", "group", "team@example.test"),
        ("change", "setting", "pop3.expire_days of team@example.test"),
        ("create", "alias", "sales@example.test"),
        ("create", "alias", "all@example.test"),
    ]
    assert b"pa55word" not in msgspec.json.encode(plan)
    assert await office.accounts.all(OPERATOR) == []
    applied = await applying.apply(OPERATOR, wanted)
    assert (applied.steps, applied.done, applied.failed) == (plan.steps, len(plan.steps), "")
    assert (await applying.apply(OPERATOR, wanted)).steps == []
    alice = (await office.accounts.report(OPERATOR, "alice@example.test")).account
    assert (alice.role, alice.reach, alice.quota_octets) == (Role.DOMAIN_ADMINISTRATOR, ("example.test", "new.example"), 1_000_000)


async def test_what_differs_is_changed_and_nothing_else(office: Office) -> None:
    applying = Applying(office.parts)
    await applying.apply(OPERATOR, read_description(WHOLE))
    changed = WHOLE.replace(b'"Alice"', b'"A"').replace(b"suspended = true", b"suspended = false")
    changed = changed.replace(b', "bob@new.example"]\npersonal', b', "carol@elsewhere.example"]\npersonal')
    applied = await applying.apply(OPERATOR, read_description(changed.replace(b', "someone@elsewhere.example"', b"")))
    assert [(step.name, step.before, step.after) for step in applied.steps] == [
        ("alice@example.test", {"display_name": "Alice"}, {"display_name": "A"}),
        ("bob@new.example", {"suspended": True}, {"suspended": False}),
        (
            "team@example.test",
            {"members": ["alice@example.test", "bob@new.example"]},
            {"members": ["alice@example.test", "carol@elsewhere.example"]},
        ),
        (
            "sales@example.test",
            {"targets": ["alice@example.test", "someone@elsewhere.example"]},
            {"targets": ["alice@example.test"]},
        ),
    ]
    assert applied.failed == ""


async def test_what_is_not_described_goes_only_when_asked(office: Office) -> None:
    applying = Applying(office.parts)
    await applying.apply(OPERATOR, read_description(WHOLE))
    await office.add("mallory")
    await office.aliases.add(OPERATOR, f"old@{DOMAIN}", [f"alice@{DOMAIN}"])
    assert (await applying.apply(OPERATOR, read_description(WHOLE))).steps == []
    applied = await applying.apply(OPERATOR, read_description(WHOLE), prune=True)
    assert [(step.change, step.noun, step.name) for step in applied.steps] == [
        ("remove", "alias", f"old@{DOMAIN}"),
        ("remove", "account", f"mallory@{DOMAIN}"),
    ]
    assert (await applying.apply(OPERATOR, read_description(WHOLE), prune=True)).steps == []


async def test_a_failure_in_the_middle_says_what_was_done_and_can_be_taken_up_again(office: Office) -> None:
    applying = Applying(office.parts)
    wrong = Description(
        accounts=(description.DescribedAccount(address=f"alice@{DOMAIN}"),),
        aliases=(description.DescribedAlias(address=f"sales@{DOMAIN}", targets=(f"nobody@{DOMAIN}",)),),
    )
    applied = await applying.apply(OPERATOR, wrong)
    assert (applied.done, "there is no address nobody" in applied.failed) == (1, True)
    again = await applying.apply(OPERATOR, wrong)
    assert ([step.noun for step in again.steps], again.done) == (["alias"], 0)


async def test_nobody_applies_what_they_may_not_do(office: Office) -> None:
    applying = Applying(office.parts)
    administrator = Principal(AccountId(b"s" * 16), f"somebody@{DOMAIN}", Role.DOMAIN_ADMINISTRATOR, reach=(DOMAIN,))
    with pytest.raises(NotPermitted):
        await applying.apply(administrator, read_description(WHOLE))
    assert await office.accounts.all(OPERATOR) == []
    own = Description(accounts=(description.DescribedAccount(address=f"alice@{DOMAIN}", role="operator"),))
    assert "nobody gives a role" in (await applying.apply(administrator, own)).failed


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (b"{", Invalid),
        (b"\xff", Invalid),
        (b"accounts = 1", Invalid),
        (b'[[accounts]]\naddress = "a@b.example"\ncolour = "red"', Invalid),
        (b'{"accounts": [{"address": "a@example.test"}, {"address": "A@example.test"}]}', Invalid),
        (b'{"domains": [{"domain": "a.example"}, {"domain": "A.example"}]}', Invalid),
        (b'{"aliases": [{"address": "a@example.test", "targets": ["a@example.test"]}]}', Invalid),
        (b'{"settings": {"no.such": 1}}', NotFound),
        (b'{"settings": {"smtp.vrfy": 7}}', Invalid),
    ],
)
async def test_what_is_wrong_with_a_description_is_told_before_anything_is_done(
    office: Office, text: bytes, error: type[PosthouseError]
) -> None:
    with pytest.raises(error):
        await Applying(office.parts).apply(OPERATOR, read_description(text))


async def test_a_new_account_speaks_its_domains_language(office: Office) -> None:
    await Domains(office.parts).change(OPERATOR, DOMAIN, DomainChanges(language="de"))
    wanted = read_description(b'{"accounts": [{"address": "a@example.test"}, {"address": "b@example.test", "language": "ja"}]}')
    await Applying(office.parts).apply(OPERATOR, wanted)
    found = [await office.parts.directory.account_at(f"{name}@{DOMAIN}") for name in "ab"]
    assert [account and account.language for account in found] == ["de", "ja"]


def test_a_description_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(description, "OCTETS", 10)
    with pytest.raises(TooLarge):
        read_description(b" " * 11)


@given(st.binary(max_size=200))
def test_any_octets_are_a_description_or_invalid(octets: bytes) -> None:
    try:
        read_description(octets)
    except Invalid:
        return


@given(st.builds(Description))
def test_a_description_written_as_json_is_read_back(wanted: Description) -> None:
    assert read_description(msgspec.json.encode(wanted)) == wanted
