"""Archives as files."""

import os
import tarfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from posthouse.adapters.archive import tar
from posthouse.adapters.archive.tar import TarReader, TarWriter
from posthouse.foundation.errors import AlreadyExists, Invalid, TooLarge, Unavailable
from posthouse.ports.moving.archive import Member

NAMES = st.text("abc/é", min_size=1, max_size=120).filter(lambda name: name.strip("/") == name and "//" not in name)
VALUES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)
MEMBERS = st.lists(st.tuples(NAMES, st.binary(max_size=2_000), st.dictionaries(st.text("xyz", min_size=1), VALUES, max_size=3)))


async def read(path: Path, *unwanted: str) -> list[Member]:
    return [member async for member in TarReader(path).members(lambda name: name not in unwanted)]


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(MEMBERS)
async def test_what_is_written_is_read(tmp_path: Path, members: list[tuple[str, bytes, dict[str, str]]]) -> None:
    path = tmp_path / os.urandom(8).hex()
    writer = TarWriter(path)
    for member in members:
        await writer.add(*member)
    await writer.finish()
    found = await read(path)
    assert [(each.name, each.octets, dict(each.attributes)) for each in found] == members
    assert path.stat().st_mode & 0o777 == 0o600


async def test_what_is_not_wanted_has_only_its_size(tmp_path: Path) -> None:
    writer = TarWriter(tmp_path / "a.tar")
    await writer.add("one", b"1" * 5_000)
    await writer.add("two", b"22")
    await writer.finish()
    assert [(m.name, m.octets, m.size_octets) for m in await read(tmp_path / "a.tar", "one")] == [
        ("one", b"", 5_000),
        ("two", b"22", 2),
    ]


async def test_nobody_sees_an_archive_that_is_not_finished(tmp_path: Path) -> None:
    writer = TarWriter(tmp_path / "a.tar")
    await writer.add("one", b"1")
    assert not (tmp_path / "a.tar").exists()
    await writer.discard()
    assert not (tmp_path / "a.tar.part").exists()
    (tmp_path / "a.tar").write_bytes(b"")
    with pytest.raises(AlreadyExists):
        await TarWriter(tmp_path / "a.tar").add("one", b"1")
    with pytest.raises(Unavailable):
        await TarWriter(tmp_path / "nowhere" / "a.tar").add("one", b"1")


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary(max_size=3_000), st.integers(0, 2_999))
async def test_any_octets_are_members_or_an_error(tmp_path: Path, octets: bytes, at: int) -> None:
    path = tmp_path / "any.tar"
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as made:
        info = tarfile.TarInfo("one")
        info.pax_headers = {"POSTHOUSE.x": "y"}
        made.addfile(info)
    whole = path.read_bytes()
    for damaged in (octets, whole[:at] + octets + whole[at:]):
        path.write_bytes(damaged)
        try:
            await read(path)
        except (Invalid, TooLarge):
            continue


async def test_what_is_no_file_or_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with tarfile.open(tmp_path / "link.tar", "w") as made:
        info = tarfile.TarInfo("one")
        info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
        made.addfile(info)
    with pytest.raises(Invalid, match="no file"):
        await read(tmp_path / "link.tar")
    monkeypatch.setattr(tar, "MEMBER_OCTETS", 3)
    writer = TarWriter(tmp_path / "large.tar")
    await writer.add("one", b"1234")
    await writer.finish()
    with pytest.raises(TooLarge):
        await read(tmp_path / "large.tar")
    whole = (tmp_path / "large.tar").read_bytes()
    monkeypatch.undo()
    (tmp_path / "short.tar").write_bytes(whole[:514])
    with pytest.raises(Invalid):
        await read(tmp_path / "short.tar")
    with pytest.raises(Unavailable):
        await read(tmp_path / "nowhere.tar")
