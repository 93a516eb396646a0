"""Hypothesis strategies for IMAP values: everything the grammar can produce, in the form the grammar produces it."""

import datetime as dt

from hypothesis import strategies as st
from tests.support import imap_notify_values, imap_sharing_values, imap_url_values

from posthouse.protocols.imap.commands import append, copy, fetch, mailboxes, select, status, store, uid_batches
from posthouse.protocols.imap.commands import list as listing
from posthouse.protocols.imap.commands.search import command, esearch, keys, returns, sort, thread
from posthouse.protocols.imap.commands.session import authentication, compress, language
from posthouse.protocols.imap.commands.session import general as session
from posthouse.protocols.imap.commands.table import Command
from posthouse.protocols.imap.grammar.cat_part import LiteralPart, UrlPart
from posthouse.protocols.imap.grammar.flag import SYSTEM_FLAGS
from posthouse.protocols.imap.grammar.partial_range import PartialRange
from posthouse.protocols.imap.grammar.section import Partial, Section, SectionText
from posthouse.protocols.imap.grammar.sequence_set import SAVED_RESULT, STAR, SequenceSet

ATOM = "abcXYZ019.$-_+&/<>=~!#'|`^?;:@,[}"
KEYWORD = "abcXYZ019.$-_+&"

atoms = st.text(ATOM, min_size=1, max_size=8)
octets = st.binary(max_size=12).map(lambda value: value.replace(b"\x00", b"0"))
"""What a string may hold: anything but NUL."""
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\ufeff"), max_size=12)
names = texts.map(lambda name: "INBOX" if name.upper() == "INBOX" else name)
numbers = st.one_of(st.integers(1, 20), st.integers(1, STAR - 1))
ends = st.one_of(numbers, st.just(STAR))
ranges = st.tuples(ends, ends).map(lambda pair: (min(pair), max(pair)))
sequence_sets = st.one_of(
    st.lists(ranges, min_size=1, max_size=5).map(lambda items: SequenceSet(tuple(items))), st.just(SAVED_RESULT)
)
keywords = st.text(KEYWORD, min_size=1, max_size=8)
flags = st.one_of(st.sampled_from(SYSTEM_FLAGS), keywords)
flag_lists = st.lists(flags, max_size=4, unique=True).map(tuple)
days = st.dates(dt.date(1, 1, 1))
zones = st.integers(-1439, 1439).map(lambda minutes: dt.timezone(dt.timedelta(minutes=minutes)))
moments = st.datetimes(dt.datetime(2, 1, 1), dt.datetime(9998, 12, 31), timezones=zones).map(  # noqa: DTZ001 -- bounds are naive
    lambda moment: moment.replace(microsecond=0)
)
parts = st.lists(st.integers(1, 12), max_size=4).map(tuple)
partials = st.none() | st.builds(Partial, st.integers(0, 2**63 - 1), st.integers(0, 2**63 - 1))
field_names = st.lists(octets, min_size=1, max_size=3).map(tuple)
sections = st.one_of(
    st.builds(Section, parts, st.sampled_from([SectionText.WHOLE, SectionText.HEADER, SectionText.TEXT])),
    st.builds(Section, parts.filter(bool), st.just(SectionText.MIME)),
    st.builds(Section, parts, st.sampled_from([SectionText.HEADER_FIELDS, SectionText.HEADER_FIELDS_NOT]), field_names),
)
fetch_attributes = st.one_of(
    st.sampled_from(fetch.FetchItem),
    st.builds(fetch.BodySection, sections, partials, st.booleans()),
    st.builds(fetch.BinarySection, parts, partials, st.booleans()),
    st.builds(fetch.BinarySize, parts),
    st.builds(fetch.Preview, st.booleans()),
)
mod_sequences = st.integers(0, 2**63 - 1)
_places = st.integers(1, STAR - 1)
partial_ranges = st.builds(
    lambda first, last, sign: PartialRange(sign * first, sign * last), _places, _places, st.sampled_from([1, -1])
)
fetch_modifiers = st.builds(fetch.FetchModifiers, st.none() | mod_sequences, st.booleans(), st.none() | partial_ranges)
_known_ranges = st.tuples(numbers, numbers).map(lambda pair: (min(pair), max(pair)))
known_sets = st.lists(_known_ranges, min_size=1, max_size=4).map(lambda items: SequenceSet(tuple(items)))
_samples = known_sets.map(lambda sample: (sample, SequenceSet(sample.ranges[::-1])))
resyncs = st.builds(select.Resync, numbers, mod_sequences, st.none() | known_sets) | st.builds(
    lambda resync, sample: select.Resync(resync[0], resync[1], resync[2], *sample),
    st.tuples(numbers, mod_sequences, st.none() | known_sets),
    _samples,
)

