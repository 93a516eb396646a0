"""What a domain has to publish, and whether it does."""

from posthouse.model.principal import Principal
from posthouse.model.role import Act
from posthouse.ports.resolver import Resolver
from posthouse.services.administer.finding import permitted_domain
from posthouse.services.administer.parts import Administration
from posthouse.services.administer.publishing.checking import Outcome, check_all
from posthouse.services.administer.publishing.records import Entry, Place, entries
from posthouse.services.sts_policy import sts_policy
from posthouse.trust.mta_sts import write_policy


class Publishing:
    """The verbs; all raise Invalid and NotFound for the domain, Unavailable, and NotPermitted unless one administers it."""

    def __init__(self, parts: Administration, hostname: str, certificate_key: bytes) -> None:
        """``certificate_key`` is the host certificate's SubjectPublicKeyInfo (DER), or empty."""
        self._parts = parts
        self._hostname = hostname
        self._certificate_key = certificate_key

    async def records(self, principal: Principal, name: str) -> list[Entry]:
        """The records of a domain."""
        domain = await permitted_domain(self._parts.directory, principal, Act.DOMAIN_LOOK, name)
        keys = await self._parts.directory.domain_keys(domain.key)
        policy = await sts_policy(self._parts.settings, domain.key, self._hostname)
        return entries(
            Place(
                domain=domain.key,
                hostname=self._hostname,
                keys=keys,
                sts_policy=write_policy(policy),
                certificate_key=self._certificate_key,
            )
        )

    async def check(self, principal: Principal, name: str, resolver: Resolver) -> list[Outcome]:
        """Each record with what the DNS has for it."""
        return await check_all(await self.records(principal, name), resolver)
