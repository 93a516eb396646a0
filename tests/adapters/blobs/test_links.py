"""Giving a blob a second home."""

import errno
import os
from pathlib import Path

import pytest

from posthouse.adapters.blobs.links import adopt
from posthouse.foundation.errors import OutOfSpace, Unavailable


def test_a_blob_has_two_homes(tmp_path: Path) -> None:
    (tmp_path / "blob").write_bytes(b"octets")
    adopt(tmp_path / "blob", tmp_path / "home")
    (tmp_path / "blob").unlink()
    assert (tmp_path / "home").read_bytes() == b"octets"


def test_a_home_it_has_already_is_fine(tmp_path: Path) -> None:
    (tmp_path / "blob").write_bytes(b"octets")
    adopt(tmp_path / "blob", tmp_path / "home")
    adopt(tmp_path / "blob", tmp_path / "home")
    assert (tmp_path / "home").stat().st_nlink == 2


def test_what_cannot_be_linked_is_said(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        adopt(tmp_path / "gone", tmp_path / "home")
    (tmp_path / "blob").write_bytes(b"octets")
    with pytest.raises(Unavailable):
        adopt(tmp_path / "blob", tmp_path / "no" / "home")


def test_a_full_disk_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_source: Path, _target: Path) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "link", full)
    with pytest.raises(OutOfSpace):
        adopt(tmp_path / "blob", tmp_path / "home")
