"""One owner of all files at a time: the server, or a command while no server runs."""

import fcntl
import os

from posthouse.adapters.blobs.links import sync_directory
from posthouse.bootstrap.layout import Layout
from posthouse.foundation.errors import Busy, Corrupt


def take_lock(layout: Layout) -> int:
    """Take the installation's lock; it is held until every process that inherited the handle has ended.

    Raises: Busy when a server (or a command) holds it.
    """
    layout.lock.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(layout.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(handle)
        raise Busy(f"another Posthouse process owns {layout.root}") from error
    return handle


def next_epoch(layout: Layout) -> int:
    """Raise the owners' epoch, durably, and return it; several processes may ask at once.

    Raises: Corrupt when the file is not what this function wrote.
    """
    guard = os.open(layout.epoch.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(guard, fcntl.LOCK_EX)
        epoch = _read_epoch(layout) + 1
        fresh = layout.epoch.with_suffix(".new")
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(str(epoch))
            file.flush()
            os.fsync(handle)
        fresh.replace(layout.epoch)
        sync_directory(layout.epoch.parent)
        return epoch
    finally:
        os.close(guard)


def _read_epoch(layout: Layout) -> int:
    try:
        return int(layout.epoch.read_text())
    except FileNotFoundError:
        return 0
    except ValueError as error:
        raise Corrupt(f"{layout.epoch} holds no number: write one higher than any owner ever had") from error
