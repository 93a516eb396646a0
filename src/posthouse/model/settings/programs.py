"""Settings of mail programs: IMAP and POP3."""

from typing import Final

from posthouse.model.setting import Scope, Setting

_DOMAIN = (Scope.SYSTEM, Scope.DOMAIN)
_DAY = 86_400

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
