"""Checking every invariant of an account."""

import apsw

from posthouse.ports.account_store import Fault

_INVARIANTS = (
    (
        "a mailbox's counters differ from its messages",
        """
        SELECT m.name FROM mailbox m WHERE (m.messages, m.unseen, m.deleted, m.size_octets) IS NOT (
            SELECT count(*), coalesce(sum(p.flags & 1 = 0), 0), coalesce(sum(p.flags & 8 != 0), 0),
                   coalesce(sum(e.size_octets), 0)
            FROM placement p JOIN email e ON e.number = p.email WHERE p.mailbox = m.number)
        """,
    ),
    (
        "a UID is not below UIDNEXT",
        "SELECT m.name || ' UID ' || p.uid FROM mailbox m JOIN placement p ON p.mailbox = m.number WHERE p.uid >= m.uid_next",
    ),
    (
        "a modification sequence is above its mailbox's",
        """
        SELECT m.name || ' UID ' || p.uid FROM mailbox m JOIN placement p ON p.mailbox = m.number
        WHERE p.mod_sequence > m.mod_sequence OR m.mod_sequence > (SELECT mod_sequence FROM account)
        """,
    ),
    (
        "a placement has no message",
        "SELECT 'UID ' || uid FROM placement WHERE email NOT IN (SELECT number FROM email)",
    ),
    (
        "a message's holders are miscounted",
        """
        SELECT 'email ' || e.number FROM email e LEFT JOIN
            (SELECT email, count(*) AS held FROM (SELECT email FROM placement UNION ALL SELECT email FROM expunged)
             GROUP BY email) c
            ON c.email = e.number WHERE e.holders != coalesce(c.held, 0)
        """,
    ),
    (
        "a UID is both live and expunged",
        "SELECT 'UID ' || uid FROM placement JOIN expunged USING (mailbox, uid)",
    ),
    (
        "a message has neither body nor blob, or both",
        """
        SELECT 'email ' || number FROM email LEFT JOIN body ON body.email = number WHERE (blob IS NULL) = (octets IS NULL)
        """,
    ),
    (
        "the quota counts other octets than the messages have",
        """
        SELECT 'account' FROM account WHERE (used_octets, used_messages) IS NOT
            (SELECT coalesce(sum(size_octets), 0), coalesce(sum(messages), 0) FROM mailbox)
        """,
    ),
)


def check_invariants(db: apsw.Connection) -> list[Fault]:
    """Check the database and the counts; octets and projections are checked by the store, page by page."""
    faults = [Fault("the database is damaged", str(row[0])) for row in db.execute("PRAGMA integrity_check") if row[0] != "ok"]
    for what, statement in _INVARIANTS:
        faults += [Fault(what, str(where)) for (where,) in db.execute(statement)]
    return faults
