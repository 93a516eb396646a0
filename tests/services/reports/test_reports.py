"""From a message that fails DMARC to the report its domain gets, and from a report about us to what the operator reads."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.support.mail_house import DOMAIN, HOSTNAME, MailHouse, mail_house

from posthouse.adapters.reports.database import ReportDatabase
from posthouse.adapters.system.entropy import SystemEntropy
from posthouse.formats.address.value import Address
from posthouse.formats.mime.scanner import scan
from posthouse.formats.mime.transfer import decode
from posthouse.formats.reports.dmarc_parsing import parse_aggregate_report
from posthouse.formats.reports.dmarc_writing import write_aggregate_report
from posthouse.formats.reports.tls import parse_tls_report
from posthouse.foundation.ids import AccountId
from posthouse.model.account import Domain
from posthouse.model.principal import Principal
from posthouse.model.role import Role
from posthouse.model.settings.judging import AUTHENTICITY, DMARC_REPORTS, REPORTS_FROM
from posthouse.ports.reports import ReportKind
from posthouse.ports.tls_results import TlsCount, TlsSession
from posthouse.services.administer.reports import ReceivedReports
from posthouse.services.receive.acceptance import REPORTS
from posthouse.services.receive.checks.parts import CheckParts, ContentParts
from posthouse.services.receive.checks.refusals import Unauthentic
from posthouse.services.receive.pipeline import Pipeline
from posthouse.services.receive.receiver import Receiver
from posthouse.services.receive.reception import Client, Sender, Wanted
from posthouse.services.relay.answer import Fate
from posthouse.services.reports.counting import DmarcCounting
from posthouse.services.reports.days import bounds, day_of, days_before
from posthouse.services.reports.posting import ReportingParts
from posthouse.services.reports.sending import ReportSending
from posthouse.services.reports.taking import ReportTaking
from posthouse.services.trust.signing import Signer

FORGED = b"From: Eve <eve@elsewhere.example>\r\nSubject: hello\r\n\r\nhello\r\n"


class LaterClock:
    """The clock of the house, so many seconds later."""

    def __init__(self, house: MailHouse, seconds: float) -> None:
        self._house = house
        self._seconds = seconds

    def now(self) -> float:
        return self._house.clock.now() + self._seconds

    def monotonic(self) -> float:
        return self._house.clock.monotonic() + self._seconds


class Sessions:
    """TLS results of one day."""

    def __init__(self, counts: Sequence[TlsCount] = ()) -> None:
        self.counts = list(counts)

    async def add(self, counts: Sequence[TlsCount]) -> None:
        self.counts += counts

    async def of_day(self, day: str, after_domain: str = "", domains: int = 100) -> list[TlsCount]:
        return [each for each in self.counts if each.day == day and each.session.policy_domain > after_domain]


@dataclass
class Office:
    """A house that counts and reports."""

    house: MailHouse
    database: ReportDatabase
    counting: DmarcCounting
    receiver: Receiver
    sessions: Sessions

    def sending(self, later: float = 86_400.0) -> ReportSending:
        house = self.house
        return ReportSending(
            ReportingParts(
                HOSTNAME,
                house.directory,
                self.database,
                self.sessions,
                self.database,
                house.queue,
                house.resolver,
                Signer(house.directory, house.vault, house.settings, house.spool, house.clock),
                house.settings,
                LaterClock(house, later),
                SystemEntropy(),
            )
        )

    async def forge(self, sender: str = "mallory@somewhere.example") -> None:
        reception = self.receiver.begin(
            Client("198.51.100.66", "somewhere.example", "ESMTP"), Sender(Address(*sender.split("@"))), judged=True
        )
        await self.receiver.add_recipient(reception, Wanted(Address("alice", DOMAIN)))
        reception.intake.add(FORGED)
        with pytest.raises(Unauthentic):
            await self.receiver.accept(reception)

    async def posted(self) -> list[tuple[str, bytes]]:
        """Recipient and octets of what waits in the queue."""
        return [(row.address, await self.house.queue.read(row.id)) for row in await self.house.queue.rows()]


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with mail_house(tmp_path) as house:
        await house.set(AUTHENTICITY, True)
        house.resolver.records.update(
            {
                ("elsewhere.example", "MX"): ["10 mail.elsewhere.example."],
                ("_dmarc.elsewhere.example", "TXT"): [
                    "v=DMARC1; p=reject; rua=mailto:rua@elsewhere.example!10m,mailto:us@collector.example,mailto:x@unasked.example"
                ],
                ("elsewhere.example._report._dmarc.collector.example", "TXT"): ["v=DMARC1"],
                ("_smtp._tls.elsewhere.example", "TXT"): ["v=TLSRPTv1; rua=mailto:tls@elsewhere.example"],
            }
        )
        database = ReportDatabase(tmp_path / "reports.db")
        counting = DmarcCounting(database, house.settings, house.clock)
        pipeline = Pipeline(
            CheckParts(HOSTNAME, house.resolver, house.greylist, house.settings, house.clock),
            ContentParts(HOSTNAME, house.resolver, house.settings, house.spool, house.clock, SystemEntropy(), counting),
        )
        parts = house.receiver._parts
        receiver = Receiver(type(parts)(**{**parts.__dict__, "pipeline": pipeline}))
        yield Office(house, database, counting, receiver, Sessions())
        await counting.stop()
        await asyncio.to_thread(database.stop)


def unpacked(octets: bytes) -> bytes:
    """The report in a message."""
    part = scan(octets).children[1]
    return gzip.decompress(decode(octets[part.body_start : part.body_end], part.transfer_encoding))


async def test_a_domain_hears_who_wrote_in_its_name(office: Office) -> None:
    await office.forge()
    await office.forge()
    await office.counting.keep()
    assert await office.sending(0).send_due() == 0, "the day is not over"
    assert await office.sending().send_due() == 1
    assert await office.sending().send_due() == 0, "once is enough"
    posted = await office.posted()
    assert {address for address, _ in posted} == {"rua@elsewhere.example", "us@collector.example"}
    octets = posted[0][1]
    assert b"From: postmaster@example.test\r\n" in octets
    assert b"Report Domain: elsewhere.example Submitter: mx.example.test" in octets.replace(b"\r\n ", b" ")
    report = parse_aggregate_report(unpacked(octets))
    assert (report.organisation, report.policy.domain, report.policy.policy) == (HOSTNAME, "elsewhere.example", "reject")
    assert (report.begins_at, report.ends_at) == bounds(day_of(office.house.clock.now()))
    (row,) = report.rows
    assert (row.source_address, row.count, row.disposition) == ("198.51.100.66", 2, "reject")
    assert (row.dkim_aligned, row.spf_aligned, row.header_from) == (False, False, "elsewhere.example")
    assert (row.envelope_from, row.sender is not None) == ("somewhere.example", True)


async def test_nobody_is_told_where_it_is_switched_off(office: Office) -> None:
    await office.house.set(DMARC_REPORTS, False)
    await office.forge()
    await office.counting.keep()
    assert await office.database.of_day(day_of(office.house.clock.now())) == []


async def test_a_keeper_that_is_away_is_told_later(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    from posthouse.foundation.errors import Unavailable

    async def away(*_: object) -> None:
        raise Unavailable("the keeper is away")

    await office.forge()
    with monkeypatch.context() as patched:
        patched.setattr(office.database, "add", away)
        await office.counting.keep()
    await office.counting.keep()
    (count,) = await office.database.of_day(day_of(office.house.clock.now()))
    assert count.row.count == 1


async def test_how_tls_went(office: Office) -> None:
    today = day_of(office.house.clock.now())
    good = TlsSession("sts", "elsewhere.example", "mx.elsewhere.example", policy_text="version: STSv1\nmode: enforce")
    bad = TlsSession(
        "sts", "elsewhere.example", "mx.elsewhere.example", "certificate-expired", "192.0.2.9", "version: STSv1\nmode: enforce"
    )
    other = TlsSession("no-policy-found", "nowhere.example")
    office.sessions.counts = [TlsCount(today, good, 10), TlsCount(today, bad, 2), TlsCount(today, other, 1)]
    assert await office.sending().send_due() == 1
    ((address, octets),) = await office.posted()
    assert address == "tls@elsewhere.example"
    assert b"TLS-Report-Domain: elsewhere.example\r\n" in octets
    assert b"report-type=tlsrpt" in octets.partition(b"\r\n\r\n")[0]
    report = parse_tls_report(unpacked(octets))
    (results,) = report.policies
    assert results.policy.policy_string == ("version: STSv1", "mode: enforce")
    assert (results.summary.total_successful_session_count, results.summary.total_failure_session_count) == (10, 2)
    (failure,) = results.failure_details
    assert (failure.result_type, failure.failed_session_count, failure.receiving_ip) == ("certificate-expired", 2, "192.0.2.9")


async def test_reports_of_others_come_in_and_are_read(office: Office) -> None:
    """Our own report, sent by another house, about our domain."""
    await office.forge()
    await office.counting.keep()
    await office.house.set(REPORTS_FROM, "reports@big.example")
    await office.sending().send_due()
    (_, octets), _ = await office.posted()
    about_us = write_aggregate_report(parse_aggregate_report(unpacked(octets))).replace(
        b"<domain>elsewhere.example", b"<domain>example.test"
    )
    for row in await office.house.queue.rows():
        await office.house.queue.change([(row.id, "")], "purge")
    message = (
        b"From: reports@big.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: text/plain\r\n\r\nwords\r\n--b\r\nContent-Type: application/xml\r\n\r\n"
        + about_us
        + b"\r\n--b--\r\n"
    )
    assert await _taken(office, message) == "DMARC report of mx.example.test about example.test: kept"
    assert await _taken(office, message) == "DMARC report of mx.example.test about example.test: there already"
    reports = ReceivedReports(office.database, office.house.clock)
    operator = Principal(await _admin(office), "admin@example.test", Role.OPERATOR)
    (kept,) = await reports.all(operator, domain="Example.TEST")
    assert (kept.kind, kept.organisation, kept.total, kept.failed) == (ReportKind.DMARC, HOSTNAME, 1, 1)
    assert (await reports.one(operator, kept.report_id)).value == kept.value
    (source,) = await reports.sources(operator, "example.test")
    assert (source.address, source.total, source.passed, source.refused) == ("198.51.100.66", 1, 0, 1)
    with pytest.raises(Exception, match="there is no report x"):
        await reports.one(operator, "x")


@pytest.mark.parametrize(
    ("octets", "words"),
    [
        (b"Subject: x\r\n\r\nhello\r\n", "no report in it: let go"),
        (b"Content-Type: application/xml\r\n\r\n<feedback>", "no DMARC report"),
        (b"Content-Type: application/gzip\r\n\r\n\x1f\x8b\x08rubbish", "cannot be unpacked"),
        (b"Content-Type: application/tlsrpt+json\r\n\r\n{}", "no TLS report"),
    ],
)
async def test_what_is_no_report_is_let_go(office: Office, octets: bytes, words: str) -> None:
    assert words in await _taken(office, octets)
    assert await office.database.received() == []


async def test_a_mailbox_of_that_name_has_them_instead(office: Office) -> None:
    await office.house.add("dmarc-reports")
    reception = office.house.receiver.begin(Client("192.0.2.1", "x", "ESMTP"), Sender(None))
    await office.house.receiver.add_recipient(reception, Wanted(Address("dmarc-reports", DOMAIN)))
    assert len(reception.recipients[0].resolved.accounts) == 1


def test_days() -> None:
    assert days_before("2026-03-01", 2) == ["2026-02-27", "2026-02-28"]
    assert bounds("1970-01-02") == (86_400, 172_799)
    assert day_of(172_799.9) == "1970-01-02"


async def _taken(office: Office, octets: bytes) -> str:
    """What becomes of a message to the house's readers of reports."""
    house = office.house
    if await house.directory.domain("big.example") is None:
        await house.directory.add_domain(Domain("big.example", "big.example"))
    reception = house.receiver.begin(Client("192.0.2.1", "big.example", "ESMTP"), Sender(None))
    await house.receiver.add_recipient(reception, Wanted(Address("DMARC-reports", DOMAIN)))
    reception.intake.add(octets)
    assert await house.receiver.accept(reception) is False
    (row,) = await house.queue.rows()
    assert row.destination == REPORTS
    taking = ReportTaking(office.database, house.directory, house.queue, house.clock)
    (answer,) = await taking.deliver(await house.queue.message(row.id))
    assert answer.fate is Fate.DELIVERED
    await house.queue.change([(row.id, "")], "purge")
    return answer.text


async def _admin(office: Office) -> AccountId:
    account = await office.house.directory.account_at("admin@example.test")
    assert account is not None
    return account.id
