"""MD5 from the middle, against hashlib."""

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.foundation.md5 import BLOCK_OCTETS, hmac_from_states, hmac_states


@given(st.binary(max_size=BLOCK_OCTETS), st.binary(max_size=300))
def test_the_states_stand_for_the_secret(secret: bytes, text: bytes) -> None:
    assert hmac_from_states(hmac_states(secret), text) == hmac.digest(secret, text, hashlib.md5)


@pytest.mark.parametrize("length", [0, 54, 55, 56, 63, 64, 65, 119, 120, 128])
def test_padding_at_every_edge(length: int) -> None:
    assert hmac_from_states(hmac_states(b"key"), b"x" * length) == hmac.digest(b"key", b"x" * length, "md5")


def test_the_example_of_rfc_2195() -> None:
    challenge = b"<1896.697170952@postoffice.reston.mci.net>"
    states = hmac_states(b"tanstaaftanstaaf")
    assert hmac_from_states(states, challenge).hex() == "b913a602c7eda7a495b4e6e7334d3890"


def test_a_longer_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="longer"):
        hmac_states(b"x" * 65)
