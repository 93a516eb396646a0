"""The spool: blobs being received, on the file system of the accounts (port ``Spool``)."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from posthouse.adapters.blobs.reader import read_blob
from posthouse.adapters.blobs.writer import BlobWriter
from posthouse.foundation.ids import ENTROPY_OCTETS, make_id, to_text
from posthouse.model.content import Spooled
from posthouse.ports.clock import Clock
from posthouse.ports.entropy import Entropy

THREADS = 2


class FileSpoolFile:
    """A blob being received."""

    __slots__ = ("_executor", "_writer")

    def __init__(self, writer: BlobWriter, executor: ThreadPoolExecutor) -> None:
        self._writer = writer
        self._executor = executor

    async def write(self, octets: bytes) -> None:
        """Add octets."""
        await asyncio.get_running_loop().run_in_executor(self._executor, self._writer.write, octets)

    async def finish(self) -> Spooled:
        """Complete and sync the blob."""
        size = await asyncio.get_running_loop().run_in_executor(self._executor, self._writer.finish)
        return Spooled(str(self._writer.path), size)

    async def discard(self) -> None:
        """Throw it away."""
        await asyncio.get_running_loop().run_in_executor(self._executor, self._writer.discard)


class FileSpool:
    """A directory of one process; what an earlier process left there was never acknowledged and is swept at start."""

    def __init__(self, directory: Path, clock: Clock, entropy: Entropy, *, compress: bool = False) -> None:
        self._directory = directory
        self._clock = clock
        self._entropy = entropy
        self._compress = compress
        self._executor = ThreadPoolExecutor(THREADS, "spool")
        directory.mkdir(parents=True, exist_ok=True)
        for left in directory.iterdir():
            left.unlink(missing_ok=True)

    async def create(self) -> FileSpoolFile:
        """Begin a blob."""
        name = to_text(make_id(int(self._clock.now() * 1000), self._entropy.octets(ENTROPY_OCTETS)))
        path = self._directory / name
        loop = asyncio.get_running_loop()
        writer = await loop.run_in_executor(self._executor, lambda: BlobWriter(path, compress=self._compress))
        return FileSpoolFile(writer, self._executor)

    async def read(self, spooled: Spooled, start: int = 0, length: int | None = None) -> bytes:
        """Octets of a finished blob."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor, read_blob, Path(spooled.path), start, length)

    def stop(self) -> None:
        """End the threads."""
        self._executor.shutdown(wait=False, cancel_futures=True)
