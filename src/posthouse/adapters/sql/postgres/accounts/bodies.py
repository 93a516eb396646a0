"""Where large bodies lie: blobs in a directory of the account, beside the database, as they were spooled.

``accounts/ab/<account-id>/blobs/`` as in an installation without a database server. Who runs several machines over one database
gives them one file system for it.
"""

import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from posthouse.adapters.blobs.links import adopt, sync_directory
from posthouse.adapters.blobs.reader import read_blob
from posthouse.adapters.sql.arrival import Arrival
from posthouse.adapters.sql.postgres.accounts.transactions.fetching import Source
from posthouse.foundation.errors import PosthouseError, Unavailable
from posthouse.foundation.ids import AccountId, to_text
from posthouse.model.content import Content, Range, Spooled, slices


class Bodies:
    """The blobs of all accounts; every method blocks and is for threads."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def path(self, account_id: AccountId, name: str) -> Path:
        """Where a blob lies."""
        return self._directory(account_id) / "blobs" / name

    def adopt(self, account_id: AccountId, arrivals: Iterable[tuple[Content, Arrival]]) -> list[Path]:
        """Link spooled bodies, durably, before there are rows that name them. Raises: OutOfSpace, Unavailable."""
        homes: list[Path] = []
        try:
            for content, arrived in arrivals:
                if isinstance(content.body, Spooled) and arrived.blob is not None:
                    home = self.path(account_id, arrived.blob)
                    if not home.parent.exists():
                        self._make(account_id)
                    homes.append(home)
                    adopt(Path(content.body.path), home)
        except OSError as error:
            self.forget(homes)
            raise Unavailable(f"there is no room for a large body: {error}") from error
        except PosthouseError:
            self.forget(homes)
            raise
        return homes

    def read(self, account_id: AccountId, source: Source, start: int, length: int | None) -> bytes:
        """Shown octets of a message. Raises: NotFound where its blob is missing, Corrupt."""
        end = source.size_octets if length is None else min(source.size_octets, start + length)
        found = []
        for piece in slices(source.pieces or (Range(0, source.size_octets),), start, end):
            if isinstance(piece, bytes):
                found.append(piece)
            elif source.body is not None:
                found.append(source.body[piece.start : piece.end])
            elif source.blob is not None:
                found.append(read_blob(self.path(account_id, source.blob), piece.start, piece.end - piece.start))
        return b"".join(found)

    def names(self, account_id: AccountId) -> list[str]:
        """The blobs there are."""
        folder = self._directory(account_id) / "blobs"
        return [path.name for path in folder.iterdir()] if folder.exists() else []

    @staticmethod
    def forget(paths: Sequence[Path]) -> None:
        """Remove blobs that no row names."""
        for path in paths:
            path.unlink(missing_ok=True)

    def destroy(self, account_id: AccountId) -> None:
        """Remove all blobs of an account."""
        shutil.rmtree(self._directory(account_id), ignore_errors=True)

    def _directory(self, account_id: AccountId) -> Path:
        text = to_text(account_id)
        return self._root / text[-2:] / text

    def _make(self, account_id: AccountId) -> None:
        directory = self._directory(account_id)
        (directory / "blobs").mkdir(parents=True, exist_ok=True)
        for path in (directory, directory.parent, self._root):
            sync_directory(path)
