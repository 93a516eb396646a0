"""The signed message of RFC 6376 Appendix A, octet by octet: simple forms allow no change."""

import pytest
from tests.support.asked import answered
from tests.support.dkim_messages import BODY, HEAD

from posthouse.trust.dkim.verify import Result, Verdict, examine, verify

SIGNATURE = (
    b"DKIM-Signature: v=1; a=rsa-sha256; s=brisbane; d=example.com;\r\n"
    b"      c=simple/simple; q=dns/txt; i=joe@football.example.com;\r\n"
    b"      h=Received : From : To : Subject : Date : Message-ID;\r\n"
    b"      bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
    b"      b=AuUoFEfDxTDkHlLXSZEpZj79LICEps6eda7W3deTVFOk4yAUoqOB\r\n"
    b"      4nujc7YopdG5dWLSdNg6xNAZpOPr+kHxt1IrE+NahM6L/LbvaHut\r\n"
    b"      KVdkLLkpVaVVQPzeRDI009SO2Il5Lu7rDNH6mZckBdrIx0orEtZV\r\n"
    b"      4bmp/YzhwvcubU4=;\r\n"
)
RECEIVED = (
    b"Received: from client1.football.example.com  [192.0.2.1]\r\n"
    b"      by submitserver.example.com with SUBMISSION;\r\n"
    b"      Fri, 11 Jul 2003 21:01:54 -0700 (PDT)\r\n"
)
TEXT = BODY.replace(b"  ", b" ")
KEY = (
    "v=DKIM1; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1fWn7/zYtIxN2SnFCjxOCKG9v3b4j"
    "YfcTNh5ijSsq631uBItLa7od+v/RtdC2UzJ1lWT947qR+Rcac2gbto/NMqJ0fzfVjH4OuKhitdY9tf6mcwGjaNBcWToIMmPSPDdQPNUYckcQ2QIDAQAB"
)


def verdict(head: bytes, body: bytes) -> Verdict:
    zone = {("brisbane._domainkey.example.com", "TXT"): (KEY,)}
    (found,) = answered(verify(examine(head, [body]), 1_100_000_000), zone)
    return found


def test_the_message_as_it_is() -> None:
    found = verdict(SIGNATURE + RECEIVED + HEAD, TEXT)
    assert (found.result, found.identity, found.key_bits) == (Result.PASS, "joe@football.example.com", 1024)


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (SIGNATURE + RECEIVED.replace(b"  [", b" ["), TEXT),
        (SIGNATURE.replace(b"      4nu", b"     4nu") + RECEIVED.replace(b"Received", b"RECEIVED"), TEXT),
        (SIGNATURE + RECEIVED, BODY),
        (SIGNATURE + RECEIVED, TEXT.replace(b"Hi.", b"Hi. ")),
    ],
)
def test_no_white_space_may_change(head: bytes, body: bytes) -> None:
    assert verdict(head + HEAD, body).result is Result.FAIL


def test_empty_lines_at_the_end_may() -> None:
    assert verdict(SIGNATURE + RECEIVED + HEAD, TEXT + b"\r\n\r\n").result is Result.PASS
