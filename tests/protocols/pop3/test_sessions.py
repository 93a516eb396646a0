"""Every golden dialogue, however the network cuts it."""

from pathlib import Path

import pytest
from tests.support.pop3_peer import Pop3Peer
from tests.support.session import Cut, load, octet_by_octet, play, sessions, split_at, whole

FOLDER = Path(__file__).parents[2] / "sessions" / "pop3"
SPLITS = (1, 2, 3, 5, 8, 13, 21, 34)


@pytest.mark.parametrize("path", sessions(FOLDER), ids=lambda path: path.stem)
@pytest.mark.parametrize("cut", [whole, octet_by_octet, *map(split_at, SPLITS)], ids=["whole", "octets", *map(str, SPLITS)])
def test_session(path: Path, cut: Cut) -> None:
    session = load(path)
    play(session, Pop3Peer(session.settings), cut)
