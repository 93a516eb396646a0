"""The disk under a folder (port ``Disk``)."""

import asyncio
import shutil
from pathlib import Path

from posthouse.foundation.errors import Unavailable
from posthouse.ports.disk import Room


class FolderDisk:
    """Asks the system, in a thread: a file system on the network may take its time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def room(self) -> Room:
        """As it is now."""
        try:
            usage = await asyncio.to_thread(shutil.disk_usage, self._folder)
        except OSError as error:
            raise Unavailable(f"the disk of {self._folder} cannot be looked at: {error.strerror}") from error
        return Room(usage.total, usage.free)
