"""Settings of what is done about guesses, and of connections and requests in numbers."""

from typing import Final

from posthouse.model.setting import Setting

_DAY = 86_400

# Guessing passwords

GUARD: Final = Setting("guard.enabled", bool, True, "Count failed sign-ins and block where there are too many.")
GUARD_ALLOW: Final[Setting[list[str]]] = Setting(
    "guard.allow", list[str], ["127.0.0.0/8", "::1"], "Addresses and networks from where failed sign-ins are not counted."
)
GUARD_CONTACT: Final = Setting(
    "guard.contact", str, "", "Whom to ask, shown at /ip: a telephone number, office hours, what to do in an emergency."
)
GUARD_ADDRESS_FAILURES: Final = Setting(
    "guard.address_failures",
    int,
    10,
    "Different wrong secrets of one address (IPv6: /64) within the window before it is blocked.",
    "failures",
    2,
    1_000_000,
)
GUARD_NETWORK_FAILURES: Final = Setting(
    "guard.network_failures",
    int,
    50,
    "Of one network (/24, IPv6 /48) before it is blocked; also for one account where its owner has signed in lately.",
    "failures",
    2,
    1_000_000,
)
GUARD_ACCOUNT_FAILURES: Final = Setting(
    "guard.account_failures",
    int,
    100,
    "For one account before it is blocked for networks from where nobody has signed in to it for 30 days.",
    "failures",
    2,
    1_000_000,
)
GUARD_WINDOW_SECONDS: Final = Setting("guard.window_seconds", int, 3_600, "Failures count together so long.", "seconds", 60, _DAY)
GUARD_BLOCK_SECONDS: Final = Setting(
    "guard.block_seconds", int, 300, "How long a first block lasts; each further one twice as long.", "seconds", 1, _DAY
)
GUARD_LONGEST_SECONDS: Final = Setting("guard.longest_seconds", int, _DAY, "The longest block.", "seconds", 1, 30 * _DAY)

# Connections

CONNECTIONS_TOTAL: Final = Setting("connections.total", int, 20_000, "Connections of one worker.", "connections", 10, 1_000_000)
CONNECTIONS_PER_ADDRESS: Final = Setting(
    "connections.per_address", int, 32, "Unauthenticated connections of one address at once.", "connections", 1, 100_000
)
CONNECTIONS_PER_MINUTE: Final = Setting(
    "connections.per_minute", int, 32, "New unauthenticated connections of one address in a minute.", "connections", 1, 1_000_000
)
CONNECTIONS_LIMITED: Final = Setting("connections.limited", bool, True, "Apply the limits of connections per address.")

# Programs that administer

API_REQUESTS_PER_MINUTE: Final = Setting(
    "api.requests_per_minute", int, 600, "Requests of one account through the HTTP API.", "requests", 1, 100_000
)
API_FAILURES_PER_MINUTE: Final = Setting(
    "api.failures_per_minute",
    int,
    30,
    "Requests without a valid token from one address before the answer is 429.",
    "requests",
    1,
    10_000,
)
