"""What a mailbox is for, as attributes of LIST (RFC 6154, RFC 8457)."""

from typing import Final

from posthouse.model.mailbox import SpecialUse

ATTRIBUTES: Final[dict[SpecialUse, bytes]] = {
    SpecialUse.ARCHIVE: rb"\Archive",
    SpecialUse.DRAFTS: rb"\Drafts",
    SpecialUse.JUNK: rb"\Junk",
    SpecialUse.SENT: rb"\Sent",
    SpecialUse.TRASH: rb"\Trash",
    SpecialUse.FLAGGED: rb"\Flagged",
    SpecialUse.IMPORTANT: rb"\Important",
    SpecialUse.ALL: rb"\All",
}
"""INBOX has none: its name says it."""
BY_ATTRIBUTE: Final = {attribute.decode().lower(): use for use, attribute in ATTRIBUTES.items()}
