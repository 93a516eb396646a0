"""Which command is allowed when (RFC 9051 §3): a table and nothing else."""

import enum
from typing import Final


class State(enum.Enum):
    """Where a connection stands."""

    NOT_AUTHENTICATED = "before login"
    AUTHENTICATED = "with no mailbox selected"
    SELECTED = "with a mailbox selected"
    LOGOUT = "after logout"


_ANY = frozenset({State.NOT_AUTHENTICATED, State.AUTHENTICATED, State.SELECTED})
_BEFORE = frozenset({State.NOT_AUTHENTICATED})
_AFTER = frozenset({State.AUTHENTICATED, State.SELECTED})
_SELECTED = frozenset({State.SELECTED})

TABLE: Final[dict[bytes, frozenset[State]]] = {
    b"CAPABILITY": _ANY,
    b"NOOP": _ANY,
    b"LOGOUT": _ANY,
    b"ID": _ANY,
    b"STARTTLS": _BEFORE,
    b"AUTHENTICATE": _BEFORE,
    b"LOGIN": _BEFORE,
    # RFC 9051 §6.3.1 allows ENABLE when authenticated, RFC 5161 says "only"; with a mailbox selected it may do no harm either.
    b"ENABLE": _AFTER,
    b"COMPRESS": _AFTER,
    b"LANGUAGE": _ANY,
    b"SELECT": _AFTER,
    b"EXAMINE": _AFTER,
    b"CREATE": _AFTER,
    b"DELETE": _AFTER,
    b"RENAME": _AFTER,
    b"SUBSCRIBE": _AFTER,
    b"UNSUBSCRIBE": _AFTER,
    b"LIST": _AFTER,
    b"LSUB": _AFTER,
    b"NAMESPACE": _AFTER,
    b"STATUS": _AFTER,
    b"APPEND": _AFTER,
    b"IDLE": _AFTER,
    b"UNAUTHENTICATE": _AFTER,
    b"GETACL": _AFTER,
    b"SETACL": _AFTER,
    b"DELETEACL": _AFTER,
    b"LISTRIGHTS": _AFTER,
    b"MYRIGHTS": _AFTER,
    b"GETQUOTA": _AFTER,
    b"GETQUOTAROOT": _AFTER,
    b"SETQUOTA": _AFTER,
    b"GETMETADATA": _AFTER,
    b"SETMETADATA": _AFTER,
    b"NOTIFY": _AFTER,
    b"RESETKEY": _AFTER,
    b"GENURLAUTH": _AFTER,
    b"URLFETCH": _AFTER,
    b"CHECK": _SELECTED,
    b"CLOSE": _SELECTED,
    b"UNSELECT": _SELECTED,
    b"EXPUNGE": _SELECTED,
    b"SEARCH": _SELECTED,
    b"ESEARCH": _AFTER,
    b"SORT": _SELECTED,
    b"THREAD": _SELECTED,
    b"CANCELUPDATE": _SELECTED,
    b"FETCH": _SELECTED,
    b"STORE": _SELECTED,
    b"COPY": _SELECTED,
    b"MOVE": _SELECTED,
    b"REPLACE": _SELECTED,
    b"UIDBATCHES": _SELECTED,
    b"UID EXPUNGE": _SELECTED,
    b"UID SEARCH": _SELECTED,
    b"UID SORT": _SELECTED,
    b"UID THREAD": _SELECTED,
    b"UID FETCH": _SELECTED,
    b"UID STORE": _SELECTED,
    b"UID COPY": _SELECTED,
    b"UID MOVE": _SELECTED,
    b"UID REPLACE": _SELECTED,
}


def is_allowed(name: bytes, state: State) -> bool:
    """Whether the command called ``name`` may be given in ``state``."""
    return state in TABLE[name]
