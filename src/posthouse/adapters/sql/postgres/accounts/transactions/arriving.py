"""Bringing messages in: everything a delivery or an append writes is one statement."""

import functools
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from posthouse.adapters.sql.arrival import Arrival
from posthouse.adapters.sql.postgres.accounts.transactions.counting import DELETED, SEEN, choose, mailbox_row, require_room
from posthouse.adapters.sql.postgres.accounts.transactions.placing import Burial, bury
from posthouse.adapters.sql.postgres.accounts.transactions.selection import select_uids
from posthouse.adapters.sql.postgres.accounts.transactions.viewing import set_seen
from posthouse.adapters.sql.postgres.server import Database
from posthouse.adapters.sql.rooms import Place, place_of, rooms_of
from posthouse.foundation.errors import NotFound
from posthouse.foundation.ids import AccountId, EmailId, MailboxId
from posthouse.model.delivery import Append, Delivered, Delivery, Outbound
from posthouse.model.mailbox import Placed

_OUTBOX = msgspec.msgpack.Encoder()
_ITEM = msgspec.msgpack.Decoder(Outbound)


class Putting(NamedTuple):
    """What somebody puts into a mailbox, and who: None is the owner."""

    items: Sequence[tuple[Append, Arrival]]
    projections: Sequence[str]
    now: float
    viewer: AccountId | None


async def deliver(
    db: Database, account: int, delivery: Delivery, arrived: Arrival, projections: Sequence[str], now: float
) -> Delivered:
    """Deliver a message once, whatever happens."""
    item = Append(delivery.content, delivery.received_at, delivery.flags, delivery.keywords, delivery.trace_id)
    row = await db.fetchrow(
        _statement("special_use IN ($2, 'inbox') ORDER BY special_use = 'inbox' LIMIT 1", tuple(projections)),
        account,
        str(delivery.special_use),
        delivery.delivery_id,
        delivery.record or None,
        arrived.size_octets,
        1,
        *_columns([(item, arrived)], 0, now),
        *_threads([arrived], None),
        [consequence.id for consequence in delivery.consequences],
        [_OUTBOX.encode(consequence) for consequence in delivery.consequences],
        *_projections([arrived], projections),
    )
    assert row is not None
    if row[0] is not None:
        return Delivered(EmailId(row[0]), MailboxId(row[1] or b""), row[2], repeated=True)
    arrival = _received(row, (0, 0) if delivery.over_quota else (arrived.size_octets, 1))
    return Delivered(arrived.email_id, arrival.mailbox_id, arrival.first_uid)


async def append(db: Database, account: int, mailbox_id: MailboxId, putting: Putting) -> Placed:
    """Put messages into a mailbox, all or none."""
    octets = sum(arrived.size_octets for _, arrived in putting.items)
    return await _put(db, account, mailbox_id, putting, (octets, len(putting.items)))


async def replace(db: Database, account: int, original: tuple[MailboxId, int], destination: MailboxId, putting: Putting) -> Placed:
    """Put one message into a mailbox and expunge the one it replaces."""
    source = await mailbox_row(db, account, original[0])
    await mailbox_row(db, account, destination)
    replaced = await choose(db, account, source.number, select_uids([original[1]]))
    if not replaced.uids:
        raise NotFound(f"there is no message {original[1]}")
    octets = putting.items[0][1].size_octets - replaced.size_octets
    placed = await _put(db, account, destination, putting, (octets, 0))
    await bury(db, (account, source.number), select_uids(replaced.uids), putting.now, Burial())
    return Placed(placed.uid_validity, placed.uids, replaced.uids, placed.mod_sequence)


async def outbox(db: Database, account: int) -> list[Outbound]:
    """Consequences the queue has not confirmed, oldest first. Raises: NotFound."""
    rows = await db.fetch(
        "SELECT o.item FROM account a LEFT JOIN outbox o ON o.account = a.number WHERE a.number = $1 ORDER BY o.id", account
    )
    if not rows:
        raise NotFound("the account does not exist")
    return [_ITEM.decode(row[0]) for row in rows if row[0] is not None]


class _Received(NamedTuple):
    mailbox: int
    mailbox_id: MailboxId
    uid_validity: int
    first_uid: int
    mod_sequence: int


