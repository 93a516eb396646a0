"""Ids of mailboxes, messages and threads as clients see them (RFC 8474 §5); JMAP shows the same.

A letter stands before the id, so that none of one kind is ever taken for one of another.
"""

import functools

from posthouse.foundation.ids import EmailId, MailboxId, ThreadId, to_text


@functools.lru_cache(4096)
def mailbox_object_id(mailbox_id: MailboxId) -> bytes:
    """MAILBOXID."""
    return b"F" + to_text(mailbox_id).encode()


def email_object_id(email_id: EmailId) -> bytes:
    """EMAILID: the same for every copy of a message."""
    return b"M" + to_text(email_id).encode()


def thread_object_id(thread_id: ThreadId) -> bytes:
    """THREADID."""
    return b"T" + to_text(thread_id).encode()
