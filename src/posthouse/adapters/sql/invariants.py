"""What must hold in every account, each as a statement that finds where it does not.

The statements are in the words that SQL databases share, and speak of one account: a database that holds many shows them one.
"""

from collections.abc import Iterable, Sequence

from posthouse.adapters.sql.rooms import rooms_of
from posthouse.foundation.errors import Invalid
from posthouse.model.mailbox import Flag, SpecialUse, check_name
from posthouse.model.sharing.rights import ALL_RIGHTS
from posthouse.ports.account_store import Fault

_USES = frozenset(map(str, SpecialUse))

_UIDS = """
    (SELECT mailbox, uid, email, mod_sequence, 'UID ' || uid AS place FROM placement
     UNION ALL SELECT mailbox, uid, email, mod_sequence, 'expunged UID ' || uid FROM expunged)
"""

_MESSAGES = (
    (
        "a placement has no mailbox",
        "SELECT 'UID ' || uid FROM placement WHERE mailbox NOT IN (SELECT number FROM mailbox)",
    ),
    (
        "a placement has no message",
        f"SELECT place FROM {_UIDS} AS u WHERE email NOT IN (SELECT number FROM email)",
    ),
    (
        "a UID is not below UIDNEXT",
        f"""
        SELECT m.name || ' ' || u.place FROM mailbox m JOIN {_UIDS} AS u ON u.mailbox = m.number
        WHERE u.uid >= m.uid_next OR u.uid < 1
        """,
    ),
    (
        "a UID is both live and expunged",
        "SELECT 'UID ' || uid FROM placement JOIN expunged USING (mailbox, uid)",
    ),
    (
        "a modification sequence is above its mailbox's",
        f"""
        SELECT m.name || ' ' || u.place FROM mailbox m JOIN {_UIDS} AS u ON u.mailbox = m.number
        WHERE u.mod_sequence > m.mod_sequence
        """,
    ),
    (
        "flags are set that there are not",
        f"SELECT 'UID ' || uid FROM placement WHERE flags & ~{sum(Flag)} != 0",
    ),
    (
        "a message's holders are miscounted",
        f"""
        SELECT 'email ' || e.number FROM email e LEFT JOIN (SELECT email, count(*) AS held FROM {_UIDS} AS u GROUP BY email) c
        ON c.email = e.number WHERE e.holders != coalesce(c.held, 0)
        """,
    ),
    (
        "a message is held by nobody",
        "SELECT 'email ' || number FROM email WHERE holders < 1",
    ),
    (
        "a message has neither body nor blob, or both",
        """
        SELECT 'email ' || number FROM email LEFT JOIN body ON body.email = number WHERE (blob IS NULL) = (octets IS NULL)
        """,
    ),
    (
        "a body has other octets than were received",
        """
        SELECT 'email ' || number FROM email JOIN body ON body.email = number WHERE octet_length(octets) != body_octets
        """,
    ),
    (
        "a body belongs to no message",
        "SELECT 'email ' || email FROM body WHERE email NOT IN (SELECT number FROM email)",
    ),
    (
        "a Message-ID leads to a thread that does not exist",
        "SELECT 'hash ' || hash FROM message_id WHERE thread_id NOT IN (SELECT thread_id FROM email)",
    ),
)

_MAILBOXES = (
    (
        "a mailbox's counters differ from its messages",
        """
        SELECT m.name FROM mailbox m LEFT JOIN (
            SELECT p.mailbox, count(*) AS messages, count(*) FILTER (WHERE p.flags & 1 = 0) AS unseen,
                   count(*) FILTER (WHERE p.flags & 8 != 0) AS deleted, sum(e.size_octets) AS size_octets
            FROM placement p JOIN email e ON e.number = p.email GROUP BY p.mailbox
        ) AS c ON c.mailbox = m.number
        WHERE m.messages != coalesce(c.messages, 0) OR m.unseen != coalesce(c.unseen, 0) OR m.deleted != coalesce(c.deleted, 0)
           OR m.size_octets != coalesce(c.size_octets, 0)
        """,
    ),
    (
        "a mailbox's modification sequence is above the account's",
        "SELECT name FROM mailbox WHERE mod_sequence > (SELECT mod_sequence FROM account)",
    ),
    (
        "a mailbox's horizon is above its modification sequence",
        "SELECT name FROM mailbox WHERE horizon > mod_sequence",
    ),
    (
        "a mailbox's UIDVALIDITY is above the account's",
        "SELECT name FROM mailbox WHERE uid_validity > (SELECT uid_validity FROM account)",
    ),
    (
        "two mailboxes have the same UIDVALIDITY",
        "SELECT string_agg(name, ', ') FROM mailbox GROUP BY uid_validity HAVING count(*) > 1",
    ),
    (
        "the first recent UID is not one of the mailbox's",
        "SELECT name FROM mailbox WHERE recent_uid < 1 OR recent_uid > uid_next",
    ),
    (
        "there is no INBOX",
        "SELECT 'account' WHERE (SELECT count(*) FROM mailbox WHERE name = 'INBOX' AND special_use = 'inbox') != 1",
    ),
    (
        "the quota counts other octets than the messages have",
        """
        SELECT 'account' FROM account
        WHERE used_octets != (SELECT coalesce(sum(size_octets), 0) FROM mailbox)
           OR used_messages != (SELECT coalesce(sum(messages), 0) FROM mailbox)
        """,
    ),
    (
        "a change is above the account's modification sequence",
        "SELECT type || ' ' || kind FROM change WHERE mod_sequence > (SELECT mod_sequence FROM account)",
    ),
)

