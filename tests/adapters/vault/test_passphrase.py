"""Secrets under a passphrase."""

import pytest

from posthouse.adapters.vault.passphrase import ScryptPassphrases
from posthouse.foundation.errors import Invalid


async def test_only_the_same_passphrase_and_salt_read_what_was_sealed() -> None:
    made = ScryptPassphrases()
    key = await made.key("a passphrase of mine", b"salt" * 4)
    sealed = key.seal(b"secret")
    assert b"secret" not in sealed
    assert (await made.key("a passphrase of mine", b"salt" * 4)).unseal(sealed) == b"secret"
    for other in (await made.key("another passphrase", b"salt" * 4), await made.key("a passphrase of mine", b"tlas" * 4)):
        with pytest.raises(Invalid, match="another passphrase"):
            other.unseal(sealed)
    with pytest.raises(Invalid):
        key.unseal(b"short")
    with pytest.raises(Invalid, match="12 characters"):
        await made.key("short", b"")
