"""Hypothesis strategies for NOTIFY."""

from hypothesis import strategies as st

from posthouse.protocols.imap.commands.fetch import FetchAttribute
from posthouse.protocols.imap.commands.notify import command as notify

_ANYWHERE = (notify.MAILBOX_NAME, notify.SUBSCRIPTION_CHANGE, "MailboxMetadataChange", "ServerMetadataChange", "X-NEW")
_PAIR = (notify.MESSAGE_NEW, notify.MESSAGE_EXPUNGE)


def commands(names: st.SearchStrategy[str], attributes: st.SearchStrategy[FetchAttribute]) -> st.SearchStrategy[notify.Notify]:
    """NOTIFY with every kind of group that may be."""
    messages = st.one_of(
        st.just(()),
        st.sampled_from([_PAIR, (*_PAIR, notify.FLAG_CHANGE), (notify.ANNOTATION_CHANGE, *_PAIR, notify.FLAG_CHANGE)]),
    )
    others = st.lists(st.sampled_from(_ANYWHERE), unique=True, max_size=3).map(tuple)
    events = st.tuples(messages, others).map(lambda pair: pair[0] + pair[1])
    plain = st.sampled_from([notify.Filter.INBOXES, notify.Filter.PERSONAL, notify.Filter.SUBSCRIBED])
    naming = st.sampled_from([notify.Filter.SUBTREE, notify.Filter.MAILBOXES])
    named = st.lists(names, min_size=1, max_size=3, unique=True).map(tuple)
    shown = st.lists(attributes, max_size=3, unique=True).map(tuple)
    selected = st.one_of(
        st.builds(notify.EventGroup, st.sampled_from(notify.SELECTED_FILTERS), messages),
        st.builds(notify.EventGroup, st.sampled_from(notify.SELECTED_FILTERS), st.just(_PAIR), st.just(()), shown),
    )
    group = st.one_of(st.builds(notify.EventGroup, plain, events), st.builds(notify.EventGroup, naming, events, named))
    groups = st.one_of(
        st.lists(group, min_size=1, max_size=3).map(tuple),
        st.tuples(selected, st.lists(group, max_size=3)).map(lambda pair: (pair[0], *pair[1])),
    )
    return st.one_of(st.just(notify.Notify()), st.builds(notify.Notify, groups, st.booleans()))
