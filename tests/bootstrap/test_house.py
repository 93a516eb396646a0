"""The house as a command sees it, with nobody else there; beside a running server it is tested with the command line."""

from pathlib import Path

import pytest

from posthouse.bootstrap.house import open_house, read_server_file
from posthouse.bootstrap.init import create_installation
from posthouse.bootstrap.layout import Layout
from posthouse.cluster.placement import owner_slot
from posthouse.foundation.errors import Busy, NotFound, Unavailable
from posthouse.foundation.ids import AccountId


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    layout = Layout(tmp_path_factory.mktemp("house") / "data")
    create_installation(layout, "mail.example.test", ["127.0.0.1"])
    return layout


async def test_no_installation_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="posthouse init"):
        async with open_house(Layout(tmp_path)):
            pass


async def test_a_command_alone_owns_everything_for_its_short_life(made: Layout) -> None:
    async with open_house(made) as house:
        assert house.server is None
        await house.accounts.create(AccountId(b"alice-alice-alic"), "person", [])
        with pytest.raises(Busy, match="another command"):
            async with open_house(made):
                pass
    async with open_house(made) as house:
        assert [mailbox.name for mailbox in await house.accounts.mailboxes(AccountId(b"alice-alice-alic"))] == ["INBOX"]


async def test_queues_of_workers_that_are_no_more_are_still_there(made: Layout) -> None:
    (made.root / "queue" / "2.db").touch()
    async with open_house(made) as house:
        assert sorted(house.queues) == [0, 1, 2]
        for number in range(20):
            account_id = AccountId(number.to_bytes(16, "big"))
            assert house.queue_of(account_id) is house.queues[owner_slot(account_id, 3)]


def test_what_a_server_says_about_itself(made: Layout) -> None:
    assert read_server_file(made) is None
    made.server.write_text('{"pid": 5, "workers": 2, "port_offset": 20000, "bind": ["127.0.0.1"]}')
    found = read_server_file(made)
    assert found is not None
    assert (found.pid, found.workers, found.port_offset, found.bind) == (5, 2, 20_000, ["127.0.0.1"])
    for broken in ("", "{}", "half a fi"):
        made.server.write_text(broken)
        with pytest.raises(Unavailable, match=r"server\.json"):
            read_server_file(made)
    made.server.unlink()
