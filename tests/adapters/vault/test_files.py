"""Keys on disk, and hashes that may wait."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from posthouse.adapters.vault import files as module
from posthouse.adapters.vault.files import FileVault, create_keys
from posthouse.foundation.errors import Unavailable


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[FileVault]:
    create_keys(tmp_path / "keys")
    made = FileVault(tmp_path / "keys")
    yield made
    made.stop()


def test_keys_are_for_their_user_only_and_never_the_same(vault: FileVault, tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    assert folder.stat().st_mode & 0o777 == 0o700
    files = sorted(folder.iterdir())
    assert [path.name for path in files] == ["pepper", "sealing"]
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert len({path.read_bytes() for path in files}) == 2
    assert {len(path.read_bytes()) for path in files} == {32}


def test_keys_are_never_replaced(vault: FileVault, tmp_path: Path) -> None:
    before = vault.keyed(b"x")
    with pytest.raises(FileExistsError):
        create_keys(tmp_path / "keys")
    again = FileVault(tmp_path / "keys")
    assert again.keyed(b"x") == before
    assert again.unseal(vault.seal(b"octets")) == b"octets"
    again.stop()


async def test_passwords_are_kept_as_argon2id(vault: FileVault) -> None:
    assert (await vault.hash("secret")).startswith(b"$argon2id$v=19$m=19456,t=2,p=1$")


async def test_too_many_that_wait_are_refused(vault: FileVault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WAITING", 2)
    outcomes = await asyncio.gather(*(vault.verify(b"", "x") for _ in range(5)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [bool, bool, Unavailable, Unavailable, Unavailable]
    assert await vault.verify(b"", "x") is False, "there is room again"


async def test_weaker_parameters_of_before_are_not_current(vault: FileVault) -> None:
    before = PasswordHasher(time_cost=1, memory_cost=8_192, parallelism=1).hash("secret").encode()
    assert await vault.verify(before, "secret")
    assert not vault.is_current(before)
