"""Which limits hold for an account, and what who reaches one is told."""

import time
from typing import Final

from posthouse.foundation.errors import LimitReached
from posthouse.foundation.ids import to_text
from posthouse.model.account import Account
from posthouse.model.traffic.sending import SEND_ADDRESS_LIMITS, SEND_DOMAIN_LIMITS, SEND_LIMITS, SEND_SYSTEM_LIMITS
from posthouse.ports.outgoing import Allowance, Usage
from posthouse.services.settings import Settings

SYSTEM: Final = "system"
_WHAT: Final = {
    "minute": "recipients in a minute",
    "hour": "recipients in an hour",
    "day": "recipients in 24 hours",
    "new": "new recipients in 24 hours",
}


class SendingLimited(LimitReached):
    """Somebody has sent as much as is allowed; the text says which limit, the count, and when there is room again."""


async def allowances_of(settings: Settings, account: Account, address: str = "") -> list[Allowance]:
    """The limits for a message of an account from an IP address, its own first. Raises: Unavailable."""
    own = await settings.get(SEND_LIMITS, domain=account.domain, account=to_text(account.id))
    domain = await settings.get(SEND_DOMAIN_LIMITS, domain=account.domain)
    limits = [(f"account:{to_text(account.id)}", own), (f"domain:{account.domain}", domain)]
    if address:
        limits.append((f"address:{address}", settings[SEND_ADDRESS_LIMITS]))
    limits.append((SYSTEM, settings[SEND_SYSTEM_LIMITS]))
    return [Allowance(subject, window, int(most)) for subject, named in limits for window, most in named.items() if most]


def exhausted(usage: Usage, now: float) -> SendingLimited:
    """The refusal of who has reached a limit."""
    allowance = usage.allowance
    when = time.strftime("%H:%M", time.gmtime(usage.frees_at + 59))
    if usage.frees_at - now > 86_400 / 2:
        when = time.strftime("%Y-%m-%d %H:%M", time.gmtime(usage.frees_at + 59))
    whose = whose_limit(allowance)
    return SendingLimited(
        f"the limit of {whose} is {allowance.most} {_WHAT[allowance.window]}: {usage.used} used, free at {when} UTC"
    )


def whose_limit(allowance: Allowance) -> str:
    """For whom an allowance holds, in words."""
    kind, _, name = allowance.subject.partition(":")
    return {"account": "this mailbox", "domain": f"the domain {name}", "address": f"the address {name}"}.get(kind, "this server")
