"""The vectors of RFC 4226 and RFC 6238, clocks that drift, codes that come twice."""

import base64
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.formats.one_time.totp import DRIFT, STEP_SECONDS, hotp, key_uri, matching_step, secret_text, step_of

SECRET = b"12345678901234567890"


def test_the_vectors_of_rfc_4226() -> None:
    assert [hotp(SECRET, counter) for counter in range(10)] == [
        "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("now", "code"),
    [
        (59, "94287082"),
        (1_111_111_109, "07081804"),
        (1_111_111_111, "14050471"),
        (1_234_567_890, "89005924"),
        (2_000_000_000, "69279037"),
        (20_000_000_000, "65353130"),
    ],
)
def test_the_vectors_of_rfc_6238(now: int, code: str) -> None:
    assert hotp(SECRET, step_of(now), 8) == code
    assert matching_step(SECRET, code[2:], now, after=-1) == step_of(now)


@given(st.binary(min_size=16, max_size=32), st.integers(1_000, 4_000_000_000), st.integers(-5, 5))
def test_a_clock_may_be_one_step_off_and_no_code_counts_twice(secret: bytes, now: int, drift: int) -> None:
    step = step_of(now) + drift
    near = {hotp(secret, step_of(now) + each): step_of(now) + each for each in range(-DRIFT, DRIFT + 1)}
    found = matching_step(secret, hotp(secret, step), now, after=-1)
    assert found == near.get(hotp(secret, step))
    assert abs(drift) > DRIFT or found is not None
    if found is not None:
        assert matching_step(secret, hotp(secret, step), now, after=found) is None
        assert matching_step(secret, hotp(secret, step), now + STEP_SECONDS, after=found) in {None, found + 1, found + 2}


@given(st.text(max_size=12))
def test_anything_else_is_no_code(code: str) -> None:
    if not (len(code) == 6 and code.isascii() and code.isdigit()):
        assert matching_step(SECRET, code, 59, after=-1) is None


def test_the_uri_has_what_programs_want() -> None:
    uri = urlsplit(key_uri(SECRET, "mail.example.test", "alice+x@example.test"))
    assert (uri.scheme, uri.netloc, unquote(uri.path)) == ("otpauth", "totp", "/mail.example.test:alice+x@example.test")
    values = parse_qs(uri.query)
    assert base64.b32decode(values["secret"][0]) == SECRET
    assert (values["issuer"], values["digits"], values["period"]) == (["mail.example.test"], ["6"], ["30"])
    assert secret_text(b"abc") == "MFRGG"
