"""Hashes of other servers, read: what is taken, what is refused and with which words."""

import base64
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.formats.password_hash.parse import InvalidHash, password_hash

BCRYPT = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"
SHA512 = "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1"
SHA256 = "$5$rounds=10000$saltstringsaltst$3xv.VbSHBb41AL9AvLeujZkZRBAwqFMz2.opqey6IcA"
MD5 = "$1$abcdefgh$G//4keteveJp0qb8z2DxG/"
SSHA = "{SSHA}" + base64.b64encode(bytes(20) + b"salt").decode()
SSHA256 = "{SSHA256}" + base64.b64encode(bytes(32) + b"salt").decode()
SSHA512 = "{SSHA512}" + base64.b64encode(bytes(64) + b"salt" * 4).decode()
ARGON2ID = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
DOVECOT_PBKDF2 = "{PBKDF2}$1$0123456789abcdef$5000$" + "ab" * 20
PBKDF2 = "$pbkdf2-sha256$6400$0ZrzXitFSGltTQnBWOsdeg$Y11AchqV4b0sUisdZd0Xr97KWoymNE0LNNrnEgY4H9M"


@pytest.mark.parametrize(
    ("text", "scheme", "rounds"),
    [
        (BCRYPT, "bcrypt", 5),
        ("{BLF-CRYPT}" + BCRYPT.replace("$2a", "$2y"), "bcrypt", 5),
        ("{CRYPT}" + SHA512, "sha512-crypt", 5_000),
        ("{sha512-crypt}" + SHA512, "sha512-crypt", 5_000),
        (SHA256, "sha256-crypt", 10_000),
        (f"  {MD5}\n", "md5-crypt", 1_000),
        (SSHA, "ssha", 1),
        ("{SSHA.b64}" + SSHA.partition("}")[2], "ssha", 1),
        (SSHA256, "ssha256", 1),
        (SSHA512, "ssha512", 1),
        (DOVECOT_PBKDF2, "pbkdf2-sha1", 5_000),
        (PBKDF2, "pbkdf2-sha256", 6_400),
        ("{PBKDF2-SHA256}" + PBKDF2.removeprefix("$pbkdf2-sha256$"), "pbkdf2-sha256", 6_400),
        ("{ARGON2ID}" + ARGON2ID, "argon2id", 2),
    ],
)
def test_what_is_taken(text: str, scheme: str, rounds: int) -> None:
    parsed = password_hash(text)
    assert (parsed.scheme, parsed.rounds) == (scheme, rounds)
    assert password_hash(parsed.text) == parsed, "what is kept reads as what was given"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no password hash"),
        ("secret", "known are bcrypt"),
        ("{PLAIN}secret", "PLAIN"),
        ("{SHA}0DPiKuNIrrVmD8IUCuw1hQxNqZc=", "SHA"),
        ("{SSHA.HEX}00", "base64"),
        ("{SSHA}!!!!", "base64"),
        ("{SSHA}" + base64.b64encode(bytes(20)).decode(), "salt"),
        ("$y$j9T$salt$hash", "known are bcrypt"),
        (BCRYPT.replace("$05$", "$31$"), "cost 31"),
        (SHA512.replace("$6$", "$6$rounds=999999999$"), "999999999 rounds"),
        (SHA512[:-1], "86 characters"),
        (MD5[:-1], "MD5-crypt"),
        (PBKDF2.replace("$6400$", "$10$"), "10 rounds"),
        (ARGON2ID.replace("m=19456", "m=9999999"), "costs too much"),
        ("$argon2id$v=16$m=8,t=1,p=1$c2FsdHNhbHQ$AAAA", "no argon2id"),
        ("é" * 60, "printable"),
        ("$6$" + "a" * 600, "at most 512"),
    ],
)
def test_what_is_refused_and_why(text: str, words: str) -> None:
    with pytest.raises(InvalidHash) as raised:
        password_hash(text)
    assert words in str(raised.value)


@given(st.text() | st.text("${}" + string.ascii_letters + string.digits + "./=,", max_size=200))
def test_anything_gives_a_hash_or_the_one_error(text: str) -> None:
    for prefix in ("", "{CRYPT}", "$6$", "$2b$", "{SSHA}", "{PBKDF2}", "$argon2id$"):
        try:
            parsed = password_hash(prefix + text)
        except InvalidHash:
            continue
        assert password_hash(parsed.text) == parsed
