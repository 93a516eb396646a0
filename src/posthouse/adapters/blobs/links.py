"""Giving a blob a second home: a hard link, durable when the call returns; blocking, for threads."""

import errno
import os
from pathlib import Path

from posthouse.foundation.errors import OutOfSpace, Unavailable


def adopt(blob: Path, home: Path) -> None:
    """Link a finished blob to ``home`` (same file system) and make the name durable. A link that exists already is fine.

    Raises: OutOfSpace, Unavailable.
    """
    try:
        try:
            os.link(blob, home)
        except FileExistsError:
            return
        sync_directory(home.parent)
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EMLINK}:
            raise OutOfSpace("the disk is full") from error
        raise Unavailable(f"the blob cannot be kept: {error}") from error


def sync_directory(path: Path) -> None:
    """Make the names in a directory durable. Raises: OSError."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
