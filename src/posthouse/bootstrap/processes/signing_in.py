"""Signing in joined to what it works with."""

from posthouse.adapters.oidc.link import HttpProviderLink
from posthouse.adapters.rpc.client import Neighbour, remote
from posthouse.bootstrap.storage import CLOCK, ENTROPY, OwnStorage, resolver
from posthouse.model.settings.outside import OIDC_CA_FILE
from posthouse.ports.directory import Directory
from posthouse.ports.guard import Guard
from posthouse.ports.vault import Vault
from posthouse.services.access.tokens import Tokens
from posthouse.services.authenticate import AuthenticatingParts, Authenticator
from posthouse.services.guard.guarding import SignInGuard
from posthouse.services.settings import Settings
from posthouse.services.signing_in.bearing import Bearers
from posthouse.services.signing_in.oidc.providers import Providers
from posthouse.services.signing_in.renewing import PasswordRenewer
from posthouse.services.signing_in.using import UseNoting


def providers_of(settings: Settings, vault: Vault) -> Providers:
    """The identity providers domains believe."""
    link = HttpProviderLink(resolver(settings), lambda: settings[OIDC_CA_FILE])
    return Providers(settings, link, vault, CLOCK)


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
        )
    )
