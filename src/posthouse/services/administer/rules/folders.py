"""The mailboxes an account begins with, in its owner's language."""

from typing import Final

from posthouse.foundation.errors import Invalid
from posthouse.model.mailbox import SpecialUse

_USES: Final = (SpecialUse.DRAFTS, SpecialUse.SENT, SpecialUse.JUNK, SpecialUse.TRASH, SpecialUse.ARCHIVE)
_NAMES: Final = {
    "en": ("Drafts", "Sent", "Junk", "Trash", "Archive"),
    "zh": ("草稿箱", "已发送", "垃圾邮件", "已删除", "归档"),
    "ja": ("下書き", "送信済み", "迷惑メール", "ゴミ箱", "アーカイブ"),
    "de": ("Entwürfe", "Gesendet", "Spam", "Papierkorb", "Archiv"),
}
LANGUAGES: Final = tuple(_NAMES)


def language(text: str) -> str:
    """The supported language a tag stands for: ``zh-Hans-CN`` is ``zh``.

    Raises: Invalid.
    """
    primary = text.strip().lower().replace("_", "-").partition("-")[0]
    if primary not in _NAMES:
        raise Invalid(f"{text!r} is no language of this service; there are {', '.join(LANGUAGES)}")
    return primary


def first_mailboxes(chosen: str) -> list[tuple[str, SpecialUse | None]]:
    """Names and uses of the mailboxes beside INBOX, for one of ``LANGUAGES``."""
    return list(zip(_NAMES[chosen], _USES, strict=True))


def names_of(use: SpecialUse) -> tuple[str, ...]:
    """What a mailbox for this use is called in each language; nothing for uses no account begins with."""
    return tuple(names[_USES.index(use)] for names in _NAMES.values()) if use in _USES else ()
