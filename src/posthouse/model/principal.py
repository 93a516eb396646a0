"""Who asks: the one argument every service verb starts with."""

from typing import Final, Protocol

import msgspec

from posthouse.foundation.errors import NotPermitted, SignInAgain
from posthouse.foundation.ids import AccountId, CredentialId
from posthouse.model.role import EVERYWHERE, EVERYWHERE_ROLES, OWN_ACTS, SECRET_ACTS, Act, Role

NOT_RECENT: Final = "for this, sign in again first: it is taken for a quarter of an hour after a sign-in"


class Touched(Protocol):
    """What has to be known of an account to say who may touch it."""

    @property
    def id(self) -> AccountId:
        """Its id."""
        ...

    @property
    def key(self) -> str:
        """Its normalised address."""
        ...

    @property
    def domain(self) -> str:
        """Its domain's key."""
        ...

    @property
    def role(self) -> Role:
        """What its owner may do."""
        ...

    @property
    def reach(self) -> tuple[str, ...]:
        """Where."""
        ...


class Principal(msgspec.Struct, frozen=True):
    """An authenticated somebody. ``credential_id`` is None for whom somebody outside has vouched for, and for the system."""

    account_id: AccountId
    address: str
    role: Role = Role.OWNER
    credential_id: CredentialId | None = None
    credential_epoch: int = 0
    """The account's credential epoch when it signed in; a higher one in the directory ends its sessions."""
    reach: tuple[str, ...] = ()
    """Where the role holds: keys of domains, addresses of groups, or ``*``. Operators need none: theirs holds everywhere."""
    narrowed: frozenset[Act] | None = None
    """The only acts of the role that this credential may be used for (tokens); None: all of them."""
    confined: bool = False
    """Its reach is all there is, whatever the role (tokens for some domains only)."""
    origin: str = ""
    """From where, for the audit log: an IP address, a user of the machine."""
    service: str = ""
    """The way it signed in by (``model.account.Service``); empty where it did not sign in to a mailbox."""
    good_until: float = 0.0
    """Seconds since 1970: so long somebody outside vouches for it; 0: it ends with its credential."""

    is_stale: bool = False
    """A browser whose sign-in is too long ago to make anything to sign in with: somebody else may sit in front of it."""

    @property
    def acts(self) -> frozenset[Act]:
        """What this principal may do beyond its own account."""
        return self.role.acts if self.narrowed is None else self.role.acts & self.narrowed

    @property
    def is_everywhere(self) -> bool:
        """Whether its role holds in all domains."""
        return (self.role in EVERYWHERE_ROLES and not self.confined) or EVERYWHERE in self.reach

    def require_account(self, account_id: AccountId) -> None:
        """Check that this principal may read and write the mail of the account.

        Raises: NotPermitted.
        """
        if self.account_id != account_id and self.role is not Role.SYSTEM:
            raise NotPermitted("this mailbox belongs to somebody else")

    def require(self, act: Act) -> None:
        """Check that this principal may do something to the service as a whole.

        Raises: NotPermitted.
        """
        self.require_some(act)
        if not self.is_everywhere:
            raise NotPermitted(f"only who administers all domains may do this ({act})")

    def require_some(self, act: Act) -> None:
        """Check that this principal may do something somewhere; what it is shown is up to ``may_in``.

        Raises: NotPermitted; SignInAgain.
        """
        self.require_recent(act)
        if act not in self.acts:
            if self.narrowed is not None and act in self.role.acts:
                raise NotPermitted(f"this credential is not for this ({act})")
            raise NotPermitted(f"this needs a role that may do it ({act}); yours is {self.role.words}")

    def require_recent(self, act: Act) -> None:
        """Check that whoever makes something to sign in with has signed in lately.

        Raises: SignInAgain.
        """
        if self.is_stale and act in SECRET_ACTS:
            raise SignInAgain(NOT_RECENT)

    def may_in(self, act: Act, domain: str, address: str = "") -> bool:
        """Whether this principal may do something in a domain (its key), or to one address there (its key)."""
        return act in self.acts and (self.is_everywhere or domain in self.reach or (bool(address) and address in self.reach))

    def require_in(self, act: Act, domain: str, address: str = "") -> None:
        """Check that this principal may do something in a domain (its key), or to one address there (its key).

        The answer is the same whether there is such a domain or not.
        Raises: NotPermitted.
        """
        self.require_some(act)
        if not self.may_in(act, domain, address):
            raise NotPermitted(f"{address or domain} is not among what you administer")

    @property
    def is_operator(self) -> bool:
        """Whether nothing is kept from it."""
        return self.role in EVERYWHERE_ROLES and self.narrowed is None and not self.confined

    def require_operator(self) -> None:
        """Check that this principal may administer the whole service without any exception.

        Raises: NotPermitted.
        """
        if not self.is_operator:
            raise NotPermitted("only an operator may do this")

    def may_own(self, act: Act) -> bool:
        """Whether this principal may do something to its own account.

        A credential for less than that makes no other: with that one could do more.
        """
        if self.confined or (self.narrowed is not None and (act not in self.narrowed or act in SECRET_ACTS)):
            return False
        return act in OWN_ACTS

    def require_over(self, act: Act, account: Touched) -> None:
        """Check that this principal may do something to an account: its own, or one below it.

        Raises: NotPermitted; SignInAgain.
        """
        self.require_recent(act)
        if account.id == self.account_id and self.may_own(act):
            return
        self.require_in(act, account.domain, account.key)
        if not act.is_look and not self.covers(account.role, account.reach):
            raise NotPermitted("the owner of this account may do what you may not: somebody above both of you has to do this")

    def covers(self, role: Role, reach: tuple[str, ...]) -> bool:
        """Whether all that a role may do there, this principal may do too."""
        if not role.acts <= self.acts:
            return False
        if self.is_everywhere or not role.acts:
            return True
        return role not in EVERYWHERE_ROLES and all(self._reaches(place) for place in reach)

    def _reaches(self, place: str) -> bool:
        return place in self.reach or place.rpartition("@")[2] in self.reach


SYSTEM = Principal(AccountId(b"\0" * 16), "system", Role.SYSTEM)