_headers = st.builds(keys.Header, st.text("abcxyz-0", min_size=1, max_size=6), texts)
_recent = st.builds(keys.Flag, st.just("\\Recent"), st.booleans())
_leaves = st.one_of(
    st.just(keys.All()),
    st.builds(keys.Messages, sequence_sets, st.booleans()),
    st.builds(keys.Flag, flags, st.booleans()),
    _recent,
    _headers,
    st.builds(keys.Text, st.sampled_from(keys.Scope), texts),
    st.builds(keys.Date, st.sampled_from(keys.Clock), st.sampled_from(keys.Comparison), days),
    st.builds(keys.Size, st.booleans(), st.integers(0, 2**63 - 1)),
    st.builds(keys.Age, st.booleans(), numbers),
    st.builds(
        keys.ModSequence,
        st.integers(0, 2**63 - 1),
        st.none() | st.tuples(atoms.map(str.encode), st.sampled_from([b"priv", b"shared", b"all"])),
    ),
    st.just(keys.SaveDateSupported()),
    st.builds(keys.Filter, keywords.filter(lambda name: "/" not in name)),
    st.builds(keys.ObjectId, st.sampled_from(keys.ObjectKind), st.text("abXY01_-", min_size=1, max_size=8)),
)
search_keys: st.SearchStrategy[keys.SearchKey] = st.recursive(
    _leaves,
    lambda inner: st.one_of(
        st.builds(keys.Not, inner),
        st.builds(keys.Fuzzy, inner),
        st.builds(keys.Or, inner, inner),
        st.lists(inner, min_size=1, max_size=3).map(lambda items: keys.And(tuple(items))),
    ),
    max_leaves=6,
)
_options = st.sampled_from(returns.SearchReturn)
_returns = st.one_of(
    st.none(),
    st.builds(returns.SearchReturns, st.frozensets(_options, min_size=1)),
    st.builds(
        returns.SearchReturns, st.frozensets(_options.filter(lambda option: option is not returns.SearchReturn.ALL)), partial_ranges
    ),
)
_programs = st.lists(search_keys, min_size=1, max_size=3).map(tuple)
_criteria = st.lists(st.builds(sort.SortCriterion, st.sampled_from(sort.SortKey), st.booleans()), min_size=1, max_size=3)
_sources = st.one_of(
    st.builds(esearch.Source, st.sampled_from([kind for kind in esearch.SourceKind if kind not in esearch.NAMING])),
    st.builds(esearch.Source, st.sampled_from(sorted(esearch.NAMING, key=str)), st.lists(names, min_size=1, max_size=3).map(tuple)),
)
searches = st.one_of(
    st.builds(command.Search, _programs, _returns, st.booleans()),
    st.builds(sort.Sort, _criteria.map(tuple), _programs, _returns, st.booleans()),
    st.builds(thread.Thread, st.sampled_from(thread.ThreadAlgorithm), _programs, st.booleans()),
    st.builds(esearch.MultiSearch, _programs, st.lists(_sources, max_size=3).map(tuple), _returns),
    st.builds(command.CancelUpdate, st.lists(octets, min_size=1, max_size=3).map(tuple)),
)

