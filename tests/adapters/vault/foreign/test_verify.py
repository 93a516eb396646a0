"""Published vectors of every scheme, and what each of them must refuse."""

import base64
import hashlib

import pytest

from posthouse.adapters.vault.foreign.verify import MOST_OCTETS, verify_text

LONG = "a very much longer text to encrypt.  This one even stretches over morethan one line."


def _salted(name: str, algorithm: str) -> tuple[str, str]:
    digest = hashlib.new(algorithm, b"correct horse" + b"salt").digest()
    return f"{{{name}}}" + base64.b64encode(digest + b"salt").decode(), "correct horse"


VECTORS = [
    # U. Drepper, "Unix crypt using SHA-256 and SHA-512", version 0.6
    ("$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5", "Hello world!"),
    ("$5$rounds=10000$saltstringsaltst$3xv.VbSHBb41AL9AvLeujZkZRBAwqFMz2.opqey6IcA", "Hello world!"),
    ("$5$rounds=1400$anotherlongsalts$Rx.j8H.h8HjEDGomFU8bDkXm3XIUnzyxf12oP84Bnq1", LONG),
    ("$5$rounds=1000$roundstoolow$yfvwcWrQ8l/K0DAWyuPMDNHpIVlTQebY9l/gL972bIC", "the minimum number is still observed"),
    ("$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1", "Hello world!"),
    (
        "$6$rounds=10000$saltstringsaltst$OW1/O6BYHV6BcXZu8QVeXbDWra3Oeqh0sbHbbMCVNSnCM/UrjmM0Dp8vOuZeHBy/YTBmSK6H9qs/y3RnOaw5v.",
        "Hello world!",
    ),
    (
        "$6$rounds=1400$anotherlongsalts$POfYwTEok97VWcjxIiSOjiykti.o/pQs.wPvMxQ6Fm7I6IoYN3CmLs66x9t0oSwbtEW7o7UmJEiDwGqd8p4ur1",
        LONG,
    ),
    # Made with openssl passwd -1
    ("$1$abcdefgh$G//4keteveJp0qb8z2DxG/", "password"),
    ("$1$$Ij31LCAysPM23KuPlm1wA/", "a"),
    ("$1$x$MCenT3x2d35GJJXSCfD1K/", "ü" * 20),
    ("$1$x$OuQPGwrCpQYx4vTr3m3Xp1", "x" * 70),
    # Openwall's crypt_blowfish
    ("$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"),
    ("$2y$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK", "U*U*"),
    # RFC 6070 (PBKDF2-HMAC-SHA1: salt "salt", 4096 rounds), as Dovecot writes it
    ("{PBKDF2}$1$salt$4096$4b007901b765489abead49d926f721d065a429c1", "password"),
    _salted("SSHA", "sha1"),
    _salted("SSHA256", "sha256"),
    _salted("SSHA512", "sha512"),
    (
        "{PBKDF2-SHA512}2000$c2FsdA==$" + base64.b64encode(hashlib.pbkdf2_hmac("sha512", b"x", b"salt", 2_000)).decode(),
        "x",
    ),
]


@pytest.mark.parametrize(("kept", "password"), VECTORS)
def test_the_password_and_nothing_else(kept: str, password: str) -> None:
    assert verify_text(kept, password)
    assert not verify_text(kept, password + "x")
    assert not verify_text(kept, "")
    assert not verify_text(kept, password * 2)
    assert not verify_text(kept, "\0" + password)


def test_bcrypt_looks_at_its_first_octets_only_as_it_did_elsewhere() -> None:
    kept = "$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui"
    octets = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789chars after 72 are ignored"
    assert verify_text(kept, octets)
    assert verify_text(kept, octets[:72])
    assert not verify_text(kept, octets[:71])


@pytest.mark.parametrize("kept", ["", "secret", "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$AAAA", "{PLAIN}secret"])
def test_what_is_no_such_hash_proves_nothing(kept: str) -> None:
    assert not verify_text(kept, "secret")
    assert not verify_text(kept, kept)


def test_what_is_longer_than_any_password_costs_nothing() -> None:
    kept, _ = _salted("SSHA", "sha1")
    long = "x" * (MOST_OCTETS + 1)
    made = "{SSHA}" + base64.b64encode(hashlib.sha1(long.encode() + b"salt").digest() + b"salt").decode()
    assert not verify_text(made, long)
    assert not verify_text(kept, "\ud800")
