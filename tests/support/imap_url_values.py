"""Hypothesis strategies for authorised URLs and the commands about them."""

from hypothesis import strategies as st

from posthouse.protocols.imap.commands.table import Command
from posthouse.protocols.imap.commands.urls.urlauth import GenUrlAuth, ResetKey, UrlFetch, UrlItem, UrlRequest

mechanisms = st.text("ABCXYZ019.-", min_size=1, max_size=12)
_items = st.sampled_from(
    [(), (UrlItem.BODY,), (UrlItem.BINARY,), (UrlItem.BODYPARTSTRUCTURE,), (UrlItem.BINARY, UrlItem.BODYPARTSTRUCTURE)]
)


def commands(names: st.SearchStrategy[str], octets: st.SearchStrategy[bytes]) -> st.SearchStrategy[Command]:
    """All of them, for mailboxes called as given and with strings as given."""
    return st.one_of(
        st.builds(ResetKey),
        st.builds(ResetKey, names, st.lists(mechanisms, max_size=3).map(tuple)),
        st.builds(GenUrlAuth, st.lists(st.tuples(octets, mechanisms), min_size=1, max_size=3).map(tuple)),
        st.builds(UrlFetch, st.lists(st.builds(UrlRequest, octets, st.none() | _items), min_size=1, max_size=3).map(tuple)),
    )
