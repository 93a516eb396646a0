"""Keys and tokens."""

import asyncio
import hashlib
import hmac
from pathlib import Path

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from tests.support.mail_house import MailHouse, mail_house

from posthouse.adapters.system.entropy import SystemEntropy
from posthouse.services.mail import Mail
from posthouse.services.sharing.grantees import Grantees
from posthouse.services.sharing.mail import SharedMail
from posthouse.services.urls.access_keys import KEY_OCTETS, AccessKeys, is_token, token_of
from posthouse.services.urls.claims import Place


async def inbox_of(house: MailHouse, name: str) -> Place:
    principal = await house.principal(name)
    mail = Mail(principal, principal.account_id, house.accounts)
    return Place(mail, (await mail.mailboxes())[0])


@given(st.binary(min_size=1, max_size=64), st.binary(), st.binary(max_size=80))
def test_a_token_is_an_hmac_behind_the_digits_of_its_algorithm(key: bytes, signed: bytes, other: bytes) -> None:
    token = b"01" + hmac.new(key, signed, hashlib.sha256).hexdigest().encode()
    assert token_of(key, signed) == token
    assert is_token(key, signed, token)
    assert is_token(key, signed, other) == (other == token)


async def test_a_key_is_made_once_also_for_two_at_the_same_time(tmp_path: Path) -> None:
    async with mail_house(tmp_path) as house:
        keys = AccessKeys(house.accounts, SystemEntropy())
        place = await inbox_of(house, "alice")
        assert await keys.key(place) is None
        made = await asyncio.gather(*[keys.key_made(place) for _ in range(5)])
        assert set(made) == {await keys.key(place)}
        assert len(made[0]) >= KEY_OCTETS
        await keys.renew(place)
        assert await keys.key(place) not in (None, made[0])


async def test_each_person_has_their_own(tmp_path: Path) -> None:
    async with mail_house(tmp_path) as house:
        keys = AccessKeys(house.accounts, SystemEntropy())
        place = await inbox_of(house, "alice")
        bob = await house.principal("bob")
        shared = Place(SharedMail(bob, place.mail.account_id, house.accounts, Grantees(house.directory)), place.mailbox)
        hers, his = await keys.key_made(place), await keys.key_made(shared)
        assert hers != his
        await keys.void_all(bob.account_id)
        assert await keys.key(place) == hers
        assert await keys.key(shared) not in (None, his)


async def test_another_uid_validity_has_none(tmp_path: Path) -> None:
    async with mail_house(tmp_path) as house:
        keys = AccessKeys(house.accounts, SystemEntropy())
        place = await inbox_of(house, "alice")
        await keys.key_made(place)
        renumbered = msgspec.structs.replace(place.mailbox, uid_validity=place.mailbox.uid_validity + 1)
        assert await keys.key(Place(place.mail, renumbered)) is None
