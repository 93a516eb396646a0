"""The MTA-STS policy of a domain of ours (RFC 8461 §3.2): one server, this one; how strict says a setting."""

from posthouse.model.settings.judging import MTA_STS_MAX_AGE_SECONDS, MTA_STS_MODE
from posthouse.services.settings import Settings
from posthouse.trust.mta_sts import Mode, Policy


async def sts_policy(settings: Settings, domain: str, hostname: str) -> Policy:
    """The policy of a domain (its key). Raises: Unavailable."""
    mode = Mode(await settings.get(MTA_STS_MODE, domain=domain))
    return Policy(mode, await settings.get(MTA_STS_MAX_AGE_SECONDS, domain=domain), (hostname,))
