"""Archives as tar files in the PAX format (port ``Archive…``): any tool shows what is in one."""

import asyncio
import errno
import io
import os
import tarfile
from collections.abc import AsyncIterator, Callable, Generator, Iterator, Mapping
from pathlib import Path
from typing import Final, TypeVar

from posthouse.foundation.errors import AlreadyExists, Invalid, OutOfSpace, TooLarge, Unavailable
from posthouse.foundation.limits import MESSAGE_OCTETS
from posthouse.ports.moving.archive import Member

T = TypeVar("T")
KEY: Final = "POSTHOUSE."
MEMBER_OCTETS: Final = 2 * MESSAGE_OCTETS
AT_ONCE: Final = 100
"""Members read in one go of the thread."""
AT_ONCE_OCTETS: Final = 4_194_304
ATTRIBUTES: Final = 32


class TarWriter:
    """Writes beside the place where the archive will be; only its owner can read it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._unfinished = path.with_name(path.name + ".part")
        self._file: io.BufferedWriter | None = None
        self._tar: tarfile.TarFile | None = None

    async def add(self, name: str, octets: bytes, attributes: Mapping[str, str] | None = None) -> None:
        """Write the next member."""
        await asyncio.to_thread(_told, self._path, lambda: self._add(name, octets, attributes or {}))

    async def finish(self) -> None:
        """Make it durable and give it its name."""
        await asyncio.to_thread(_told, self._path, self._finish)

    async def discard(self) -> None:
        """Throw away what is not finished."""
        await asyncio.to_thread(self._discard)

    def _opened(self) -> tarfile.TarFile:
        if self._tar is None:
            if self._path.exists():
                raise AlreadyExists(f"{self._path} exists already: choose another name")
            handle = os.open(self._unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            self._file = os.fdopen(handle, "wb")
            self._tar = tarfile.open(fileobj=self._file, mode="w:", format=tarfile.PAX_FORMAT)  # noqa: SIM115 - closed by finish or discard
        return self._tar

    def _add(self, name: str, octets: bytes, attributes: Mapping[str, str]) -> None:
        tar = self._opened()
        info = tarfile.TarInfo(name)
        info.size, info.mode = len(octets), 0o600
        info.pax_headers = {KEY + key: value for key, value in attributes.items()}
        tar.addfile(info, io.BytesIO(octets))
        _forget_members(tar)

    def _finish(self) -> None:
        self._opened().close()
        assert self._file is not None
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._unfinished.replace(self._path)
        self._tar = self._file = None

    def _discard(self) -> None:
        if self._file is not None:
            self._file.close()
            self._unfinished.unlink(missing_ok=True)
        self._tar = self._file = None


class TarReader:
    """Reads a file from the beginning each time."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def members(self, wanted: Callable[[str], bool]) -> AsyncIterator[Member]:
        """All members in order."""
        members = self._read(wanted)
        try:
            while page := await asyncio.to_thread(_told, self._path, lambda: _portion(members)):
                for member in page:
                    yield member
        finally:
            await asyncio.to_thread(members.close)

    def _read(self, wanted: Callable[[str], bool]) -> Generator[Member, None, None]:
        try:
            with self._path.open("rb") as file, tarfile.open(fileobj=file, mode="r:") as tar:
                while (info := tar.next()) is not None:
                    _forget_members(tar)
                    yield _member(tar, info, wanted)
        except (tarfile.TarError, EOFError, ValueError, KeyError) as error:
            raise Invalid(f"{self._path} is no archive of a domain, or a damaged one: {error}") from error


def _forget_members(tar: tarfile.TarFile) -> None:
    """The library remembers every member: of a million messages that is a gigabyte."""
    tar.members = []  # type: ignore[attr-defined]


def _member(tar: tarfile.TarFile, info: tarfile.TarInfo, wanted: Callable[[str], bool]) -> Member:
    if not info.isreg() or len(info.pax_headers) > ATTRIBUTES:
        raise Invalid(f"the archive has a member that is no file: {info.name[:100]!r}")
    if info.size > MEMBER_OCTETS:
        raise TooLarge(f"{info.name[:100]!r} in the archive has {info.size} octets")
    attributes = {key.removeprefix(KEY): value for key, value in info.pax_headers.items() if key.startswith(KEY)}
    octets = b""
    if wanted(info.name):
        file = tar.extractfile(info)
        assert file is not None
        octets = file.read()
        if len(octets) != info.size:
            raise Invalid(f"the archive ends early, in {info.name[:100]!r}")
    return Member(info.name, octets, attributes, info.size)


def _portion(members: Iterator[Member]) -> list[Member]:
    page: list[Member] = []
    held = 0
    for member in members:
        page.append(member)
        held += len(member.octets)
        if len(page) >= AT_ONCE or held >= AT_ONCE_OCTETS:
            break
    return page


def _told(path: Path, work: Callable[[], T]) -> T:
    try:
        return work()
    except OSError as error:
        kind = OutOfSpace if error.errno in {errno.ENOSPC, errno.EDQUOT} else Unavailable
        raise kind(f"{path}: {error.strerror or error}") from error
