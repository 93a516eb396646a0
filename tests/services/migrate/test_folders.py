"""Which mailbox a folder becomes."""

import pytest

from posthouse.model.mailbox import SpecialUse
from posthouse.services.migrate.folders import special_use_of


@pytest.mark.parametrize(
    ("name", "use"),
    [
        ("Sent Messages", SpecialUse.SENT),
        ("GESENDET", SpecialUse.SENT),
        ("送信済み", SpecialUse.SENT),
        ("Deleted Items", SpecialUse.TRASH),
        ("已删除", SpecialUse.TRASH),
        ("junk e-mail", SpecialUse.JUNK),
        ("Spam", SpecialUse.JUNK),
        ("Entwu\u0308rfe", SpecialUse.DRAFTS),
        ("Archiv", SpecialUse.ARCHIVE),
        ("INBOX", None),
        ("Projects", None),
    ],
)
def test_well_known_names(name: str, use: SpecialUse | None) -> None:
    assert special_use_of(name) is use
