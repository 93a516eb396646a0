"""Signing: what goes out verifies, and nothing stops mail."""

import logging
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from tests.support.administration import DOMAIN, OPERATOR, Office, open_office
from tests.support.asked import answered
from tests.support.dkim_messages import BODY

from posthouse.model.content import Body, Content
from posthouse.model.domain_key import KeyState
from posthouse.services.administer.publishing.keys import DomainKeys
from posthouse.services.administer.publishing.records import key_entry
from posthouse.services.administer.scopes import SettingControl, Where
from posthouse.services.trust.examining import examine
from posthouse.services.trust.signing import Signer
from posthouse.trust.dkim.verify import Result, Verdict, verify

MESSAGE = b"Date: x\r\nFrom: alice@example.test\r\nSubject: Hello\r\n\r\n" + BODY


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(tmp_path) as opened:
        yield opened


def signer_of(office: Office) -> Signer:
    parts = office.parts
    return Signer(parts.directory, parts.vault, parts.settings, office.spool, parts.clock)


async def verdicts(office: Office, content: Content) -> tuple[Verdict, ...]:
    zone = {}
    for key in await office.parts.directory.domain_keys(DOMAIN):
        entry = key_entry(key)
        zone[entry.name, "TXT"] = (entry.value,)
    examination = await examine(content, office.spool)
    return answered(verify(examination.signatures, int(office.clock.now())), zone)


@pytest.mark.parametrize("spooled", [False, True])
async def test_a_new_domain_signs_with_both_kinds_of_keys(office: Office, spooled: bool) -> None:
    body: Body = MESSAGE
    if spooled:
        file = await office.spool.create()
        await file.write(MESSAGE)
        body = await file.finish()
    content = Content(body)
    fields = await signer_of(office).signatures(content, DOMAIN)
    found = await verdicts(office, content.with_prefix(fields))
    assert [verdict.result for verdict in found] == [Result.PASS, Result.PASS]
    assert {verdict.algorithm for verdict in found} == {"rsa-sha256", "ed25519-sha256"}
    assert {verdict.domain for verdict in found} == {DOMAIN}


async def test_only_active_keys_sign_and_changes_are_noticed(office: Office) -> None:
    signer, keys = signer_of(office), DomainKeys(office.parts)
    assert (await signer.signatures(Content(MESSAGE), DOMAIN)).count(b"DKIM-Signature:") == 2
    [one, _] = await keys.all(OPERATOR, DOMAIN)
    await keys.retire(OPERATOR, DOMAIN, one.selector)
    fields = await signer.signatures(Content(MESSAGE), DOMAIN)
    assert fields.count(b"DKIM-Signature:") == 1
    assert one.selector.encode() not in fields


async def test_nothing_is_signed_for_others_or_against_the_setting(office: Office) -> None:
    signer = signer_of(office)
    assert await signer.signatures(Content(MESSAGE), "elsewhere.test") == b""
    assert await signer.signatures(Content(b"To: x\r\n\r\n"), DOMAIN) == b""
    assert await signer.signatures(Content(b""), DOMAIN) == b""
    await SettingControl(office.parts).set(OPERATOR, "dkim.sign", "off", Where(domain=DOMAIN))
    await office.parts.settings.refresh()
    assert await signer.signatures(Content(MESSAGE), DOMAIN) == b""


async def test_a_key_that_cannot_be_opened_does_not_stop_mail(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    [one, other] = await DomainKeys(office.parts).all(OPERATOR, DOMAIN)
    await office.parts.directory.put_domain_keys(DOMAIN, [msgspec.structs.replace(one, sealed=b"broken", state=KeyState.ACTIVE)])
    with caplog.at_level(logging.ERROR):
        fields = await signer_of(office).signatures(Content(MESSAGE), DOMAIN)
    assert other.selector.encode() in fields
    assert one.selector in caplog.text