async def _put(db: Database, account: int, mailbox_id: MailboxId, putting: Putting, charged: tuple[int, int]) -> Placed:
    """Insert messages at the mailbox's next UIDs and count them there; what a viewer has seen is new to the others."""
    arrivals = [arrived for _, arrived in putting.items]
    hidden = 0 if putting.viewer is None else SEEN
    known = await _known_threads(db, account, arrivals) if len(arrivals) > 1 else None
    row = await db.fetchrow(
        _statement("id = $2", tuple(putting.projections)),
        account,
        mailbox_id,
        None,
        None,
        *charged,
        *_columns(putting.items, hidden, putting.now),
        *_threads(arrivals, known),
        [],
        [],
        *_projections(arrivals, putting.projections),
    )
    assert row is not None
    received = _received(row, charged)
    uids = list(range(received.first_uid, received.first_uid + len(arrivals)))
    if putting.viewer is not None:
        seen = [uid for uid, (item, _) in zip(uids, putting.items, strict=True) if item.flags & SEEN]
        await set_seen(db, (account, received.mailbox), putting.viewer, select_uids(seen), (True, received.mod_sequence))
    return Placed(received.uid_validity, uids, [], received.mod_sequence)


def _received(row: tuple[Any, ...], charged: tuple[int, int]) -> _Received:
    """Read what the statement answered. Raises: NotFound, OverQuota."""
    if row[3] is None:
        raise NotFound("the mailbox does not exist")
    require_room((row[8], row[9]), charged, (row[10], row[11]))
    return _Received(*tuple(row)[3:8])


def _columns(items: Sequence[tuple[Append, Arrival]], hidden: int, now: float) -> list[object]:
    """Bindings ``$7`` to ``$20``: counters, then one array for each column."""
    flags = [item.flags & ~hidden for item, _ in items]
    arrivals = [arrived for _, arrived in items]
    return [
        len(items),
        sum(1 for bits in flags if not bits & SEEN),
        sum(1 for bits in flags if bits & DELETED),
        now,
        [arrived.email_id for arrived in arrivals],
        [arrived.size_octets for arrived in arrivals],
        [arrived.body_octets for arrived in arrivals],
        [arrived.blob for arrived in arrivals],
        [arrived.pieces for arrived in arrivals],
        [arrived.body for arrived in arrivals],
        [item.received_at for item, _ in items],
        [item.trace_id for item, _ in items],
        flags,
        [" ".join(sorted(item.keywords)) for item, _ in items],
    ]


async def _known_threads(db: Database, account: int, arrivals: Sequence[Arrival]) -> dict[int, bytes]:
    hashes = sorted({hash_ for arrived in arrivals for hash_ in arrived.message_ids})
    rows = await db.fetch("SELECT hash, thread_id FROM message_id WHERE account = $1 AND hash = ANY($2::bigint[])", account, hashes)
    return {row[0]: row[1] for row in rows}


def _threads(
    arrivals: Sequence[Arrival], known: dict[int, bytes] | None
) -> tuple[list[bytes | None], list[int], list[bytes | None]]:
    """The messages' threads, and the Message-IDs to note with theirs; None is left for the statement to find (one message only)."""
    if known is None:
        hashes = [hash_ for arrived in arrivals for hash_ in arrived.message_ids]
        return [None] * len(arrivals), hashes, [None] * len(hashes)
    threads: list[bytes | None] = []
    fresh: dict[int, bytes | None] = {}
    for arrived in arrivals:
        thread = next((known[hash_] for hash_ in arrived.message_ids if hash_ in known), bytes(arrived.email_id))
        threads.append(thread)
        for hash_ in arrived.message_ids:
            if hash_ not in known:
                known[hash_] = thread
                fresh[hash_] = thread
    return threads, list(fresh), list(fresh.values())


def _projections(arrivals: Sequence[Arrival], names: Sequence[str]) -> list[list[bytes]]:
    """One array for each projection."""
    return [[arrived.projections[position] for arrived in arrivals] for position in range(len(names))]


@functools.cache
def _statement(target: str, projections: tuple[str, ...]) -> str:
    return _ARRIVE.format(target=target, rooms=_room_inserts(projections), seen=SEEN)


_FIRST_PROJECTION = 26


def _room_inserts(projections: tuple[str, ...]) -> str:
    places = [place_of(projection) for projection in projections]
    made = []
    for table, columns in rooms_of(projections).items():
        arrays = [f"${_FIRST_PROJECTION + places.index(Place(table, column))}::bytea[]" for column in columns]
        names = ", ".join(columns)
        made.append(
            f"""
            in_{table} AS (
                INSERT INTO {table} (account, email, {names})
                SELECT $1, taken.emails + i.position, {", ".join(f"i.{column}" for column in columns)}
                FROM taken, unnest({", ".join(arrays)}) WITH ORDINALITY AS i({names}, position)
            ),"""
        )
    return "".join(made)


