"""High-water marks: what an account's numbers have reached, kept outside the account's directory (docs/adr/0007).

A mark tells an older copy of an account, put back by whoever restores it, from the account as it was left. It has two halves:

- *ceilings*, durable: no modification sequence and no UID above them was ever given out. They are raised ahead of need in steps of
  thousands, so that one sync serves thousands of changes;
- what is *known*: incarnation, owner, modification sequence and UIDVALIDITY as of some commit, written without a sync with an
  owner's first change, about once a second while the account changes, and when it is closed. A crash of the machine may lose the
  newest; it is never ahead of the account.

The file has three records of one sector each: two for the ceilings, written in turn, and one for what is known. A record that is
torn is none.
"""

import errno
import os
import struct
import threading
import zlib
from pathlib import Path
from typing import Final, NamedTuple

from posthouse.adapters.blobs.links import sync_directory
from posthouse.foundation.errors import OutOfSpace, Unavailable

STEP: Final = 4_096
"""Numbers reserved at a time."""
ROOM: Final = 64
"""With fewer numbers left than this a change is not made on the event loop: it may have to wait for a sync."""
_RECORD: Final = struct.Struct(">8s4Q")
_MAGIC: Final = b"PHmark\x00\x01"
_SECTOR: Final = 512
_KNOWN: Final = 2


class Ceilings(NamedTuple):
    """The highest numbers that may have been given out."""

    serial: int
    mod_sequence: int
    uid_sequence: int


class Known(NamedTuple):
    """An account as of some commit."""

    incarnation: int
    owner_epoch: int
    mod_sequence: int
    uid_validity: int


class Kept(NamedTuple):
    """What a mark says."""

    ceilings: Ceilings
    known: Known


class Mark:
    """The mark of one account. Its verbs block; they may be called from any thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._ceilings = Ceilings(0, 0, 0)
        self._covered = (0, 0)
        self._known: Known | None = None

    @property
    def is_roomy(self) -> bool:
        """Whether a few changes more are sure to need no sync."""
        return self._covered[0] + ROOM < self._ceilings.mod_sequence and self._covered[1] + ROOM < self._ceilings.uid_sequence

    def read(self) -> Kept | None:
        """What the file says; None where it is missing or says nothing. Raises: Unavailable where it cannot be read."""
        try:
            octets = self._path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise Unavailable(f"the account's mark cannot be read: {error}") from error
        found = [_unpack(octets[place * _SECTOR :]) for place in range(3)]
        ceilings = max((Ceilings(*record[:3]) for record in found[:2] if record is not None), default=None)
        if ceilings is None:
            return None
        self._ceilings = ceilings
        self._known = Known(*found[_KNOWN]) if found[_KNOWN] is not None else Known(0, 0, 0, 0)
        return Kept(ceilings, self._known)

    def create(self) -> None:
        """Make the file, durably; one that says something is left as it is."""
        if self.read() is not None:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._path.with_suffix(".new")
        with fresh.open("wb") as file:
            file.write(bytes(_SECTOR) + _pack(1, STEP, STEP, 0).ljust(2 * _SECTOR, b"\0"))
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)
        for folder in (self._path.parent, self._path.parent.parent):
            sync_directory(folder)

    def remove(self) -> None:
        """Remove the file."""
        self._path.unlink(missing_ok=True)

    def cover(self, mod_sequence: int, uid_sequence: int) -> int:
        """Make sure that numbers about to be committed are below the ceilings. Raises: OutOfSpace, Unavailable.

        To be called inside the transaction, whose lock lets one process at a time raise the ceilings.
        """
        self._covered = (mod_sequence, uid_sequence)
        if mod_sequence > self._ceilings.mod_sequence or uid_sequence > self._ceilings.uid_sequence:
            with self._lock:
                self._reserve(mod_sequence, uid_sequence)
        return 1

    def note(self, known: Known) -> None:
        """Write down what has been committed, without waiting for the disk."""
        with self._lock:
            if known != self._known:
                self._write(_KNOWN, _pack(*known), durable=False)
                self._known = known

    def _reserve(self, mod_sequence: int, uid_sequence: int) -> None:
        kept = self.read()
        now = kept.ceilings if kept is not None else Ceilings(0, 0, 0)
        wanted = Ceilings(now.serial, max(now.mod_sequence, mod_sequence), max(now.uid_sequence, uid_sequence))
        if wanted != now:
            wanted = Ceilings(now.serial + 1, wanted.mod_sequence + STEP, wanted.uid_sequence + STEP)
            self._write(wanted.serial % 2, _pack(*wanted, 0), durable=True)
        self._ceilings = wanted

    def _write(self, place: int, record: bytes, *, durable: bool) -> None:
        try:
            handle = os.open(self._path, os.O_WRONLY | os.O_CLOEXEC)
            try:
                os.pwrite(handle, record, place * _SECTOR)
                if durable:
                    os.fdatasync(handle)
            finally:
                os.close(handle)
        except OSError as error:
            kind = OutOfSpace if error.errno in {errno.ENOSPC, errno.EDQUOT} else Unavailable
            raise kind(f"the account's mark cannot be written: {error}") from error


def _pack(*numbers: int) -> bytes:
    record = _RECORD.pack(_MAGIC, *numbers)
    return record + zlib.crc32(record).to_bytes(4, "big")


def _unpack(octets: bytes) -> tuple[int, int, int, int] | None:
    """The numbers of a record; None where it is torn or was never written."""
    record, check = octets[: _RECORD.size], octets[_RECORD.size : _RECORD.size + 4]
    if len(check) < 4 or zlib.crc32(record).to_bytes(4, "big") != check:
        return None
    magic, a, b, c, d = _RECORD.unpack(record)
    return (a, b, c, d) if magic == _MAGIC else None
