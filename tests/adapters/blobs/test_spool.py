"""The spool's folder; what every spool must do is in tests/ports."""

from pathlib import Path

from tests.support.fakes import CountingEntropy, FakeClock

from posthouse.adapters.blobs.spool import FileSpool


async def test_what_an_earlier_process_left_is_swept(tmp_path: Path) -> None:
    (tmp_path / "spool").mkdir()
    (tmp_path / "spool" / "left").write_bytes(b"never acknowledged")
    spool = FileSpool(tmp_path / "spool", FakeClock(), CountingEntropy())
    assert list((tmp_path / "spool").iterdir()) == []
    spool.stop()


async def test_a_finished_blob_lies_in_the_folder_until_it_is_discarded(tmp_path: Path) -> None:
    spool = FileSpool(tmp_path / "a" / "spool", FakeClock(), CountingEntropy())
    file = await spool.create()
    await file.write(b"octets")
    done = await file.finish()
    assert [str(path) for path in (tmp_path / "a" / "spool").iterdir()] == [done.path]
    await file.discard()
    assert list((tmp_path / "a" / "spool").iterdir()) == []
    spool.stop()


async def test_names_sort_by_the_time_they_were_made(tmp_path: Path) -> None:
    clock = FakeClock()
    spool = FileSpool(tmp_path, clock, CountingEntropy())
    names = []
    for _ in range(3):
        names.append((await (await spool.create()).finish()).path)
        clock.advance(1)
    assert names == sorted(names)
    spool.stop()
