"""Mail in a Maildir with its folders, as Maildir++ (``.Work.2026``) or as plain sub-directories."""

from collections.abc import Iterator
from pathlib import Path

from posthouse.adapters.mail_files.reading import flags_of, too_large
from posthouse.formats import maildir
from posthouse.formats.line_ends import to_crlf
from posthouse.model.mailbox import Flag
from posthouse.ports.mail_source import StoredMessage, Unreadable
from posthouse.protocols.imap.grammar.mailbox import decode_name

_FLAGS = {
    maildir.SEEN: Flag.SEEN,
    maildir.REPLIED: Flag.ANSWERED,
    maildir.FLAGGED: Flag.FLAGGED,
    maildir.TRASHED: Flag.DELETED,
    maildir.DRAFT: Flag.DRAFT,
}
_OWN = ("cur", "new", "tmp")


def is_maildir(path: Path) -> bool:
    """Whether a directory, or one right below it, is a Maildir."""
    return (path / "cur").is_dir() or any((child / "cur").is_dir() for child in path.iterdir() if child.is_dir())


class MaildirSource:
    """A Maildir and all folders in it."""

    def __init__(self, root: Path) -> None:
        self._folders = dict(_folders(root, ()))

    def folders(self) -> list[tuple[str, ...]]:
        """The folders."""
        return list(self._folders)

    def messages(self, folder: tuple[str, ...]) -> Iterator[StoredMessage | Unreadable]:
        """The messages of a folder, in the order of their names."""
        path = self._folders[folder]
        keywords = _keywords(path)
        files = [file for part in ("cur", "new") if (path / part).is_dir() for file in (path / part).iterdir()]
        for file in sorted(files, key=lambda file: file.name):
            if file.name.startswith(".") or not file.is_file():
                continue
            try:
                yield _message(file, keywords)
            except OSError as error:
                yield Unreadable(str(file), error.strerror or str(error))


def _folders(path: Path, levels: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Path]]:
    if (path / "cur").is_dir():
        yield levels, path
    for child in sorted(path.iterdir()):
        if child.is_dir() and child.name not in _OWN:
            dotted = child.name.startswith(".")
            below = maildir.folder_levels(child.name) if dotted else (child.name,)
            yield from _folders(child, levels + tuple(decode_name(level.encode(), utf8=False) for level in below))


def _message(file: Path, keywords: dict[str, str]) -> StoredMessage | Unreadable:
    status = file.stat()
    refused = too_large(str(file), status.st_size)
    if refused is not None:
        return refused
    name = maildir.parse_message_name(file.name)
    # Copying a Maildir often loses the times of its files; the name keeps the time of delivery.
    at = status.st_mtime if name.delivered_at is None else min(status.st_mtime, float(name.delivered_at))
    words = [keywords[letter] for letter in sorted(name.letters) if letter in keywords]
    if maildir.PASSED in name.letters:
        words.append("$Forwarded")
    return StoredMessage(to_crlf(file.read_bytes()), at, flags_of(name.letters, _FLAGS), tuple(words), str(file))


def _keywords(folder: Path) -> dict[str, str]:
    try:
        return maildir.parse_keywords((folder / "dovecot-keywords").read_text(errors="replace"))
    except OSError:
        return {}
