"""Every setting of the service, declared once (capability B11). The reference page is made from this module."""

from typing import Any, Final, Literal

from posthouse.foundation import limits
from posthouse.model.outbound import check_helo, check_source_addresses
from posthouse.model.people.names import check_characters
from posthouse.model.route import check_routes
from posthouse.model.setting import Scope, Setting
from posthouse.model.traffic import sending

_DOMAIN = (Scope.SYSTEM, Scope.DOMAIN)
_DAY = 86_400

# Receiving and submitting

SMTP_MESSAGE_OCTETS: Final = Setting(
    "smtp.message_octets", int, limits.MESSAGE_OCTETS, "Largest message accepted.", "octets", 65_536, 2_147_483_647
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

# Judging what comes from outside (port 25)

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

# Clients

IMAP_IDLE_SECONDS: Final = Setting("imap.idle_seconds", int, 1_800, "Autologout of a silent session.", "seconds", 1_800, 86_400)
IMAP_LOGIN_SECONDS: Final = Setting("imap.login_seconds", int, 180, "Time to sign in.", "seconds", 10, 3_600)
IMAP_UNAUTHENTICATE: Final = Setting(
    "imap.unauthenticate", bool, True, "Offer UNAUTHENTICATE: programs that serve many people may use one connection for all."
)
IMAP_SUBMISSION_SERVERS: Final[Setting[list[str]]] = Setting(
    "imap.submission_servers",
    list[str],
    [],
    "Accounts as which other submission servers fetch URLs that were authorised for submission (URLAUTH, BURL).",
    "addresses",
)
IMAP_MESSAGE_LIMIT: Final = Setting(
    "imap.message_limit",
    int,
    0,
    "Messages that one command may be about, announced to programs as MESSAGELIMIT (0: no limit).",
    "messages",
    0,
    1_000_000,
)
IMAP_ERRORS: Final = Setting("imap.errors", int, 50, "Wrong commands in a row before BYE.", "commands", 5, 10_000)
POP3_IDLE_SECONDS: Final = Setting("pop3.idle_seconds", int, 600, "Autologout of a silent session.", "seconds", 600, 86_400)
POP3_LOGIN_DELAY_SECONDS: Final = Setting(
    "pop3.login_delay_seconds", int, 0, "Least time between two polls of a mailbox (0: none).", "seconds", 0, 3_600, _DOMAIN
)
POP3_EXPIRE_DAYS: Final = Setting(
    "pop3.expire_days",
    int,
    0,
    "Remove messages from the inbox this long after a POP3 program has last retrieved them (0: never).",
    "days",
    0,
    3_650,
    (Scope.SYSTEM, Scope.DOMAIN, Scope.GROUP, Scope.ACCOUNT),
)
POP3_ERRORS: Final = Setting("pop3.errors", int, 20, "Wrong commands before the connection is closed.", "commands", 5, 10_000)

# Signing in

AUTH_PLAINTEXT_LOOPBACK: Final = Setting(
    "auth.plaintext_loopback", bool, False, "Accept passwords without TLS from the machine itself."
)
AUTH_APP_PASSWORDS_ONLY: Final = Setting(
    "auth.app_passwords_only",
    bool,
    True,
    "Mail programs must use app passwords, not the account password.",
    scopes=_DOMAIN,
    delegated=True,
)
AUTH_SCRAM: Final[Setting[str]] = Setting(
    "auth.scram",
    Literal["auto", "on", "off"],
    "auto",
    "Offer SCRAM, with which app passwords are proved instead of sent: on, off, or auto, while auth.app_passwords_only holds for "
    "the system; programs that hold an account password would choose it too, and fail.",
)
AUTH_SCRAM_BINDING: Final[Setting[str]] = Setting(
    "auth.scram_binding",
    Literal["off", "tls-server-end-point"],
    "off",
    "Offer SCRAM also bound to the certificate (SCRAM-SHA-256-PLUS, SCRAM-SHA-1-PLUS). Programs that know only tls-unique or "
    "tls-exporter choose it too, and fail.",
)
AUTH_CRAM_MD5: Final = Setting(
    "auth.cram_md5", bool, False, "Offer CRAM-MD5, for devices that know nothing better; it works with app passwords only."
)
AUTH_DEFAULT_DOMAIN: Final = Setting(
    "auth.default_domain", str, "", "Domain of whoever signs in with the part before @ only; empty: the whole address is wanted."
)
PASSWORD_POLICY: Final = Setting("auth.password_policy", bool, True, "Refuse weak account passwords.", scopes=_DOMAIN)
PASSWORD_CHARACTERS: Final = Setting(
    "auth.password_characters", int, 8, "Least length of an account password.", "characters", 6, 128, _DOMAIN
)
PASSWORD_CLASSES: Final = Setting(
    "auth.password_classes",
    int,
    4,
    "How many of lower case, upper case, digits and symbols an account password must have.",
    "classes",
    1,
    4,
    _DOMAIN,
)
PASSWORD_PHRASE_OCTETS: Final = Setting(
    "auth.password_phrase_octets",
    int,
    20,
    "A pass phrase as long as this needs no mixture of characters.",
    "octets",
    12,
    200,
    _DOMAIN,
)

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

REGISTRY: Final[dict[str, Setting[Any]]] = {
    setting.key: setting for setting in [*globals().values(), *vars(sending).values()] if isinstance(setting, Setting)
}
"""All of them by key."""
