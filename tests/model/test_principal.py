"""Who may do what."""

import pytest

from posthouse.foundation.errors import NotPermitted
from posthouse.foundation.ids import AccountId
from posthouse.model.account import Account
from posthouse.model.principal import SYSTEM, Principal
from posthouse.model.role import Act, Role

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


def administrator(role: Role = Role.DOMAIN_ADMINISTRATOR, *reach: str) -> Principal:
    return Principal(ALICE, "alice@example.test", role, reach=reach or ("example.test",))


def account(address: str, role: Role = Role.OWNER, administers: tuple[str, ...] = ()) -> Account:
    domain = address.partition("@")[2]
    return Account(AccountId(b"c" * 16), address, address, domain, role=role, administers=administers)


def test_a_role_holds_where_it_is_said_to() -> None:
    alice = administrator()
    assert alice.may_in(Act.ACCOUNT_ADD, "example.test")
    assert not alice.may_in(Act.ACCOUNT_ADD, "example.org")
    assert not alice.may_in(Act.DOMAIN_REMOVE, "example.test")
    with pytest.raises(NotPermitted, match=r"example\.org is not among"):
        alice.require_in(Act.ACCOUNT_ADD, "example.org")
    with pytest.raises(NotPermitted, match="all domains"):
        alice.require(Act.QUEUE_LOOK)
    administrator(Role.HELP_DESK, "*").require(Act.QUEUE_LOOK)
    manager = administrator(Role.GROUP_MANAGER, "team@example.test")
    assert manager.may_in(Act.GROUP_CHANGE, "example.test", "team@example.test")
    assert not manager.may_in(Act.GROUP_CHANGE, "example.test", "other@example.test")


@pytest.mark.parametrize(
    ("by", "role", "administers", "may"),
    [
        (Role.DOMAIN_ADMINISTRATOR, Role.OWNER, (), True),
        (Role.DOMAIN_ADMINISTRATOR, Role.DOMAIN_ADMINISTRATOR, (), True),
        (Role.DOMAIN_ADMINISTRATOR, Role.DOMAIN_ADMINISTRATOR, ("example.org",), False),
        (Role.DOMAIN_ADMINISTRATOR, Role.GROUP_MANAGER, ("team@example.test",), True),
        (Role.DOMAIN_ADMINISTRATOR, Role.GROUP_MANAGER, ("team@example.org",), False),
        (Role.DOMAIN_ADMINISTRATOR, Role.HELP_DESK, ("*",), False),
        (Role.DOMAIN_ADMINISTRATOR, Role.OPERATOR, (), False),
        (Role.HELP_DESK, Role.OWNER, (), True),
        (Role.HELP_DESK, Role.HELP_DESK, (), True),
        (Role.HELP_DESK, Role.AUDITOR, (), False),
        (Role.HELP_DESK, Role.GROUP_MANAGER, ("team@example.test",), False),
        (Role.HELP_DESK, Role.DOMAIN_ADMINISTRATOR, (), False),
        (Role.OPERATOR, Role.OPERATOR, (), True),
    ],
)
def test_nobody_touches_an_account_that_may_do_more(by: Role, role: Role, administers: tuple[str, ...], may: bool) -> None:
    above, below = administrator(by), account("bob@example.test", role, administers)
    above.require_over(Act.ACCOUNT_LOOK, below)
    if may:
        above.require_over(Act.PASSWORD_SET, below)
    else:
        with pytest.raises(NotPermitted, match="may do what you may not"):
            above.require_over(Act.PASSWORD_SET, below)


def test_a_credential_may_be_for_less_than_the_role() -> None:
    looking = Principal(ALICE, "alice@example.test", Role.OPERATOR, narrowed=frozenset({Act.ACCOUNT_LOOK, Act.PASSWORD_SET}))
    looking.require(Act.ACCOUNT_LOOK)
    with pytest.raises(NotPermitted, match="this credential"):
        looking.require(Act.ACCOUNT_ADD)
    with pytest.raises(NotPermitted, match="may do what you may not"):
        looking.require_over(Act.PASSWORD_SET, account("root@example.test", Role.OPERATOR))
    with pytest.raises(NotPermitted):
        looking.require_operator()
    assert not looking.may_own(Act.PASSWORD_SET)
    assert not looking.may_own(Act.APP_PASSWORD_ADD)


def test_a_credential_may_be_for_some_domains_only() -> None:
    token = Principal(ALICE, "alice@example.test", Role.OPERATOR, reach=("example.org",), confined=True)
    token.require_in(Act.ACCOUNT_ADD, "example.org")
    with pytest.raises(NotPermitted):
        token.require_in(Act.ACCOUNT_ADD, "example.test")
    with pytest.raises(NotPermitted, match="all domains"):
        token.require(Act.DOMAIN_ADD)
    with pytest.raises(NotPermitted, match="may do what you may not"):
        token.require_over(Act.PASSWORD_SET, account("root@example.org", Role.OPERATOR))
    assert not token.is_operator
    assert not token.may_own(Act.MAIL_IMPORT)


def test_roles_that_only_look_change_nothing() -> None:
    assert all(act.is_look for act in Role.AUDITOR.acts)
    assert {act for act in Role.HELP_DESK.acts if not act.is_look} == {Act.PASSWORD_SET, Act.ACCOUNT_RESUME, Act.BLOCK_REMOVE}
    assert Role.DOMAIN_ADMINISTRATOR.acts < Role.OPERATOR.acts
    assert Act.AUDIT_LOOK not in Role.HELP_DESK.acts
