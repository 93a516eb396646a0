"""Letters of the house that are put straight into a mailbox of ours, full or not, each once."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from posthouse.formats.address.address_list import NamedAddress
from posthouse.formats.address.mailbox import parse_mailbox
from posthouse.formats.address.value import Address
from posthouse.formats.mime.build import Composition, build
from posthouse.foundation.errors import Unavailable
from posthouse.foundation.ids import DeliveryId, TraceId, to_text
from posthouse.model.account import Account
from posthouse.model.content import Content
from posthouse.model.delivery import Delivery
from posthouse.ports.account_store import AccountStore
from posthouse.ports.clock import Clock
from posthouse.ports.directory import DirectoryReader
from posthouse.services.letters.wording import Wording
from posthouse.services.letters.writing import AUTOMATIC
from posthouse.services.receive.recipients import POSTMASTER

_SIGNATURE: Final = "\n-- \n"


@dataclass(frozen=True)
class MailboxLetters:
    """Writes from postmaster of the account's domain, in the domain's name."""

    directory: DirectoryReader
    accounts: AccountStore
    clock: Clock

    async def put(self, account: Account, wording: Wording, once: str) -> bool:
        """Put a letter into the inbox; the same account and ``once`` again is the same letter, and changes nothing.

        Tells whether it is new. Raises: Unavailable, OutOfSpace, NotFound (the account has no inbox).
        """
        domain = await self.directory.domain(account.domain)
        if domain is None:
            raise Unavailable(f"the domain {account.domain} has gone")
        name = hashlib.blake2b(b"\0".join((b"letter", account.id, once.encode())), digest_size=16).digest()
        now = self.clock.now()
        footer = domain.branding.footer.strip()
        composition = Composition(
            author=[NamedAddress(domain.branding.title, Address(POSTMASTER, domain.name))],
            to=[NamedAddress(account.display_name, parse_mailbox(account.address))],
            date=datetime.fromtimestamp(now, UTC),
            message_id=f"<{to_text(name)}@{domain.key}>".encode(),
            boundary=to_text(name),
            subject=wording.subject,
            extra_fields=(AUTOMATIC,),
            text=wording.text + (f"{_SIGNATURE}{footer}\n" if footer else ""),
        )
        delivery = Delivery(DeliveryId(name), TraceId(name), Content(build(composition)), now, over_quota=True)
        return not (await self.accounts.deliver(account.id, delivery)).repeated
