"""What the operator has decided for one mailbox: how often it may be polled, how long retrieved mail is kept.

RFC 2449 §6.5, §6.7.
"""

from typing import NamedTuple

from posthouse.foundation.ids import to_text
from posthouse.model.principal import Principal
from posthouse.model.settings.programs import POP3_EXPIRE_DAYS, POP3_LOGIN_DELAY_SECONDS
from posthouse.services.settings import Settings


class Policy(NamedTuple):
    """0: no delay; kept for ever."""

    login_delay_seconds: int
    expire_days: int


def general_policy(settings: Settings) -> Policy:
    """What holds before anybody is known."""
    return Policy(settings[POP3_LOGIN_DELAY_SECONDS], settings[POP3_EXPIRE_DAYS])


async def policy_of(principal: Principal, settings: Settings) -> Policy:
    """What holds for somebody who is known."""
    domain = principal.address.rpartition("@")[2].lower()
    account = to_text(principal.account_id)
    return Policy(
        await settings.get(POP3_LOGIN_DELAY_SECONDS, domain=domain),
        await settings.get(POP3_EXPIRE_DAYS, domain=domain, account=account),
    )
