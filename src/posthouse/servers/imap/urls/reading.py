"""Octets that an IMAP URL names (RFC 5092), read in pieces from any mailbox that the session may read."""

from collections.abc import AsyncGenerator

from posthouse.foundation.errors import NotFound, NotPermitted
from posthouse.model.sharing.rights import Right
from posthouse.protocols.imap.errors import SyntaxViolation
from posthouse.protocols.imap.responses.codes import bad_url
from posthouse.protocols.imap.url.imap_url import ImapUrl, imap_url
from posthouse.servers.imap.answers import No
from posthouse.servers.imap.session import Session
from posthouse.servers.imap.urls.extract import Message, extract, pieces


async def octets_of(session: Session, octets: bytes) -> AsyncGenerator[bytes, None]:
    """Read what a URL, as written, names, in pieces.

    Raises: No, code BADURL, for everything that may not or cannot be read, without saying why.
    """
    try:
        url = imap_url(octets)
        message = await _message(session, url)
        async for piece in pieces(await extract(message, url)):
            yield piece
    except (SyntaxViolation, NotFound, NotPermitted, No):
        raise No("A URL does not name a message that can be read", bad_url(octets)) from None


async def _message(session: Session, url: ImapUrl) -> Message:
    """Find the message. Raises: NotFound, NotPermitted, No."""
    if url.server is not None:  # another server's messages are not fetched, and this one has many names
        raise NotFound("the URL is not relative")
    if url.mailbox is None:
        if session.selected is None:
            raise NotFound("no mailbox is selected")
        mail, mailbox_id = session.selected.mail, session.selected.mailbox_id
    else:
        folder = await session.the_mail()[1].find(url.mailbox)
        mail, mailbox_id = folder.mail, folder.mailbox.id
        if url.uid_validity not in (None, folder.mailbox.uid_validity):
            raise NotFound("the mailbox is another one now")
    await mail.require(mailbox_id, Right.READ)
    return Message(mail, mailbox_id, url.uid)
