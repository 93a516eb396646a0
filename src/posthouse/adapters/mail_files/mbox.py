"""Mail in mbox files, mapped into memory: a file of many gigabytes costs no more than its largest message."""

import mmap
from collections.abc import Iterator, Mapping
from pathlib import Path

from posthouse.adapters.mail_files.reading import flags_of, received_at, too_large
from posthouse.formats import mbox
from posthouse.formats.header.date import parse_date
from posthouse.formats.line_ends import to_crlf
from posthouse.model.mailbox import Flag
from posthouse.ports.mail_source import StoredMessage, Unreadable

_FLAGS = {
    mbox.SEEN: Flag.SEEN,
    mbox.ANSWERED: Flag.ANSWERED,
    mbox.FLAGGED: Flag.FLAGGED,
    mbox.DELETED: Flag.DELETED,
    mbox.DRAFT: Flag.DRAFT,
}


class MboxSource:
    """One file per folder."""

    def __init__(self, files: Mapping[tuple[str, ...], Path]) -> None:
        self._files = dict(files)

    def folders(self) -> list[tuple[str, ...]]:
        """The folders."""
        return list(self._files)

    def messages(self, folder: tuple[str, ...]) -> Iterator[StoredMessage | Unreadable]:
        """The messages of a file; those a Mozilla program has only marked as expunged are left out."""
        path = self._files[folder]
        if path.stat().st_size == 0:
            return
        with path.open("rb") as file:
            # Never closed by hand: whoever stops early still looks into it. It goes with its last reader.
            octets = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        for number, place in enumerate(mbox.places(octets), 1):
            origin = f"{path} message {number}"
            refused = too_large(origin, place.end - place.start)
            if refused is not None:
                yield refused
                continue
            message = _message(to_crlf(mbox.unquote(octets[place.start : place.end])), place, origin)
            if message is not None:
                yield message


def _message(octets: bytes, place: mbox.Place, origin: str) -> StoredMessage | None:
    state = mbox.state(octets)
    if state.expunged:
        return None
    stamped = parse_date(mbox.postmark_date(place.postmark))
    at = received_at(octets, 0.0) if stamped is None else stamped.timestamp()
    return StoredMessage(octets, at, flags_of(state.letters, _FLAGS), state.keywords, origin)
