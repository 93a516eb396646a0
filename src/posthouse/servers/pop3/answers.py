"""What the house's errors are in the language of POP3 (RFC 2449 §8, RFC 3206)."""

from typing import Final

from posthouse.foundation.errors import AuthenticationFailed, Corrupt, Expired, PosthouseError, Retired, TemporaryFailure
from posthouse.protocols.pop3.responses import Response, ResponseCode, err, ok

GREETING: Final = "Posthouse POP3 ready"
TLS_FIRST: Final = err("STLS first: no password goes over the wire in clear", ResponseCode.AUTH)
NO_SUCH_MECHANISM: Final = err("no such authentication mechanism here")
NO_DELEGATION: Final = err("signing in on behalf of somebody else is not possible", ResponseCode.AUTH)
NO_STLS: Final = err("STLS is not available here")
SEND_PASSWORD: Final = ok("send PASS")
TOO_MANY_ERRORS: Final = err("too many errors, goodbye")
TIMED_OUT: Final = err("nothing heard for too long, goodbye")
SERVER_FULL: Final = err("too many connections, try again later", ResponseCode.SYS_TEMP)
BROKEN: Final = err("an error on our side, try again later", ResponseCode.SYS_TEMP)
NO_SUCH_LANGUAGE: Final = err("that language is not spoken here")


def response_to(error: PosthouseError) -> Response:
    """The response that says what went wrong, in the error's own words.

    A retired account is no matter of passwords: with AUTH programs would ask their owner for another one, again and again.
    """
    if isinstance(error, AuthenticationFailed | Expired):
        return err(str(error), ResponseCode.AUTH)
    if isinstance(error, TemporaryFailure):
        return err(str(error), ResponseCode.SYS_TEMP)
    return err(str(error), ResponseCode.SYS_PERM if isinstance(error, Corrupt | Retired) else None)


def too_soon(seconds: float) -> Response:
    """The response to a poll that comes too soon."""
    return err(f"too soon after the last login, wait {seconds:.0f} s", ResponseCode.LOGIN_DELAY)
