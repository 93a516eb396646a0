"""Signing in joined to what it works with."""

from posthouse.adapters.rpc.client import Neighbour, remote
from posthouse.bootstrap.outside import outside_passwords_of, providers_of
from posthouse.bootstrap.storage import CLOCK, ENTROPY, OwnStorage
from posthouse.ports.directory import Directory
from posthouse.ports.guard import Guard
from posthouse.services.access.tokens import Tokens
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
