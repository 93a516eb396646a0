"""Mail as one file per message."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from posthouse.adapters.mail_files.reading import received_at, too_large
from posthouse.formats.line_ends import to_crlf
from posthouse.model.mailbox import Flag
from posthouse.ports.mail_source import StoredMessage, Unreadable


class EmlSource:
    """Files by folder. They know no flags: whoever kept them had read them."""

    def __init__(self, files: Mapping[tuple[str, ...], Sequence[Path]]) -> None:
        self._files = dict(files)

    def folders(self) -> list[tuple[str, ...]]:
        """The folders."""
        return list(self._files)

    def messages(self, folder: tuple[str, ...]) -> Iterator[StoredMessage | Unreadable]:
        """The messages of a folder."""
        for path in self._files[folder]:
            try:
                status = path.stat()
                refused = too_large(str(path), status.st_size)
                octets = b"" if refused else to_crlf(path.read_bytes())
            except OSError as error:
                refused = Unreadable(str(path), error.strerror or str(error))
            yield refused or StoredMessage(octets, received_at(octets, status.st_mtime), int(Flag.SEEN), (), str(path))
