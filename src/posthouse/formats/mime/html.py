"""The words of an HTML body, for searching and previews. Nothing here makes HTML safe to show.

Markup is dropped by patterns, not parsed: the result is text for people and indexes, so a stray attribute does no harm. Every
step is linear whatever the octets.
"""

import html
import re

_HIDDEN = re.compile(r"<(?:(!--)|(style|script|title|template)\b[^<>]*>)", re.IGNORECASE)
_COMMENT_END = re.compile(r"--!?>")
_HIDDEN_END = {name: re.compile(rf"</{name}[^<>]*>", re.IGNORECASE) for name in ("style", "script", "title", "template")}
_BREAK = re.compile(
    r"</?(?:p|div|br|hr|tr|li|ul|ol|dl|dt|dd|h[1-6]|table|blockquote|pre|section|article|header|footer)\b[^<>]*>",
    re.IGNORECASE,
)
_CELL = re.compile(r"</?(?:td|th)\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"<[/!?A-Za-z][^<>]*>")
_META_CHARSET = re.compile(rb"<meta\b[^<>]*?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
# html.unescape turns digits into int() and fails on the interpreter's bound for their number.
_ABSURD_REFERENCE = re.compile(r"&#(?:[0-9]{8,}|[xX][0-9a-fA-F]{8,});?")


def strip_html(markup: str) -> str:
    """Return the text of ``markup``: tags, comments, styles and scripts dropped, blocks on their own lines, entities resolved."""
    text = _without_hidden(markup)
    text = _TAG.sub("", _CELL.sub(" ", _BREAK.sub("\n", text)))
    return html.unescape(_ABSURD_REFERENCE.sub("\ufffd", text)) if "&" in text else text


def meta_charset(octets: bytes) -> bytes | None:
    """Return the charset label an HTML document gives itself in its first 1,024 octets, or None."""
    match = _META_CHARSET.search(octets, 0, 1024)
    return match[1] if match else None


def _without_hidden(markup: str) -> str:
    kept: list[str] = []
    position = 0
    while match := _HIDDEN.search(markup, position):
        kept.append(markup[position : match.start()])
        closing = _COMMENT_END if match[1] else _HIDDEN_END[match[2].lower()]
        # "<!-->" and "<!--->" are whole comments.
        end = closing.search(markup, match.end() - 2 if match[1] else match.end())
        if end is None:
            return "".join(kept)
        position = end.end()
    kept.append(markup[position:])
    return "".join(kept)
