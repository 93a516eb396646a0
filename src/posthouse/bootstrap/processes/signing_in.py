"""Signing in joined to what it works with."""

from collections.abc import Sequence

from posthouse.adapters.rpc.client import Neighbour, remote
from posthouse.bootstrap.listeners import Listener
from posthouse.bootstrap.outside import outside_passwords_of, people_of, providers_of
from posthouse.bootstrap.processes.mail_house import MailHouse
from posthouse.bootstrap.storage import CLOCK, ENTROPY, OwnStorage
from posthouse.model.people.doors import Doors
from posthouse.ports.directory import Directory
from posthouse.ports.guard import Guard
from posthouse.ports.vault import Vault
from posthouse.services.access.tokens import Tokens
from posthouse.services.administer.outside.syncing import PeopleSync
from posthouse.services.administer.parts import Administration
from posthouse.services.authenticate import AuthenticatingParts, Authenticator
from posthouse.services.guard.guarding import SignInGuard
from posthouse.services.settings import Settings
from posthouse.services.signing_in.bearing import Bearers
from posthouse.services.signing_in.renewing import PasswordRenewer
from posthouse.services.signing_in.using import UseNoting


def authenticator_of(
    own: OwnStorage, directory: Directory, settings: Settings, uses: UseNoting, keeper: Neighbour, hostname: str
) -> Authenticator:
    """A worker's authenticator."""
    guard: Guard = remote("guard", Guard, keeper)  # type: ignore[type-abstract]
    return Authenticator(
        AuthenticatingParts(
            own.reader,
            own.vault,
            settings,
            CLOCK,
            ENTROPY,
            SignInGuard(guard, settings, own.vault, CLOCK),
            PasswordRenewer(directory, own.vault),
            uses,
            hostname,
            Bearers(Tokens(own.reader, own.vault, CLOCK), providers_of(settings, own.vault)),
            outside_passwords_of(settings, own.vault),
        )
    )


def people_sync_of(house: MailHouse, vault: Vault, listeners: Sequence[Listener]) -> PeopleSync:
    """What lets mailboxes follow the people LDAP servers know; new ones are told about these listeners."""
    doors = Doors(house.hostname, {listener.service: listener.socket.getsockname()[1] for listener in listeners})
    parts = Administration(
        house.directory, house.accounts, vault, house.settings, house.clock, house.entropy, house.audit, doors=doors
    )
    return PeopleSync(parts, people_of(house.settings))
