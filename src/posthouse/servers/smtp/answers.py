"""What the house's errors are in the language of SMTP, and the words only this server says."""

from typing import Final

from posthouse.foundation.errors import (
    AuthenticationFailed,
    Expired,
    Invalid,
    LimitReached,
    NotFound,
    NotPermitted,
    OutOfSpace,
    OverQuota,
    PosthouseError,
    Refused,
    Retired,
    TemporaryFailure,
    TooLarge,
    Unavailable,
)
from posthouse.protocols.smtp.codes import Code, Detail
from posthouse.protocols.smtp.replies import Reply
from posthouse.services.brakes.limits import SendingLimited
from posthouse.services.receive.checks.refusals import (
    Blocked,
    Greylisted,
    NullMxSender,
    Unauthentic,
    Undecided,
    UnknownSender,
)
from posthouse.services.receive.receiver import LoopingMessage
from posthouse.services.receive.reception import Reception
from posthouse.services.receive.sizes import TooLargeForMailbox

_REPLIES: Final[tuple[tuple[type[PosthouseError], Code, Detail], ...]] = (
    (NullMxSender, Code.MAILBOX_UNAVAILABLE, Detail.NULL_MX_SENDER),
    (UnknownSender, Code.MAILBOX_UNAVAILABLE, Detail.BAD_SENDER_SYSTEM),
    (Blocked, Code.TRANSACTION_FAILED, Detail.NOT_AUTHORIZED),
    (Unauthentic, Code.MAILBOX_UNAVAILABLE, Detail.NOT_AUTHORIZED),
    (Greylisted, Code.MAILBOX_BUSY, Detail.NOT_AUTHORIZED),
    (Undecided, Code.LOCAL_ERROR, Detail.DIRECTORY_FAILURE),
    (LoopingMessage, Code.TRANSACTION_FAILED, Detail.ROUTING_LOOP),
    (NotFound, Code.MAILBOX_UNAVAILABLE, Detail.BAD_MAILBOX),
    (Retired, Code.MAILBOX_UNAVAILABLE, Detail.MAILBOX_DISABLED),
    (NotPermitted, Code.MAILBOX_UNAVAILABLE, Detail.NOT_AUTHORIZED),
    (OverQuota, Code.INSUFFICIENT_STORAGE, Detail.MAILBOX_FULL),
    (TooLargeForMailbox, Code.EXCEEDED_STORAGE, Detail.MESSAGE_TOO_LONG),
    (TooLarge, Code.EXCEEDED_STORAGE, Detail.MESSAGE_TOO_BIG),
    (Invalid, Code.MAILBOX_UNAVAILABLE, Detail.CONTENT),
    (OutOfSpace, Code.INSUFFICIENT_STORAGE, Detail.SYSTEM_FULL),
    (SendingLimited, Code.MAILBOX_BUSY, Detail.NOT_AUTHORIZED),
    (LimitReached, Code.INSUFFICIENT_STORAGE, Detail.TOO_MANY_RECIPIENTS),
    (TemporaryFailure, Code.LOCAL_ERROR, Detail.SYSTEM),
    (Refused, Code.TRANSACTION_FAILED, Detail.POLICY),
    (PosthouseError, Code.LOCAL_ERROR, Detail.SYSTEM),
)
"""The first that fits. Over quota is temporary: a mailbox empties, and the sender's server tries for days."""

ELSEWHERE: Final = Reply(
    Code.COMMAND_NOT_IMPLEMENTED,
    "no authentication here: send mail through port 465 (TLS) or 587 (STARTTLS)",
    Detail.INVALID_COMMAND,
)
AUTHENTICATE_FIRST: Final = Reply(Code.AUTHENTICATION_REQUIRED, "authenticate first", Detail.POLICY)
STARTTLS_FIRST: Final = Reply(Code.AUTHENTICATION_REQUIRED, "STARTTLS first", Detail.POLICY)
ENCRYPTION_REQUIRED: Final = Reply(
    Code.ENCRYPTION_REQUIRED, "STARTTLS first: no password goes over the wire in clear", Detail.ENCRYPTION_REQUIRED
)
NO_SUCH_MECHANISM: Final = Reply(Code.PARAMETER_NOT_IMPLEMENTED, "no such authentication mechanism here", Detail.INVALID_ARGUMENTS)
NO_DELEGATION: Final = Reply(
    Code.AUTHENTICATION_INVALID, "signing in on behalf of somebody else is not possible", Detail.AUTHENTICATION_INVALID
)
WELCOME: Final = Reply(Code.AUTHENTICATED, "welcome", Detail.POLICY)
TIMED_OUT: Final = Reply(Code.SERVICE_NOT_AVAILABLE, "nothing heard for too long, goodbye", Detail.BAD_CONNECTION)
TOO_MANY_ERRORS: Final = Reply(Code.SERVICE_NOT_AVAILABLE, "too many errors, goodbye", Detail.POLICY)
TOO_LITTLE_MAIL: Final = Reply(Code.SERVICE_NOT_AVAILABLE, "too many commands and no message, goodbye", Detail.POLICY)
TOO_EARLY: Final = Reply(Code.TRANSACTION_FAILED, "you spoke before the greeting, goodbye", Detail.POLICY)
SERVER_FULL: Final = Reply(Code.SERVICE_NOT_AVAILABLE, "too many connections, try again later", Detail.NOT_ACCEPTING)
BROKEN: Final = Reply(Code.SERVICE_NOT_AVAILABLE, "an error on our side, try again later", Detail.UNDEFINED)
NO_QUEUE_RUNS: Final = Reply(Code.COMMAND_NOT_IMPLEMENTED, "ETRN is not available here", Detail.INVALID_COMMAND)
HELP: Final = Reply(Code.HELP, "commands: EHLO MAIL RCPT DATA BDAT RSET NOOP QUIT; see RFC 5321", Detail.UNDEFINED)


def reply_to(error: PosthouseError) -> Reply:
    """The reply that says what went wrong, in the error's own words."""
    for kind, code, detail in _REPLIES:
        if isinstance(error, kind):
            return Reply(code, str(error), detail)
    raise AssertionError("every PosthouseError has a reply")


def authentication_reply(error: PosthouseError) -> Reply:
    """The reply to an AUTH that did not work out: never 5xx for our own trouble, or programs ask for a new password."""
    if isinstance(error, AuthenticationFailed | Expired):
        return Reply(Code.AUTHENTICATION_INVALID, str(error), Detail.AUTHENTICATION_INVALID)
    if isinstance(error, Refused):
        return Reply(Code.AUTHENTICATION_INVALID, str(error), Detail.NOT_AUTHORIZED)
    return Reply(Code.TEMPORARY_AUTHENTICATION_FAILURE, str(error), Detail.POLICY)


def ending_reply(reason: PosthouseError) -> Reply:
    """The last words to a connection or a session that a limit or the house ends; X.3.2 where it stops."""
    detail = Detail.NOT_ACCEPTING if isinstance(reason, Unavailable) else Detail.POLICY
    return Reply(Code.SERVICE_NOT_AVAILABLE, str(reason), detail)


def kept_reply(reception: Reception, *, delivered: bool) -> Reply:
    """The 250 after the content: from here on the message is ours."""
    words = "delivered" if delivered else "accepted"
    return Reply(Code.OK, f"{words} as {reception.trace}", Detail.UNDEFINED)
