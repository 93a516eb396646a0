"""Settings by which mail from outside is judged (port 25), and of the reports about it."""

from typing import Final, Literal

from posthouse.model.setting import Scope, Setting

_DOMAIN = (Scope.SYSTEM, Scope.DOMAIN)
_DAY = 86_400

RECEIVE_ALLOW: Final[Setting[list[str]]] = Setting(
    "receive.allow",
    list[str],
    [],
    "Clients and senders that are not checked: addresses, networks, host names, domains, mail addresses; * stands for anything.",
    scopes=_DOMAIN,
    delegated=True,
)
RECEIVE_BLOCK: Final[Setting[list[str]]] = Setting(
    "receive.block",
    list[str],
    [],
    "Clients and senders that are refused; written as receive.allow, which wins.",
    scopes=_DOMAIN,
    delegated=True,
)
RECEIVE_REVERSE_DNS: Final = Setting(
    "receive.reverse_dns", bool, True, "Look up the client's name, and whether it leads back to it."
)
RECEIVE_HELLO: Final[Setting[str]] = Setting(
    "receive.hello",
    Literal["off", "note", "refuse"],
    "note",
    "A client whose EHLO name is no host name or does not exist: off, note (it gains weight) or refuse.",
)
RECEIVE_SENDER_DOMAIN: Final[Setting[str]] = Setting(
    "receive.sender_domain",
    Literal["off", "note", "refuse"],
    "refuse",
    "A sender whose domain can receive no answer: off, note or refuse.",
)
RECEIVE_LISTS: Final[Setting[dict[str, float]]] = Setting(
    "receive.lists",
    dict[str, float],
    {},
    "DNS block lists and, with negative weight, allow lists: zone=weight, or zone:127.0.0.2-11=weight for some answers only.",
)
RECEIVE_REFUSE_WEIGHT: Final = Setting(
    "receive.refuse_weight", float, 9.0, "Clients of this weight and above are refused (0: never).", "points", 0, 1_000
)
GREYLIST: Final = Setting("greylist.enabled", bool, True, "Ask unknown senders to try again.", scopes=_DOMAIN, delegated=True)
GREYLIST_DELAY_SECONDS: Final = Setting(
    "greylist.delay_seconds", int, 60, "Least time until an unknown sender may try again.", "seconds", 1, 3_600
)
GREYLIST_RETRY_SECONDS: Final = Setting(
    "greylist.retry_seconds", int, 2 * _DAY, "Time within which it must try again.", "seconds", 600, 14 * _DAY
)
GREYLIST_KEEP_SECONDS: Final = Setting(
    "greylist.keep_seconds",
    int,
    36 * _DAY,
    "How long a sender that came back is known without writing.",
    "seconds",
    _DAY,
    400 * _DAY,
)
AUTHENTICITY: Final = Setting("receive.authenticity", bool, True, "Check SPF, DKIM, DMARC and ARC of what comes from outside.")
DMARC_ENFORCE: Final = Setting(
    "dmarc.enforce",
    bool,
    True,
    "Do with mail that fails DMARC what its domain asks for: refuse it, or put it into Junk.",
)
DMARC_REPORTS: Final = Setting(
    "dmarc.reports", bool, True, "Tell domains that ask for it, once a day, how mail in their name fared here (aggregate reports)."
)
TLS_REPORTS: Final = Setting(
    "tls.reports", bool, True, "Tell domains that ask for it, once a day, how TLS with their servers went (RFC 8460)."
)
REPORTS_FROM: Final = Setting("reports.from", str, "", "Address reports are sent from; empty: postmaster of the first domain.")
MTA_STS_MODE: Final[Setting[str]] = Setting(
    "tls.sts_mode",
    Literal["none", "testing", "enforce"],
    "testing",
    "What other servers shall do that cannot reach us with TLS as it should be: report (testing), or send nothing (enforce).",
    scopes=_DOMAIN,
)
MTA_STS_MAX_AGE_SECONDS: Final = Setting(
    "tls.sts_max_age_seconds", int, 7 * _DAY, "How long others remember our MTA-STS policy.", "seconds", 3_600, 31_557_600, _DOMAIN
)
AMBIGUOUS_FROM: Final[Setting[str]] = Setting(
    "receive.ambiguous_from",
    Literal["note", "junk", "refuse"],
    "junk",
    "A message without From, with several, or with one that programs read differently: note, junk or refuse.",
)
ARC_TRUSTED: Final[Setting[list[str]]] = Setting(
    "arc.trusted", list[str], [], "Domains of forwarders and lists whose ARC seals excuse a failure of DMARC."
)
