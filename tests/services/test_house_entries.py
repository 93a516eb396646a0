"""What the house writes on a mailbox, and who sees it."""

from pathlib import Path

import pytest
from tests.support.mail_house import mail_house

from posthouse.foundation.errors import NotPermitted
from posthouse.model.sharing.annotation import HOUSE
from posthouse.services.house_entries import HouseEntries
from posthouse.services.mail import Mail


async def test_nobody_else_sees_or_writes_it(tmp_path: Path) -> None:
    async with mail_house(tmp_path) as house:
        alice, bob = [await house.principal(name) for name in ("alice", "bob")]
        mail = Mail(alice, alice.account_id, house.accounts)
        inbox = (await mail.mailboxes())[0].id
        entries = HouseEntries(house.accounts, alice.account_id)
        assert await entries.read(inbox, "key") is None
        await entries.write(inbox, "key", b"value")
        await mail.annotate(inbox, {"/private/comment": b"mine"})
        assert await mail.annotations(inbox) == {"/private/comment": b"mine"}
        with pytest.raises(NotPermitted):
            await mail.annotate(inbox, {HOUSE.upper() + "KEY": b"other", "/private/comment": None})
        assert await entries.read(inbox, "key") == b"value"
        assert await HouseEntries(house.accounts, alice.account_id, bob.account_id).read(inbox, "key") is None
        await entries.write(inbox, "key", None)
        assert await entries.read(inbox, "key") is None
