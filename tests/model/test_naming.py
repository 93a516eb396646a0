"""What accounts name, and how it follows a new name."""

from posthouse.foundation.ids import AccountId
from posthouse.model.account import Account, Domain
from posthouse.model.naming import address_renaming, domain_renaming, named_by, naming_anew

ALICE = Account(
    AccountId(bytes(16)),
    "alice@example.test",
    "alice@example.test",
    "example.test",
    forwards_to=("Bob@Example.test", "bob@new.example", "x@example.org"),
    recovery_address="Alice@example.org",
    administers=("example.test", "team@example.test", "*"),
)


def test_an_account_names_addresses_and_places() -> None:
    assert named_by(ALICE) == {
        "bob@example.test",
        "bob@new.example",
        "x@example.org",
        "alice@example.org",
        "example.test",
        "team@example.test",
        "*",
    }


def test_an_address_is_called_otherwise_wherever_it_is_named_and_once() -> None:
    changed = naming_anew(ALICE, address_renaming("bob@example.test", "bob@new.example"))
    assert changed.forwards_to == ("bob@new.example", "x@example.org")
    assert changed.administers == ALICE.administers
    team = naming_anew(ALICE, address_renaming("team@example.test", "Crew@Example.test"))
    assert team.administers == ("example.test", "crew@example.test", "*")


def test_a_domain_is_called_otherwise_with_all_its_addresses() -> None:
    changed = naming_anew(ALICE, domain_renaming("example.test", Domain("xn--mller-kva.test", "Müller.test")))
    assert changed.forwards_to == ("Bob@Müller.test", "bob@new.example", "x@example.org")
    assert changed.administers == ("xn--mller-kva.test", "team@xn--mller-kva.test", "*")
    assert changed.recovery_address == ALICE.recovery_address


def test_what_is_not_named_changes_nothing() -> None:
    assert naming_anew(ALICE, address_renaming("nobody@example.test", "z@z.example")) == ALICE
