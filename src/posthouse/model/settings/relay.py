"""Settings of the queue, of DNS, and of mail on its way out."""

from typing import Final, Literal

from posthouse.model.outbound import check_helo, check_source_addresses
from posthouse.model.route import check_routes
from posthouse.model.setting import Scope, Setting

_DOMAIN = (Scope.SYSTEM, Scope.DOMAIN)
_DAY = 86_400

# Queue and DNS

QUEUE_SCHEDULE: Final = Setting(
    "queue.schedule", list[int], [60, 300, 900, 1_800, 3_600, 7_200, 14_400], "Waits between attempts; the last repeats.", "seconds"
)
QUEUE_LIFETIME_SECONDS: Final = Setting(
    "queue.lifetime_seconds", int, 5 * _DAY, "Give up and notify the sender.", "seconds", 60, 30 * _DAY
)
QUEUE_DELAY_SECONDS: Final = Setting("queue.delay_seconds", int, 14_400, "Warn the sender of a delay.", "seconds", 60, 30 * _DAY)
QUEUE_PARALLEL: Final = Setting("queue.parallel", int, 50, "Deliveries at once of one worker.", "deliveries", 1, 10_000)
QUEUE_PER_DESTINATION: Final = Setting(
    "queue.per_destination", int, 10, "Deliveries at once to one destination.", "deliveries", 1, 1_000
)
QUEUE_PER_HOST: Final = Setting(
    "queue.per_host", int, 20, "Connections at once to one server, however many domains it serves.", "connections", 1, 1_000
)
QUEUE_DOUBLE_BOUNCES: Final[Setting[str]] = Setting(
    "queue.double_bounces",
    Literal["drop", "postmaster"],
    "drop",
    "What becomes of a notification that cannot be delivered: dropped with a trace, or sent to postmaster.",
)
QUEUE_HIGHEST_PRIORITY: Final = Setting(
    "queue.highest_priority", int, 3, "How urgent people may make their own messages (MT-PRIORITY).", "priority", -9, 9
)
SMTP_FUTURE_RELEASE_SECONDS: Final = Setting(
    "smtp.future_release_seconds",
    int,
    30 * _DAY,
    "How long programs may have a message held (FUTURERELEASE; 0: not offered).",
    "seconds",
    0,
    365 * _DAY,
)
ROUTES: Final[Setting[dict[str, str]]] = Setting(
    "routes",
    dict[str, str],
    {},
    "Where mail for a domain goes: smtp://user:password@host:port?tls=verified (none, opportunistic, required), smtps://host, "
    "lmtp://host:port, lmtp:/socket, qmtp://host:port, pipe:command ($recipients), refuse:text or mx; several with | between them "
    "are tried in order. .example.org stands for all domains below it, * for all others. Set for a domain: mail sent by it.",
    scopes=_DOMAIN,
    check=check_routes,
    secret=True,
)
RELAY_SOURCE_ADDRESSES: Final[Setting[list[str]]] = Setting(
    "relay.source_addresses",
    list[str],
    [],
    "IPv4 and IPv6 address mail is sent from (at most one of each); empty: the system's choice. Set for a domain: mail sent by it.",
    scopes=_DOMAIN,
    check=check_source_addresses,
)
RELAY_HELO: Final = Setting(
    "relay.helo",
    str,
    "",
    "Name this server introduces itself with when it sends; empty: its host name.",
    scopes=_DOMAIN,
    check=check_helo,
)
RELAY_DANE: Final = Setting("relay.dane", bool, True, "Check certificates by DANE where the resolver vouches for the DNS.")
RELAY_MTA_STS: Final = Setting("relay.mta_sts", bool, True, "Fetch and obey the MTA-STS policies of other domains.")
DNS_RESOLVERS: Final[Setting[list[str]]] = Setting(
    "dns.resolvers", list[str], [], "host:port of each resolver; empty: those of the machine."
)
DNS_SECONDS: Final = Setting("dns.seconds", float, 5.0, "Time budget of one question.", "seconds", 0.1, 60.0)

# Signatures

DKIM_SIGN: Final = Setting(
    "dkim.sign", bool, True, "Sign mail of the domain with its active DKIM keys.", scopes=_DOMAIN, delegated=True
)
DKIM_RETIRING_DAYS: Final = Setting(
    "dkim.retiring_days", int, 14, "How long a key that signs no more stays published, for mail still on its way.", "days", 1, 365
)
