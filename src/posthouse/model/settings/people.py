"""Settings of mailboxes, of addresses, and of who may do what with them."""

from typing import Final, Literal

from posthouse.model.people.names import check_characters
from posthouse.model.setting import Scope, Setting

_DOMAIN = (Scope.SYSTEM, Scope.DOMAIN)
_DAY = 86_400

# Mail

UNDELETE_SECONDS: Final = Setting(
    "mail.undelete_seconds", int, 14 * _DAY, "How long expunged messages are kept.", "seconds", 0, 3_650 * _DAY
)
QUOTA_OCTETS: Final = Setting(
    "mail.quota_octets", int, 5_000_000_000, "Quota of a new mailbox (0: none).", "octets", 0, scopes=_DOMAIN
)

# Addresses

ADDRESS_CHARACTERS: Final = Setting(
    "address.characters",
    str,
    "",
    "Characters allowed in new addresses beside a-z 0-9 . _ -; + would hide the subaddresses of others.",
    scopes=_DOMAIN,
    check=check_characters,
)
ADDRESS_FORMER_DAYS: Final = Setting(
    "address.former_days", int, 30, "How long mail to the former address of a renamed mailbox arrives.", "days", 0, 3_650, _DOMAIN
)
REMOVED_DAYS: Final = Setting(
    "account.removed_days",
    int,
    30,
    "How long a removed mailbox can be restored before its mail goes for ever (0: it goes at once).",
    "days",
    0,
    3_650,
    _DOMAIN,
)

# Addresses nobody has

UNKNOWN: Final[Setting[str]] = Setting(
    "unknown.choice",
    Literal["reject", "forward", "bounce"],
    "reject",
    "Mail for an address nobody has: reject it; forward it to an address, which then gets the spam for all names that are guessed; "
    "or bounce it with a text. Until unknown.until; posthouse domain unknown sets both.",
    scopes=_DOMAIN,
)
UNKNOWN_ADDRESS: Final = Setting("unknown.address", str, "", "Whom mail for an address nobody has is forwarded to.", scopes=_DOMAIN)
UNKNOWN_TEXT: Final = Setting("unknown.text", str, "", "What who writes to an address nobody has is told.", scopes=_DOMAIN)
UNKNOWN_UNTIL: Final = Setting(
    "unknown.until",
    float,
    0.0,
    "Until when mail for addresses nobody has is forwarded or bounced.",
    "seconds since 1970",
    0,
    scopes=_DOMAIN,
)

# Submitting

SUBMIT_ALSO_FROM: Final[Setting[list[str]]] = Setting(
    "submit.also_from",
    list[str],
    [],
    "Addresses people may send from although they are not theirs: alice@example.com, *@example.com.",
    scopes=(Scope.SYSTEM, Scope.DOMAIN, Scope.GROUP, Scope.ACCOUNT),
)

SUBMIT_DELEGATES: Final[Setting[list[str]]] = Setting(
    "submit.delegates",
    list[str],
    [],
    "Addresses of people who may send as this account.",
    scopes=(Scope.SYSTEM, Scope.ACCOUNT),
    delegated=True,
)

# Sharing

SHARING_ANYONE: Final = Setting(
    "sharing.anyone", bool, False, "People may give rights on their mailboxes to everybody who can sign in."
)
QUOTA_WARNING_PERCENT: Final = Setting(
    "quota.warning_percent", int, 90, "A mailbox that is so full is spoken of once a session (0: never).", "percent", 0, 100
)
METADATA_ADMIN: Final = Setting(
    "metadata.admin", str, "", "Whom to ask for help, as a URI such as mailto:postmaster@example.org (METADATA /shared/admin)."
)
