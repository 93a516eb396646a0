"""What every vault must do."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from posthouse.adapters.memory.vault import MemoryVault
from posthouse.adapters.vault.files import FileVault, create_keys
from posthouse.foundation.errors import Corrupt
from posthouse.model.domain_key import KeyKind
from posthouse.ports.vault import Vault
from posthouse.trust.dkim.key import key, key_record
from posthouse.trust.dkim.sign import private_key


@contextmanager
def _files(folder: Path) -> Iterator[Vault]:
    create_keys(folder)
    vault = FileVault(folder)
    yield vault
    vault.stop()


@contextmanager
def _memory(folder: Path) -> Iterator[Vault]:
    yield MemoryVault(folder.name.encode())


ADAPTERS: dict[str, Callable[[Path], AbstractContextManager[Vault]]] = {"files": _files, "memory": _memory}


@pytest.fixture(params=ADAPTERS)
def vaults(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Vault, Vault]]:
    """Those of two installations."""
    with ADAPTERS[request.param](tmp_path / "one") as one, ADAPTERS[request.param](tmp_path / "two") as two:
        yield one, two


async def test_a_password_proves_itself_and_nothing_else_does(vaults: tuple[Vault, Vault]) -> None:
    vault, _ = vaults
    for password in ("correct horse", "Пароль 密码\0 ", ""):
        verifier = await vault.hash(password)
        assert await vault.verify(verifier, password)
        assert not await vault.verify(verifier, password + "x")
        assert password.encode() not in verifier or not password


async def test_the_same_password_has_many_verifiers(vaults: tuple[Vault, Vault]) -> None:
    vault, _ = vaults
    assert await vault.hash("secret") != await vault.hash("secret")


@pytest.mark.parametrize("verifier", [b"", b"plain text", b"$argon2id$v=19$m=8,t=1,p=1$"])
async def test_what_is_no_verifier_proves_nothing(vaults: tuple[Vault, Vault], verifier: bytes) -> None:
    assert not await vaults[0].verify(verifier, "")
    assert not await vaults[0].verify(verifier, verifier.decode())


async def test_a_keyed_hash_belongs_to_its_installation(vaults: tuple[Vault, Vault]) -> None:
    one, two = vaults
    assert one.keyed(b"octets") == one.keyed(b"octets")
    assert len(one.keyed(b"")) == 32
    assert len({one.keyed(b"octets"), one.keyed(b"octetS"), two.keyed(b"octets")}) == 3


async def test_what_is_sealed_can_be_read_here_only(vaults: tuple[Vault, Vault]) -> None:
    one, two = vaults
    sealed = one.seal(b"state of a hash")
    assert one.unseal(sealed) == b"state of a hash"
    assert one.unseal(one.seal(b"")) == b""
    assert sealed != one.seal(b"state of a hash")
    assert b"state" not in sealed
    with pytest.raises(Corrupt):
        two.unseal(sealed)


async def test_what_was_changed_is_noticed(vaults: tuple[Vault, Vault]) -> None:
    vault, _ = vaults
    sealed = vault.seal(b"state of a hash")
    for position in (0, len(sealed) // 2, len(sealed) - 1):
        changed = bytearray(sealed)
        changed[position] ^= 1
        with pytest.raises(Corrupt):
            vault.unseal(bytes(changed))
    for short in (b"", sealed[:5], sealed[:-1]):
        with pytest.raises(Corrupt):
            vault.unseal(short)


@pytest.mark.parametrize("kind", KeyKind)
async def test_signing_keys_are_fresh_and_sign(vaults: tuple[Vault, Vault], kind: KeyKind) -> None:
    vault, _ = vaults
    made = await vault.make_signing_key(kind)
    assert made != await vault.make_signing_key(kind)
    assert key(key_record(private_key(made).public_key())).kind == kind


async def test_another_servers_hash_is_proved_and_is_not_current(vaults: tuple[Vault, Vault]) -> None:
    vault, _ = vaults
    foreign = b"$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5"
    assert await vault.verify(foreign, "Hello world!")
    assert not await vault.verify(foreign, "Hello world")
    assert not vault.is_current(foreign)
    assert not vault.is_current(b"")
    assert not vault.is_current(b"\xff")
    assert vault.is_current(await vault.hash("Hello world!"))