_OTHERS = (
    (
        "what a viewer has seen is miscounted",
        """
        SELECT m.name FROM mailbox m JOIN viewer_mailbox v ON v.mailbox = m.number
        WHERE v.seen != (SELECT count(*) FROM viewer_seen s JOIN placement p ON p.mailbox = s.mailbox AND p.uid = s.uid
                         WHERE s.viewer = v.viewer AND s.mailbox = v.mailbox AND s.seen != 0)
        """,
    ),
    (
        "a viewer has seen a message that is not there",
        """
        SELECT 'UID ' || s.uid FROM viewer_seen s LEFT JOIN placement p ON p.mailbox = s.mailbox AND p.uid = s.uid
        WHERE p.uid IS NULL
        """,
    ),
    (
        "a viewer's modification sequence is above the mailbox's",
        """
        SELECT m.name || ' UID ' || s.uid FROM viewer_seen s JOIN mailbox m ON m.number = s.mailbox
        WHERE s.mod_sequence > m.mod_sequence
        """,
    ),
    (
        "a mailbox does not know its viewers",
        """
        SELECT 'mailbox ' || mailbox
        FROM (SELECT mailbox, viewer FROM viewer_seen UNION SELECT mailbox, viewer FROM viewer_mailbox) AS v
        WHERE mailbox NOT IN (SELECT number FROM mailbox WHERE viewers != 0)
           OR (mailbox, viewer) NOT IN (SELECT mailbox, viewer FROM viewer_mailbox)
        """,
    ),
    (
        "a grant is for no mailbox, or gives no right",
        f"""
        SELECT identifier FROM mailbox_grant
        WHERE mailbox NOT IN (SELECT number FROM mailbox) OR rights = 0 OR rights & ~{int(ALL_RIGHTS)} != 0
        """,
    ),
    (
        "an annotation is on no mailbox",
        "SELECT entry FROM annotation WHERE mailbox != 0 AND mailbox NOT IN (SELECT number FROM mailbox)",
    ),
    (
        "the octets of the annotations are miscounted",
        """
        SELECT 'account' FROM account WHERE annotation_octets !=
            (SELECT coalesce(sum(octet_length(entry) + octet_length(value)), 0) FROM annotation)
        """,
    ),
)


def statements(projections: Sequence[str]) -> list[tuple[str, str]]:
    """What may be wrong, and the statement that tells where."""
    rooms = [
        (
            "a projection belongs to no message",
            f"SELECT 'email ' || email FROM {table} WHERE email NOT IN (SELECT number FROM email)",
        )
        for table in rooms_of(projections)
    ]
    return [*_MESSAGES, *_MAILBOXES, *_OTHERS, *rooms]


def misspelt(mailboxes: Iterable[tuple[str, str | None]], keywords: Iterable[str]) -> list[Fault]:
    """Names and special uses of mailboxes, and sets of keywords, that this program does not write."""
    faults = []
    for name, use in mailboxes:
        if not _is_name(name):
            faults.append(Fault("a mailbox has a name that none may have", repr(name)))
        if use is not None and use not in _USES:
            faults.append(Fault("a mailbox has a use that there is not", name))
    unsorted = [words for words in keywords if " ".join(sorted(set(words.split()))) != words]
    return faults + [Fault("keywords are not sorted", words) for words in unsorted]


def _is_name(name: str) -> bool:
    try:
        return check_name(name) == name
    except Invalid:
        return False
