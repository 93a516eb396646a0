"""What lies in inboxes, as people read it."""

import email
import email.policy
from email.message import EmailMessage

from tests.support.administration import Office

from posthouse.model.account import Account


async def letters(office: Office, account: Account) -> list[EmailMessage]:
    """The messages in the inbox of an account."""
    store = office.parts.accounts
    inbox = (await store.mailboxes(account.id))[0]
    uids = (await store.placements(account.id, inbox.id)).uids
    octets = [await store.read(account.id, inbox.id, uid) for uid in uids]
    return [email.message_from_bytes(each, EmailMessage, policy=email.policy.default) for each in octets]


async def subjects(office: Office, account: Account) -> list[str]:
    """Their subjects."""
    return [str(letter["Subject"]) for letter in await letters(office, account)]
