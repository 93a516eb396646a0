"""IMAP URLs as a language of authorised URLs (``services.urls.claims.UrlReader``)."""

from collections.abc import AsyncGenerator
from typing import Final

from posthouse.foundation.errors import Invalid, NotFound
from posthouse.model.principal import Principal
from posthouse.protocols.imap.errors import SyntaxViolation
from posthouse.protocols.imap.url.authorised import INTERNAL, Access, AuthorisedUrl, authorised_url
from posthouse.servers.imap.answers import No
from posthouse.servers.imap.folders.by_name import Folders
from posthouse.servers.imap.urls.extract import Message, extract, pieces
from posthouse.services.sharing.people import People
from posthouse.services.urls.claims import Claim, Place, Readers

_READERS: Final = {
    Access.SUBMIT: Readers.SUBMISSION,
    Access.USER: Readers.ONE,
    Access.AUTHUSER: Readers.SIGNED_IN,
    Access.ANONYMOUS: Readers.ANYBODY,
}


class ImapUrls:
    """See the module."""

    __slots__ = ("_people",)

    def __init__(self, people: People) -> None:
        self._people = people

    def claim(self, url: bytes) -> Claim:
        """Take a URL apart. Raises: Invalid, also for a mechanism that is not had here."""
        read = _authorised(url)
        target = read.url
        assert target.server is not None
        assert target.mailbox is not None
        if read.token is not None and read.token.mechanism != INTERNAL:
            raise Invalid("the mechanism of the URL is not known here")
        return Claim(
            owner=target.server.user or "",
            host=_name_of(target.server.host),
            mailbox=target.mailbox,
            readers=_READERS[read.access],
            signed=read.rump,
            person=read.person,
            uid_validity=target.uid_validity,
            expires_at=None if read.expires_at is None else read.expires_at.timestamp(),
            token=None if read.token is None else read.token.digits,
        )

    async def find(self, owner: Principal, mailbox: str) -> Place:
        """Find a mailbox by the name it has in its owner's sessions. Raises: NotFound."""
        folders = Folders(owner, self._people.mail_of(owner, owner.account_id), self._people)
        try:
            folder = await folders.find(mailbox)
        except No as missing:
            raise NotFound(missing.text) from None
        return Place(folder.mail, folder.mailbox)

    async def content(self, place: Place, url: bytes) -> AsyncGenerator[bytes, None]:
        """What the URL names in its mailbox, in pieces. Raises: Invalid, NotFound, NotPermitted."""
        target = _authorised(url).url
        async for piece in pieces(await extract(Message(place.mail, place.mailbox_id, target.uid), target)):
            yield piece


def _authorised(url: bytes) -> AuthorisedUrl:
    try:
        return authorised_url(url)
    except SyntaxViolation as violation:
        raise Invalid(violation.reason) from None


def _name_of(host: str) -> str:
    """The name without the port."""
    return host.rpartition(":")[0] if host.rpartition(":")[2].isdecimal() and not host.endswith("]") else host
