"""What is announced, and when: only what works (RFC 9051 §7.2.2)."""

from collections.abc import Sequence
from typing import Final

_ALWAYS: Final = (b"IMAP4rev1", b"IMAP4rev2", b"LITERAL+", b"SASL-IR", b"ID", b"ENABLE")
_AFTER_LOGIN: Final = (
    b"IDLE",
    b"NAMESPACE",
    b"CHILDREN",
    b"UIDPLUS",
    b"MOVE",
    b"UNSELECT",
    b"LIST-EXTENDED",
    b"LIST-STATUS",
    b"SPECIAL-USE",
    b"CREATE-SPECIAL-USE",
    b"STATUS=SIZE",
    b"ESEARCH",
    b"SEARCHRES",
    b"WITHIN",
    b"SORT",
    b"SORT=DISPLAY",
    b"THREAD=ORDEREDSUBJECT",
    b"THREAD=REFERENCES",
    b"ESORT",
    b"CONTEXT=SEARCH",
    b"CONTEXT=SORT",
    b"PARTIAL",
    b"MULTISEARCH",
    b"SEARCH=FUZZY",
    b"I18NLEVEL=1",
    b"BINARY",
    b"MULTIAPPEND",
    b"CATENATE",
    b"UTF8=ACCEPT",
    b"CONDSTORE",
    b"QRESYNC",
    b"UIDONLY",
    b"OBJECTID",
    b"SAVEDATE",
    b"PREVIEW",
    b"REPLACE",
    b"UIDBATCHES",
    b"INPROGRESS",
    b"UNAUTHENTICATE",
    b"ACL",
    b"RIGHTS=texk",
    b"LIST-MYRIGHTS",
    b"QUOTA",
    b"QUOTA=RES-STORAGE",
    b"QUOTA=RES-MESSAGE",
    b"QUOTA=RES-MAILBOX",
    b"QUOTASET",
    b"METADATA",
    b"LIST-METADATA",
    b"NOTIFY",
    b"LANGUAGE",
    b"FILTERS",
    b"URLAUTH",
    b"URLAUTH=BINARY",
)
ENABLED_BY_NAME: Final = {
    name.decode().upper(): name for name in (b"IMAP4rev2", b"UTF8=ACCEPT", b"CONDSTORE", b"QRESYNC", b"UIDONLY")
}
"""What ENABLE can switch on."""


def before_login(*, can_start_tls: bool, mechanisms: Sequence[str]) -> list[bytes]:
    """What is announced before somebody is known; no mechanisms: nobody may sign in as the connection is."""
    names = [*_ALWAYS]
    if can_start_tls:
        names.append(b"STARTTLS")
    if mechanisms:
        names += [b"AUTH=" + mechanism.encode("ascii") for mechanism in mechanisms]
    else:
        names.append(b"LOGINDISABLED")
    return names


def after_login(append_limit: int, *, is_compressed: bool = False) -> list[bytes]:
    """What is announced to somebody who is known; ``append_limit`` in octets (RFC 7889)."""
    names = [*_ALWAYS, *_AFTER_LOGIN, b"APPENDLIMIT=%d" % append_limit]
    return names if is_compressed else [*names, b"COMPRESS=DEFLATE"]
