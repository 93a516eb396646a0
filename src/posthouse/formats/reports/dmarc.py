"""What a DMARC aggregate report says, as values (RFC 7489 §7.2, RFC 9990 §3)."""

import msgspec


class PublishedPolicy(msgspec.Struct, frozen=True):
    """The policy a domain had published; words as in its record."""

    domain: str
    policy: str
    subdomain_policy: str = ""
    nonexistent_policy: str = ""
    dkim_alignment: str = "r"
    spf_alignment: str = "r"
    percent: int = 100
    testing: bool = False


class SignatureResult(msgspec.Struct, frozen=True):
    """One DKIM signature and what came of it."""

    domain: str
    result: str
    selector: str = ""


class SenderResult(msgspec.Struct, frozen=True):
    """What SPF said about a domain; ``scope`` is ``mfrom`` or ``helo``."""

    domain: str
    result: str
    scope: str = "mfrom"


class Row(msgspec.Struct, frozen=True):
    """Messages alike in everything below: how they came and what was done."""

    source_address: str
    disposition: str
    """``none``, ``quarantine`` or ``reject``."""
    dkim_aligned: bool
    spf_aligned: bool
    header_from: str
    envelope_from: str = ""
    signatures: tuple[SignatureResult, ...] = ()
    sender: SenderResult | None = None
    override: str = ""
    """Why something else was done than was asked for: ``local_policy``, ``trusted_forwarder``…; empty where it was not."""
    count: int = 1


class AggregateReport(msgspec.Struct, frozen=True):
    """One report. Times are seconds since 1970."""

    organisation: str
    """Who reports."""
    address: str
    """Whom to ask about it."""
    report_id: str
    begins_at: int
    ends_at: int
    policy: PublishedPolicy
    rows: tuple[Row, ...] = ()
