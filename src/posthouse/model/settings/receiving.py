"""Settings of reception and submission over SMTP."""

from typing import Final, Literal

from posthouse.foundation import limits
from posthouse.model.setting import Scope, Setting

_EVERYWHERE = (Scope.SYSTEM, Scope.DOMAIN, Scope.GROUP, Scope.ACCOUNT)

SMTP_MESSAGE_OCTETS: Final = Setting(
    "smtp.message_octets", int, limits.MESSAGE_OCTETS, "Largest message accepted.", "octets", 65_536, 2_147_483_647
)
RECEIVE_MESSAGE_OCTETS: Final = Setting(
    "receive.message_octets",
    int,
    0,
    "Largest message a mailbox takes, if that is less than smtp.message_octets (0: it is not).",
    "octets",
    0,
    2_147_483_647,
    _EVERYWHERE,
    delegated=True,
)
SEND_MESSAGE_OCTETS: Final = Setting(
    "send.message_octets",
    int,
    0,
    "Largest message a mailbox may send, if that is less than smtp.message_octets (0: it is not).",
    "octets",
    0,
    2_147_483_647,
    _EVERYWHERE,
    delegated=True,
)
SMTP_RECIPIENTS: Final = Setting(
    "smtp.recipients", int, 1_000, "Recipients of one message; RFC 5321 asks for at least 100.", "recipients", 100, 100_000
)
SMTP_ERRORS: Final = Setting("smtp.errors", int, 5, "Wrong commands before the connection is closed.", "commands", 1, 1_000)
SMTP_IDLE_SECONDS: Final = Setting("smtp.idle_seconds", int, 300, "Wait for the next command or data.", "seconds", 5, 3_600)
SMTP_HOPS: Final = Setting("smtp.hops", int, 32, "Received fields before a message counts as looping.", "fields", 10, 1_000)
SMTP_FUTILE_COMMANDS: Final = Setting(
    "smtp.futile_commands", int, 100, "RSET, NOOP, HELO, VRFY without a message between before 421.", "commands", 5, 10_000
)
SMTP_BARE_NEWLINES: Final[Setting[str]] = Setting(
    "smtp.bare_newlines",
    Literal["reject", "accept"],
    "reject",
    "Bare CR or LF in a message: reject (the safe choice against smuggling) or accept.",
)

SMTP_TARPIT_SECONDS: Final = Setting(
    "smtp.tarpit_seconds",
    float,
    2.0,
    "Wait before an answer to the third wrong command or recipient and each later one.",
    "seconds",
    0,
    30,
)
SMTP_GREETING_SECONDS: Final = Setting(
    "smtp.greeting_seconds", float, 0.0, "Wait before the greeting on port 25; who speaks before it is sent away.", "seconds", 0, 30
)
SMTP_STRANGERS_PER_HOUR: Final = Setting(
    "smtp.strangers_per_hour",
    int,
    200,
    "Refused recipients of one address in an hour; then its connections end at the next one.",
    "recipients",
    5,
    1_000_000,
)

SMTP_VRFY: Final = Setting("smtp.vrfy", bool, False, "Answer VRFY: whether there is such a mailbox.")
SMTP_EXPN: Final = Setting("smtp.expn", bool, False, "Answer EXPN: whom an alias stands for.")
SMTP_ETRN: Final = Setting("smtp.etrn", bool, False, "Answer ETRN: whoever asks has the mail for a domain tried again at once.")
SMTP_RELAY_FROM: Final[Setting[list[str]]] = Setting(
    "smtp.relay_from", list[str], [], "Addresses and networks of machines that may send through port 25 to anywhere, unchecked."
)
