"""A message on its way in, as far as it has come."""

from dataclasses import dataclass, field

import msgspec

from posthouse.filters.verdict import Finding
from posthouse.formats.address.mailbox import format_mailbox
from posthouse.formats.address.value import Address
from posthouse.foundation.errors import PosthouseError
from posthouse.foundation.ids import TraceId, to_text
from posthouse.model.principal import Principal
from posthouse.services.receive.intake import Intake
from posthouse.services.receive.recipients import Resolved


class Client(msgspec.Struct, frozen=True):
    """Who hands the message over."""

    address: str
    """IP address; empty where the message comes from inside the house."""
    name: str
    """As it introduced itself (EHLO), unchecked."""
    protocol: str
    """The word of the Received field's ``with`` (RFC 3848): ``ESMTPS``, ``LMTP``…"""
    tls: str = ""
    """Protocol version and cipher; empty without TLS."""


class Sender(msgspec.Struct, frozen=True):
    """The sender's half of the envelope."""

    reverse_path: Address | None
    """None is the null reverse-path."""
    smtputf8: bool = False
    eight_bit: bool = False
    binary: bool = False
    return_content: str = ""
    """FULL, HDRS or empty (RFC 3461 §4.3)."""
    envelope_id: str = ""
    require_tls: bool = False
    hold_for: int = 0
    """Seconds (RFC 4865); so is ``hold_until``, since 1970."""
    hold_until: int = 0
    deliver_within: int = 0
    """Seconds, with what is to happen then: ``R``, ``N``, ``T`` behind it, or empty (RFC 2852)."""
    deliver_mode: str = ""
    priority: int = 0
    size_octets: int = 0
    """As the client says beforehand (RFC 1870); 0 where it does not."""

    @property
    def text(self) -> str:
        """The reverse-path as in an envelope: ``local@domain`` or empty."""
        return "" if self.reverse_path is None else format_mailbox(self.reverse_path)


class Wanted(msgspec.Struct, frozen=True):
    """One recipient as the client asked for it."""

    address: Address
    original_recipient: str = ""
    """ORCPT as given, decoded: ``rfc822;alice@example.org`` (RFC 3461 §4.2)."""
    notify: int = 0
    """``model.delivery.Notify`` bits."""


class Expected(msgspec.Struct, frozen=True):
    """One recipient that is accepted, and where its mail goes."""

    wanted: Wanted
    resolved: Resolved
    claimed: bool = False
    """The sender may write to it only if it is who it says."""
    size_limit: int = 0
    """Octets of the largest message it takes; 0: what the house takes."""


@dataclass(slots=True)
class Reception:
    """Made at MAIL, filled by RCPT and the content, done when it is accepted, refused or forgotten."""

    trace_id: TraceId
    received_at: float
    client: Client
    sender: Sender
    intake: Intake
    principal: Principal | None = None
    """Who submits it; None for mail from outside."""
    judged: bool = False
    """It comes from outside, and is checked."""
    relays: bool = False
    """Its client may send to anywhere without signing in."""
    trace: str = field(init=False)
    """The trace id as people see it."""
    recipients: list[Expected] = field(default_factory=list)
    examined: bool = False
    """Client and sender have been looked at."""
    refusal: PosthouseError | None = None
    """What the first recipient was told, and every later one is."""
    trusted: bool = False
    """Somebody has said that this client or sender is not to be checked."""
    client_host: str = ""
    """The client's name, where it leads back to its address."""
    turned_away: int = 0
    """Recipients that were not accepted."""
    findings: list[Finding] = field(default_factory=list)
    """What the checks found, in their order."""
    result_fields: bytes = b""
    """Authentication-Results to be put on top, with CRLF."""
    junk: str = ""
    """Why it goes to Junk; empty where it does not."""
    answerable: bool = True
    """The sender is who it says: a notification would reach whom it should."""

    def __post_init__(self) -> None:
        """Write the trace id once."""
        self.trace = to_text(self.trace_id)

    @property
    def weight(self) -> float:
        """What the findings come to."""
        return sum(finding.weight for finding in self.findings)

    def note_once(self, finding: Finding) -> None:
        """Add what may be found for several recipients alike."""
        if finding not in self.findings:
            self.findings.append(finding)
