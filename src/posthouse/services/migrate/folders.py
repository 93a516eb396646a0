"""Which mailbox a folder of another program becomes."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final

from posthouse.foundation.errors import Invalid
from posthouse.model.mailbox import INBOX, SEPARATOR, Mailbox, SpecialUse, check_name
from posthouse.services.administer.rules.folders import names_of

_KNOWN: Final = {
    SpecialUse.DRAFTS: ("draft", "brouillons", "draftbox", "草稿", "下書き箱"),
    SpecialUse.SENT: ("sent items", "sent messages", "sent mail", "sent-mail", "gesendete objekte", "gesendete elemente",
                      "已发送邮件", "发件箱", "送信済みアイテム"),
    SpecialUse.JUNK: ("junk email", "junk e-mail", "bulk mail", "spam", "unerwünscht", "垃圾箱", "迷惑メールフォルダ"),
    SpecialUse.TRASH: ("deleted items", "deleted messages", "bin", "gelöschte objekte", "gelöschte elemente",
                       "已删除邮件", "废件箱", "削除済みアイテム"),
    SpecialUse.ARCHIVE: ("archives", "all mail", "存档", "保存"),
}  # fmt: skip
_UNSEEN: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def special_use_of(name: str) -> SpecialUse | None:
    """What a folder with this name is for, in any language the service speaks and in those of wide-spread programs."""
    plain = unicodedata.normalize("NFC", name).casefold()
    for use, names in _KNOWN.items():
        if plain in names or plain in {other.casefold() for other in names_of(use)}:
            return use
    return None


def destination(levels: Sequence[str], root: str, mailboxes: Mapping[SpecialUse, Mailbox]) -> str:
    """The mailbox name for a folder's levels below ``root``; sent mail finds the account's own Sent, whatever that is called.

    Raises: Invalid for a name no mailbox may have.
    """
    if not levels:
        return check_name(root)
    cleaned = [_UNSEEN.sub("", level).replace(SEPARATOR, "_") or "_" for level in levels]
    if root != INBOX:
        return check_name(SEPARATOR.join((root, *cleaned)))
    if cleaned[0].upper() == INBOX:
        return check_name(SEPARATOR.join((INBOX, *cleaned[1:])))
    use = special_use_of(cleaned[0])
    if use is not None and use in mailboxes:
        cleaned[0] = mailboxes[use].name
    return check_name(SEPARATOR.join(cleaned))


def by_use(mailboxes: Sequence[Mailbox]) -> dict[SpecialUse, Mailbox]:
    """The mailboxes that are for something."""
    return {box.special_use: box for box in mailboxes if box.special_use is not None}


def root_name(text: str) -> str:
    """Read the name of the mailbox everything goes to. Raises: Invalid."""
    if not text.strip():
        raise Invalid("the mailbox has no name")
    return check_name(text.strip())
