"""Key records."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.dkim_messages import ED25519_NAME, KEYS, signing_keys

from posthouse.trust.dkim.key import InvalidKey, Key, key, key_record


def test_records_come_back() -> None:
    for signing in signing_keys():
        public = signing.private.public_key()
        found = key(key_record(public))
        assert f"{found.kind}-sha256" == signing.algorithm
        assert key_record(found.public) == key_record(public)


def test_a_longer_value_is_no_signature() -> None:
    found = key(KEYS[ED25519_NAME, "TXT"][0])
    assert not found.verifies(b"", bytes(32))
    assert not found.verifies(bytes(1000), bytes(32))


_PIECES = st.sampled_from(
    ["v=DKIM1", "k=rsa", "k=ed25519", "p=", "AAAA", "MIGfMA0G", "t=y:s", "h=sha256", ";", " ", "=", "é", "\x00"]
)


@given(st.lists(_PIECES, max_size=15))
@settings(max_examples=200)
def test_anything_is_a_key_or_the_one_error(pieces: list[str]) -> None:
    try:
        assert isinstance(key("".join(pieces)), Key)
    except InvalidKey:
        return


@pytest.mark.parametrize("text", ["", "p", "p=!", "p=AAAA", "k=ed25519; p=AAAA", "k=rsa; k=rsa; p=AAAA"])
def test_what_is_no_key(text: str) -> None:
    with pytest.raises(InvalidKey):
        key(text)
