"""DNS records: what they are, as zone text, and whether they are there."""

import dns.rdatatype
import dns.zone
import pytest
from tests.support.administration import DOMAIN, OPERATOR, Office
from tests.support.resolving import FakeResolver

from posthouse.services.administer.publishing.checking import Found, looked_up
from posthouse.services.administer.publishing.publishing import Publishing
from posthouse.services.administer.publishing.records import Entry
from posthouse.services.administer.publishing.zone import zone_text, zone_value
from posthouse.trust.dmarc.record import record as dmarc_record
from posthouse.trust.spf.record import record as spf_record

HOST = "mail.example.test"


async def test_everything_a_domain_needs(office: Office) -> None:
    found = await Publishing(office.parts, HOST, b"key").records(OPERATOR, DOMAIN)
    kinds = [(entry.name, entry.record_type) for entry in found]
    keys = await office.parts.directory.domain_keys(DOMAIN)
    assert kinds == [
        (DOMAIN, "MX"),
        (DOMAIN, "TXT"),
        *sorted((f"{key.selector}._domainkey.{DOMAIN}", "TXT") for key in keys),
        (f"_dmarc.{DOMAIN}", "TXT"),
        (f"_smtp._tls.{DOMAIN}", "TXT"),
        (f"_mta-sts.{DOMAIN}", "TXT"),
        (f"mta-sts.{DOMAIN}", "CNAME"),
        (f"_25._tcp.{HOST}", "TLSA"),
        *(
            (f"_{name}._tcp.{DOMAIN}", "SRV")
            for name in ("submissions", "submission", "imaps", "imap", "pop3s", "pop3", "autodiscover")
        ),
        (f"autoconfig.{DOMAIN}", "CNAME"),
        (f"autodiscover.{DOMAIN}", "CNAME"),
    ]
    values = {(entry.name, entry.record_type): entry.value for entry in found}
    assert values[DOMAIN, "MX"] == f"10 {HOST}."
    assert spf_record(values[DOMAIN, "TXT"]).mechanisms
    assert dmarc_record(values[f"_dmarc.{DOMAIN}", "TXT"]) is not None
    assert values[f"_25._tcp.{HOST}", "TLSA"] == "3 1 1 2c70e12b7a0646f92279f427c7b38e7334d8e5389cff167a1dc30e73f826b683"
    assert values[f"_imaps._tcp.{DOMAIN}", "SRV"] == f"0 1 993 {HOST}."


async def test_zone_text_is_read_by_others_as_it_was_meant(office: Office) -> None:
    found = await Publishing(office.parts, HOST, b"key").records(OPERATOR, DOMAIN)
    zone = dns.zone.from_text(f"$ORIGIN test.\n$TTL 60\n@ SOA a. b. 1 1 1 1 1\n@ NS a.\n{zone_text(found)}", relativize=False)
    for entry in found:
        records = zone.find_rdataset(entry.name + ".", dns.rdatatype.from_text(entry.record_type))
        texts = [b"".join(one.strings).decode() if entry.record_type == "TXT" else one.to_text() for one in records]
        assert entry.value in texts


def test_long_and_odd_texts() -> None:
    value = zone_value(Entry("x", "TXT", 'a"\\é' + "b" * 300, ""))
    assert value.startswith('"a\\"\\\\\\195\\169bbb')
    assert value.count('" "') == 1


@pytest.mark.parametrize(
    ("record_type", "wanted", "there", "expected"),
    [
        ("MX", "10 mail.example.test.", ("20 other.test.", "10 Mail.example.test"), Found.YES),
        ("MX", "10 mail.example.test.", ("10 other.test.",), Found.DIFFERENT),
        ("MX", "10 mail.example.test.", (), Found.MISSING),
        ("TXT", "v=spf1 mx ~all", ("site-verification=x", "v=spf1 mx ~all"), Found.YES),
        ("TXT", "v=spf1 mx ~all", ("v=spf1 mx -all",), Found.DIFFERENT),
        ("TXT", "v=spf1 mx ~all", ("v=spf1 mx ~all", "v=spf1 -all"), Found.DIFFERENT),
        ("TXT", "v=spf1 mx ~all", ("site-verification=x",), Found.MISSING),
        ("TXT", "v=DKIM1; k=rsa; p=AAAA", ("p=AA AA",), Found.YES),
        ("TXT", "v=DKIM1; k=rsa; p=AAAA", ("v=DKIM1;k=rsa;p=BBBB",), Found.DIFFERENT),
        ("TXT", "v=DMARC1; p=none", ("v=DMARC1;p=none;",), Found.YES),
        ("TLSA", "3 1 1 abcd", ("3 1 1 AB CD",), Found.YES),
        ("SRV", "0 1 993 mail.example.test.", ("0 1 993 mail.example.test.",), Found.YES),
        ("SRV", "0 1 993 mail.example.test.", ("0 1 143 mail.example.test.",), Found.DIFFERENT),
        ("CNAME", "mail.example.test.", ("mail.example.test.",), Found.YES),
    ],
)
async def test_what_is_there(record_type: str, wanted: str, there: tuple[str, ...], expected: Found) -> None:
    name = "k._domainkey.x.test" if "DKIM1" in wanted else "x.test"
    outcome = await looked_up(Entry(name, record_type, wanted, ""), FakeResolver({(name, record_type): there}))
    assert outcome.found is expected
    assert bool(outcome.there) is (expected is Found.DIFFERENT)


async def test_an_alias_may_be_addresses_of_the_same_host() -> None:
    entry = Entry("autoconfig.x.test", "CNAME", "mail.x.test.", "")
    same = FakeResolver({("autoconfig.x.test", "A"): ("192.0.2.1",), ("mail.x.test", "A"): ("192.0.2.1", "192.0.2.2")})
    assert (await looked_up(entry, same)).found is Found.YES
    other = FakeResolver({("autoconfig.x.test", "A"): ("192.0.2.9",), ("mail.x.test", "A"): ("192.0.2.1",)})
    assert (await looked_up(entry, other)).found is Found.MISSING
    assert (await looked_up(entry, FakeResolver(silent=frozenset({"autoconfig.x.test"})))).found is Found.UNKNOWN


async def test_a_whole_domain(office: Office) -> None:
    publishing = Publishing(office.parts, HOST, b"")
    wanted = await publishing.records(OPERATOR, DOMAIN)
    there: dict[tuple[str, str], tuple[str, ...]] = {}
    for entry in wanted[:-1]:
        there[entry.name, entry.record_type] = (entry.value,)
    outcomes = await publishing.check(OPERATOR, DOMAIN, FakeResolver(there))
    assert [outcome.entry for outcome in outcomes] == wanted
    assert [outcome.found for outcome in outcomes] == [Found.YES] * (len(wanted) - 1) + [Found.MISSING]
