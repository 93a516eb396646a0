"""What errors of the house are on the wire."""

import pytest

from posthouse.foundation.errors import AuthenticationFailed, Corrupt, Expired, NotFound, PosthouseError, Retired, Unavailable
from posthouse.servers.pop3.answers import response_to


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (AuthenticationFailed("wrong"), b"-ERR [AUTH] wrong\r\n"),
        (Expired("this app password has expired"), b"-ERR [AUTH] this app password has expired\r\n"),
        (Retired("closed; ask the postmaster"), b"-ERR [SYS/PERM] closed; ask the postmaster\r\n"),
        (Unavailable("later"), b"-ERR [SYS/TEMP] later\r\n"),
        (Corrupt("broken"), b"-ERR [SYS/PERM] broken\r\n"),
        (NotFound("no such message"), b"-ERR no such message\r\n"),
    ],
)
def test_codes(error: PosthouseError, line: bytes) -> None:
    assert response_to(error).octets() == line
