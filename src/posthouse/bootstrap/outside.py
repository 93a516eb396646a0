"""Identities from outside, joined to the adapters that reach them: the same for workers, the web worker and commands."""

from posthouse.adapters.ldap.people import LdapPeople
from posthouse.adapters.oidc.link import HttpProviderLink
from posthouse.bootstrap.storage import CLOCK, resolver
from posthouse.model.settings.outside import OIDC_CA_FILE
from posthouse.ports.signing_in.outside_people import OutsidePeople
from posthouse.ports.vault import Vault
from posthouse.services.settings import Settings
from posthouse.services.signing_in.oidc.providers import Providers
from posthouse.services.signing_in.outside_passwords import OutsidePasswords


def providers_of(settings: Settings, vault: Vault) -> Providers:
    """The identity providers domains believe."""
    link = HttpProviderLink(resolver(settings), lambda: settings[OIDC_CA_FILE])
    return Providers(settings, link, vault, CLOCK)


def people_of(settings: Settings) -> OutsidePeople:
    """The people LDAP servers know."""
    return LdapPeople(resolver(settings), CLOCK)


def outside_passwords_of(settings: Settings, vault: Vault) -> OutsidePasswords:
    """The passwords LDAP servers know."""
    return OutsidePasswords(people_of(settings), settings, vault, CLOCK)
