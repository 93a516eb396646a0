"""The DNS records a mail domain needs, as values: names absolute without final dot, values as a zone file has them, TXT as text."""

import hashlib
from collections.abc import Sequence

import msgspec

from posthouse.model.domain_key import DomainKey, KeyState


class Entry(msgspec.Struct, frozen=True):
    """One record to publish."""

    name: str
    record_type: str
    value: str
    purpose: str
    """For people."""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """What the records are made of."""

    domain: str
    """A-labels."""
    hostname: str
    """Of this house, A-labels."""
    keys: Sequence[DomainKey] = ()
    sts_policy: str
    """The MTA-STS policy as it is served."""
    certificate_key: bytes = b""
    """SubjectPublicKeyInfo (DER) of the host's certificate; empty where it cannot be read."""


def entries(place: Place) -> list[Entry]:
    """All records, in the order in which one would enter them."""
    domain, hostname = place.domain, place.hostname
    published = sorted((key for key in place.keys), key=lambda key: (key.state is KeyState.RETIRING, key.created_at, key.selector))
    return [
        Entry(domain, "MX", f"10 {hostname}.", "receives mail"),
        Entry(domain, "TXT", "v=spf1 mx ~all", "SPF: who may send"),
        *map(key_entry, published),
        Entry(
            f"_dmarc.{domain}",
            "TXT",
            f"v=DMARC1; p=quarantine; rua=mailto:dmarc-reports@{domain}",
            "DMARC: what to do with forgeries",
        ),
        Entry(f"_smtp._tls.{domain}", "TXT", f"v=TLSRPTv1; rua=mailto:tls-reports@{domain}", "TLS reports"),
        Entry(f"_mta-sts.{domain}", "TXT", f"v=STSv1; id={_policy_id(place.sts_policy)}", "MTA-STS: TLS is wanted"),
        Entry(f"mta-sts.{domain}", "CNAME", f"{hostname}.", "MTA-STS: where the policy is"),
        *_tlsa(place),
        *_services(domain, hostname),
        Entry(f"autoconfig.{domain}", "CNAME", f"{hostname}.", "set-up of Thunderbird"),
        Entry(f"autodiscover.{domain}", "CNAME", f"{hostname}.", "set-up of Outlook"),
    ]


def key_entry(key: DomainKey) -> Entry:
    """The record of one signing key."""
    return Entry(f"{key.selector}._domainkey.{key.domain}", "TXT", key.record, f"DKIM key ({key.kind}, {key.state})")


def _policy_id(policy: str) -> str:
    """Changes with the policy and with nothing else."""
    return hashlib.sha256(policy.encode()).hexdigest()[:20]


def _tlsa(place: Place) -> list[Entry]:
    if not place.certificate_key:
        return []
    digest = hashlib.sha256(place.certificate_key).hexdigest()
    return [Entry(f"_25._tcp.{place.hostname}", "TLSA", f"3 1 1 {digest}", "DANE: the certificate's key (only with DNSSEC)")]


def _services(domain: str, hostname: str) -> list[Entry]:
    """Where mail programs find us (RFC 6186, RFC 8314 §5.1): TLS from the first octet goes before STARTTLS."""
    offered = (
        ("_submissions", 0, 465, "sending, TLS"),
        ("_submission", 10, 587, "sending, STARTTLS"),
        ("_imaps", 0, 993, "IMAP, TLS"),
        ("_imap", 10, 143, "IMAP, STARTTLS"),
        ("_pop3s", 20, 995, "POP3, TLS"),
        ("_pop3", 30, 110, "POP3, STARTTLS"),
        ("_autodiscover", 0, 443, "set-up of Outlook"),
    )
    return [Entry(f"{name}._tcp.{domain}", "SRV", f"{priority} 1 {port} {hostname}.", why) for name, priority, port, why in offered]
