"""The service by itself, with a language of URLs made for the test: who may redeem what, and the same words whatever is wrong."""

from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path

import msgspec
import pytest
from tests.support.mail_house import MailHouse, mail_house

from posthouse.adapters.system.entropy import SystemEntropy
from posthouse.foundation.errors import Invalid, NotFound, NotPermitted
from posthouse.model.principal import Principal
from posthouse.model.settings.programs import IMAP_SUBMISSION_SERVERS
from posthouse.services.mail import Mail
from posthouse.services.sharing.people import People
from posthouse.services.urls.authorising import REFUSED, AuthorisedUrls
from posthouse.services.urls.claims import Claim, Place, Readers


class JsonUrls:
    """A URL is the JSON of a claim; its content is its own octets."""

    def __init__(self, house: MailHouse) -> None:
        self._house = house

    def claim(self, url: bytes) -> Claim:
        try:
            return msgspec.json.decode(url, type=Claim)
        except msgspec.DecodeError as error:
            raise Invalid(str(error)) from None

    async def find(self, owner: Principal, mailbox: str) -> Place:
        mail = Mail(owner, owner.account_id, self._house.accounts)
        for found in await mail.mailboxes():
            if found.name == mailbox:
                return Place(mail, found)
        raise NotFound("there is no such mailbox")

    async def content(self, place: Place, url: bytes) -> AsyncGenerator[bytes, None]:
        assert place.mailbox.name
        yield url


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[MailHouse]:
    async with mail_house(tmp_path) as made:
        yield made


@pytest.fixture
def urls(house: MailHouse) -> AuthorisedUrls:
    people = People(house.directory, house.accounts)
    return AuthorisedUrls((house.accounts, house.clock, SystemEntropy()), people, house.settings, JsonUrls(house))


def rump(readers: Readers, person: str = "", **more: object) -> Claim:
    return msgspec.structs.replace(Claim("alice", "example.test", "INBOX", readers, b"signed", person), **more)


async def whole(house: MailHouse, urls: AuthorisedUrls, claim: Claim) -> bytes:
    token = await urls.sign(await house.principal("alice"), msgspec.json.encode(claim))
    return msgspec.json.encode(msgspec.structs.replace(claim, token=token))


async def may_redeem(house: MailHouse, urls: AuthorisedUrls, url: bytes) -> list[str]:
    found: list[str] = []
    refusals: set[str] = set()
    for name in ("alice", "bob", "admin"):
        try:
            place = await urls.redeem(await house.principal(name), url)
        except NotPermitted as error:
            refusals.add(str(error))
        else:
            assert place.mailbox.name == "INBOX"
            found.append(name)
    assert refusals <= {REFUSED}
    return found


@pytest.mark.parametrize(
    ("readers", "person", "expected"),
    [
        (Readers.ANYBODY, "", ["alice", "bob", "admin"]),
        (Readers.SIGNED_IN, "", ["alice", "bob", "admin"]),
        (Readers.ONE, "bob", ["bob"]),
        (Readers.ONE, "Bob@Example.Test", ["bob"]),
        (Readers.ONE, "nobody", []),
        (Readers.SUBMISSION, "bob", ["admin"]),
    ],
)
async def test_readers(house: MailHouse, urls: AuthorisedUrls, readers: Readers, person: str, expected: list[str]) -> None:
    await house.set(IMAP_SUBMISSION_SERVERS, ["admin@example.test"])
    assert await may_redeem(house, urls, await whole(house, urls, rump(readers, person))) == expected


@pytest.mark.parametrize(
    ("readers", "person", "expected"),
    [
        (Readers.ANYBODY, "", ["alice", "bob"]),
        (Readers.ONE, "bob", []),
        (Readers.SUBMISSION, "bob", ["bob"]),
        (Readers.SUBMISSION, "alice@example.test", ["alice"]),
    ],
)
async def test_submitters(house: MailHouse, urls: AuthorisedUrls, readers: Readers, person: str, expected: list[str]) -> None:
    url = await whole(house, urls, rump(readers, person))
    found = []
    for name in ("alice", "bob"):
        try:
            pieces = await urls.submitted(await house.principal(name), url)
        except NotPermitted:
            continue
        assert [piece async for piece in pieces] == [url]
        found.append(name)
    assert found == expected


async def test_what_is_wrong_is_wrong_in_the_same_words(house: MailHouse, urls: AuthorisedUrls) -> None:
    good: Claim = msgspec.json.decode(await whole(house, urls, rump(Readers.ANYBODY)), type=Claim)
    assert good.token is not None
    for change in (
        {"signed": b"other"},
        {"token": good.token[:-1]},
        {"token": b"02" + good.token[2:]},
        {"owner": "bob"},
        {"owner": "nobody"},
        {"host": "elsewhere.example"},
        {"mailbox": "nowhere"},
        {"mailbox": "Junk"},
        {"uid_validity": 1},
        {"expires_at": house.clock.now() - 1},
    ):
        assert await may_redeem(house, urls, msgspec.json.encode(msgspec.structs.replace(good, **change))) == [], change
    assert await may_redeem(house, urls, msgspec.json.encode(msgspec.structs.replace(good, expires_at=house.clock.now() + 60)))
    with pytest.raises(Invalid):
        await urls.redeem(await house.principal("bob"), msgspec.json.encode(msgspec.structs.replace(good, token=None)))


async def test_only_the_owner_signs(house: MailHouse, urls: AuthorisedUrls) -> None:
    url = msgspec.json.encode(rump(Readers.ANYBODY))
    with pytest.raises(NotPermitted):
        await urls.sign(await house.principal("bob"), url)
    for change in ({"mailbox": "nowhere"}, {"uid_validity": 1}):
        with pytest.raises(NotFound):
            await urls.sign(await house.principal("alice"), msgspec.json.encode(rump(Readers.ANYBODY, **change)))
