"""Names that LIST may show."""

from posthouse.foundation.ids import MailboxId
from posthouse.model.mailbox import Mailbox, SpecialUse
from posthouse.servers.imap.listing.names import names_of


def _mailbox(name: str, use: SpecialUse | None = None) -> Mailbox:
    return Mailbox(MailboxId(name.encode()), name, use, 1, 1, 1, 0, 0, 0, 0, 1)


def test_levels_above_are_found() -> None:
    names = {name.name: name for name in names_of([_mailbox("a/b/c", SpecialUse.SENT), _mailbox("INBOX")], ["a/x", "gone"])}
    assert list(names) == ["INBOX", "a", "a/b", "a/b/c", "a/x", "gone"]
    assert names["a"].mailbox is None
    assert names["a"].has_children
    assert names["a"].has_subscribed_children
    assert names["a"].has_special_children
    assert not names["a/b"].has_subscribed_children
    assert not names["a/b/c"].has_children
    assert names["gone"].is_subscribed
    assert not names["INBOX"].is_subscribed


def test_a_subscription_below_is_no_child() -> None:
    (above, below) = names_of([], ["a/b"])
    assert not above.has_children
    assert above.has_subscribed_children
    assert below.is_subscribed