status_items = st.lists(st.sampled_from(status.StatusItem), min_size=1, max_size=5, unique=True).map(tuple)
_selections = st.frozensets(st.sampled_from(listing.ListSelection)).filter(
    lambda options: (
        listing.ListSelection.RECURSIVEMATCH not in options
        or bool(options & {listing.ListSelection.SUBSCRIBED, listing.ListSelection.SPECIAL_USE})
    )
)
lists = st.builds(
    listing.List,
    texts,
    st.lists(texts, min_size=1, max_size=3).map(tuple),
    _selections,
    st.frozensets(st.sampled_from(listing.ListReturn)),
    st.just(()) | status_items,
    st.just(()) | st.lists(imap_sharing_values.entries, min_size=1, max_size=3, unique=True).map(tuple),
)
base64 = st.sampled_from([b"=", b"AGEAYg==", b"YWxpY2U=", b"YWxp"])
id_pairs = st.lists(st.tuples(octets, st.none() | octets), min_size=1, max_size=4).map(tuple)

commands: st.SearchStrategy[Command] = st.one_of(
    st.sampled_from(
        [
            session.Capability(),
            session.Noop(),
            session.Unauthenticate(),
            session.Logout(),
            session.Idle(),
            session.Namespace(),
            authentication.StartTls(),
            select.Check(),
            select.Close(),
            select.Unselect(),
            compress.Compress("DEFLATE"),
            select.Expunge(),
        ]
    ),
    st.builds(session.Id, st.none() | id_pairs),
    st.builds(session.Enable, st.lists(st.text("ABC=48", min_size=1, max_size=6), min_size=1, max_size=3).map(tuple)),
    st.builds(authentication.Authenticate, st.text("ABC-1", min_size=1, max_size=6), st.none() | base64),
    st.builds(authentication.Login, octets, octets),
    st.builds(mailboxes.Create, names, st.lists(st.sampled_from(["\\Sent", "\\Junk"]), max_size=2).map(tuple)),
    st.builds(mailboxes.Delete, names),
    st.builds(mailboxes.Rename, names, names),
    st.builds(mailboxes.Subscribe, names),
    st.builds(mailboxes.Unsubscribe, names),
    st.builds(select.Select, names, st.booleans(), st.none() | resyncs),
    st.builds(select.Examine, names, st.booleans(), st.none() | resyncs),
    st.builds(uid_batches.UidBatches, numbers),
    st.builds(uid_batches.UidBatches, numbers, numbers, numbers),
    st.builds(select.Expunge, sequence_sets),
    lists,
    imap_sharing_values.commands(names),
    imap_url_values.commands(names, octets),
    st.builds(language.Language, st.lists(st.sampled_from(["de", "zh-tw", "*", "default", "i-default"]), max_size=3).map(tuple)),
    imap_notify_values.commands(names, fetch_attributes),
    st.builds(listing.Lsub, texts, texts),
    st.builds(status.Status, names, status_items),
    searches,
    st.builds(
        fetch.Fetch,
        sequence_sets,
        st.lists(fetch_attributes, min_size=1, max_size=4, unique=True).map(tuple),
        st.booleans(),
        fetch_modifiers,
    ),
    st.builds(
        store.Store,
        sequence_sets,
        st.sampled_from(store.StoreOperation),
        flag_lists,
        st.booleans(),
        st.booleans(),
        st.none() | mod_sequences,
    ),
    st.builds(copy.Copy, sequence_sets, names, st.booleans()),
    st.builds(copy.Move, sequence_sets, names, st.booleans()),
)
"""Every command but APPEND, which is read in turns."""

append_messages = st.builds(
    append.AppendMessage,
    st.integers(0, 40),
    flag_lists,
    st.none() | moments,
    is_binary=st.booleans(),
    is_utf8=st.just(value=False),
    is_synchronising=st.booleans(),
) | st.builds(
    append.AppendMessage,
    st.integers(0, 40),
    flag_lists,
    st.none() | moments,
    is_binary=st.just(value=True),
    is_utf8=st.just(value=True),
    is_synchronising=st.booleans(),
)

cat_parts = st.one_of(
    st.builds(UrlPart, st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30).map(str.encode)),
    st.builds(LiteralPart, st.integers(0, 40), st.booleans(), is_url=st.booleans()),
    st.builds(LiteralPart, st.integers(0, 40), st.booleans(), is_utf8=st.just(value=True)),
)
