"""Giving an account its own links to spooled bodies, and taking them back where no row will ever name them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from posthouse.adapters.blobs.links import adopt
from posthouse.adapters.sql.arrival import Arrival
from posthouse.adapters.sql.sqlite.accounts.files import OpenAccount
from posthouse.foundation.errors import NotFound
from posthouse.model.content import Content, Spooled


class Links:
    """What has been linked for one transaction."""

    def __init__(self) -> None:
        self._paths: list[Path] = []

    def add(self, body: Spooled, home: Path) -> None:
        """Link a body, durably. Raises: OutOfSpace, Unavailable."""
        self._paths.append(home)
        adopt(Path(body.path), home)

    def take_back(self) -> None:
        """Remove the links again."""
        for path in self._paths:
            path.unlink(missing_ok=True)


@contextmanager
def adopting(arrivals: Sequence[tuple[Content, Arrival]], account: OpenAccount) -> Iterator[Links]:
    """Link spooled bodies, durable before the rows that name them; a block that raises writes no rows and leaves no links.

    Only what raises before the commit is certain to have written nothing: a commit that fails may still be found in the log by
    the next owner, so its links stay.
    """
    links = Links()
    try:
        for content, arrived in arrivals:
            if isinstance(content.body, Spooled) and arrived.blob is not None:
                if not account.directory.exists():
                    raise NotFound("the account does not exist")
                links.add(content.body, account.blob(arrived.blob))
        yield links
    except Exception:
        links.take_back()
        raise