_ARRIVE = """
    WITH target AS (SELECT number FROM mailbox WHERE account = $1 AND {target}),
    known AS (
        SELECT e.id, m.id AS mailbox_id, e.first_uid
        FROM email e LEFT JOIN mailbox m ON m.account = e.account AND m.number = e.first_mailbox
        WHERE e.account = $1 AND e.delivery_id = $3::bytea
    ),
    taken AS (
        UPDATE account a
        SET mod_sequence = a.mod_sequence + 1, used_octets = a.used_octets + $5::bigint,
            used_messages = a.used_messages + $6::bigint, email_sequence = a.email_sequence + $7::bigint
        FROM target WHERE a.number = $1 AND NOT EXISTS (SELECT FROM known)
        RETURNING a.mod_sequence, a.email_sequence - $7 AS emails, a.used_octets, a.used_messages, a.quota_octets, a.quota_messages
    ),
    counted AS (
        UPDATE mailbox m
        SET messages = m.messages + $7, unseen = m.unseen + $8::bigint, deleted = m.deleted + $9::bigint,
            size_octets = m.size_octets + coalesce((SELECT sum(size) FROM unnest($12::bigint[]) AS s(size)), 0)::bigint,
            uid_next = m.uid_next + $7, mod_sequence = CASE WHEN $7 > 0 THEN taken.mod_sequence ELSE m.mod_sequence END
        FROM target, taken WHERE m.account = $1 AND m.number = target.number
        RETURNING m.number, m.id, m.uid_validity, m.uid_next - $7 AS first_uid
    ),
    thread AS (
        SELECT i.thread_id FROM unnest($22::bigint[]) WITH ORDINALITY AS h(hash, place)
        JOIN message_id i ON i.account = $1 AND i.hash = h.hash ORDER BY h.place LIMIT 1
    ),
    arrived AS (
        SELECT taken.emails + i.position AS number, counted.number AS mailbox, counted.first_uid + i.position - 1 AS uid,
               taken.mod_sequence, i.id, i.size_octets, i.body_octets, i.blob, i.pieces, i.received_at, i.trace_id, i.flags,
               i.keywords, coalesce(i.thread_id, (SELECT thread_id FROM thread), i.id) AS thread_id
        FROM taken, counted, unnest(
            $11::bytea[], $12::bigint[], $13::bigint[], $14::text[], $15::bytea[], $17::double precision[], $18::bytea[],
            $19::integer[], $20::text[], $21::bytea[]
        ) WITH ORDINALITY AS i(
            id, size_octets, body_octets, blob, pieces, received_at, trace_id, flags, keywords, thread_id, position
        )
    ),
    in_message_id AS (
        INSERT INTO message_id
        SELECT $1, h.hash, coalesce(h.thread_id, (SELECT thread_id FROM arrived LIMIT 1))
        FROM taken, unnest($22::bigint[], $23::bytea[]) AS h(hash, thread_id)
        ON CONFLICT DO NOTHING
    ),
    in_email AS (
        INSERT INTO email (account, number, id, thread_id, received_at, size_octets, body_octets, blob, pieces, trace_id,
                           delivery_id, record, first_mailbox, first_uid, holders)
        SELECT $1, number, id, thread_id, received_at, size_octets, body_octets, blob, pieces, trace_id,
               $3, $4::bytea, mailbox, uid, 1
        FROM arrived
    ),
    in_body AS (
        INSERT INTO body (account, email, octets)
        SELECT $1, taken.emails + i.position, i.octets
        FROM taken, unnest($16::bytea[]) WITH ORDINALITY AS i(octets, position) WHERE i.octets IS NOT NULL
    ),
    in_placement AS (
        INSERT INTO placement (account, mailbox, uid, email, mod_sequence, flags, keywords, saved_at)
        SELECT $1, mailbox, uid, number, mod_sequence, flags, keywords, $10::double precision FROM arrived
    ),{rooms}
    in_outbox AS (
        INSERT INTO outbox (account, id, item)
        SELECT $1, o.id, o.item FROM taken, unnest($24::bytea[], $25::bytea[]) AS o(id, item) ON CONFLICT DO NOTHING
    )
    SELECT known.id, known.mailbox_id, known.first_uid, counted.number, counted.id, counted.uid_validity, counted.first_uid,
           taken.mod_sequence, taken.used_octets, taken.used_messages, taken.quota_octets, taken.quota_messages
    FROM (SELECT) AS one LEFT JOIN known ON true LEFT JOIN taken ON true LEFT JOIN counted ON true
"""
"""A delivery that was made before is found and changes nothing. Message-IDs lead to the thread of the first that is known."""
