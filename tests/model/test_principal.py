"""Who may do what."""

import pytest

from posthouse.foundation.errors import NotPermitted
from posthouse.foundation.ids import AccountId
from posthouse.model.principal import SYSTEM, Principal, Role

ALICE, BOB = AccountId(b"a" * 16), AccountId(b"b" * 16)


def test_everybody_has_their_own_mail() -> None:
    for role in Role:
        Principal(ALICE, "alice@example.test", role).require_account(ALICE)


@pytest.mark.parametrize("role", [Role.OWNER, Role.DOMAIN_ADMINISTRATOR, Role.OPERATOR])
def test_nobody_but_the_house_itself_has_that_of_others(role: Role) -> None:
    with pytest.raises(NotPermitted):
        Principal(BOB, "bob@example.test", role).require_account(ALICE)
    SYSTEM.require_account(ALICE)


def test_operators_and_the_house_administer() -> None:
    for role in (Role.OWNER, Role.DOMAIN_ADMINISTRATOR):
        with pytest.raises(NotPermitted):
            Principal(ALICE, "alice@example.test", role).require_operator()
    Principal(ALICE, "alice@example.test", Role.OPERATOR).require_operator()
    SYSTEM.require_operator()
