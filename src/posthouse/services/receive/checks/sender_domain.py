"""Whether the sender's domain exists and takes answers: a message nobody can be told about is not taken (C3, RFC 7505)."""

from typing import Final

from posthouse.filters.verdict import Finding
from posthouse.formats.address.domain import InvalidDomain, a_label, literal_address
from posthouse.foundation.errors import NotFound, TemporaryFailure
from posthouse.model.settings.judging import RECEIVE_SENDER_DOMAIN
from posthouse.ports.resolver import NoDns
from posthouse.services.receive.checks.parts import CheckParts
from posthouse.services.receive.checks.refusals import NullMxSender, Undecided, UnknownSender
from posthouse.services.receive.reception import Reception

WEIGHT: Final = 3.0


class SenderDomainCheck:
    """Looks for MX or address of the domain; the null reverse-path has none."""

    def __init__(self, parts: CheckParts) -> None:
        self._parts = parts

    async def examine(self, reception: Reception) -> None:
        """Add what is found. Raises: UnknownSender, NullMxSender, Undecided (the DNS is away) where such senders are refused."""
        mode, sender = self._parts.settings[RECEIVE_SENDER_DOMAIN], reception.sender.reverse_path
        if mode == "off" or sender is None or reception.trusted or not sender.domain or literal_address(sender.domain):
            return
        try:
            exchangers = await self._parts.resolver.mail_exchangers(a_label(sender.domain))
        except (NotFound, InvalidDomain):
            reception.findings.append(Finding("sender", "fail", f"{sender.domain} does not exist", WEIGHT))
            if mode == "refuse":
                raise UnknownSender(f"the domain {sender.domain} of the sender has neither MX nor address") from None
        except NoDns as error:
            reception.findings.append(Finding("sender", "temperror", str(error)))
        except TemporaryFailure as error:
            reception.findings.append(Finding("sender", "temperror", str(error)))
            if mode == "refuse":
                raise Undecided(f"the domain {sender.domain} of the sender cannot be looked up now: try again later") from None
        else:
            if any(not exchanger.host for exchanger in exchangers):
                reception.findings.append(Finding("sender", "fail", f"{sender.domain} has a null MX", WEIGHT))
                if mode == "refuse":
                    raise NullMxSender(f"the domain {sender.domain} of the sender takes no mail (null MX)")
