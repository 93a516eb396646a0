"""Hypothesis strategies for the commands about rights, quotas and metadata."""

from hypothesis import strategies as st

from posthouse.protocols.imap.commands.sharing import acl, metadata, quota
from posthouse.protocols.imap.commands.table import Command

identifiers = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\ufeff\ufffd"), max_size=12)
rights = st.text("lrswipkxteacd", max_size=6)
_levels = st.lists(st.text("abcXYZ019.-_", min_size=1, max_size=5), min_size=1, max_size=4)
entries = _levels.map(lambda levels: "".join("/" + level for level in levels))
values = st.none() | st.binary(max_size=12)
roots = identifiers
_resources = st.tuples(st.sampled_from(["STORAGE", "MESSAGE", "MAILBOX"]), st.integers(0, 2**63 - 1))


def commands(names: st.SearchStrategy[str]) -> st.SearchStrategy[Command]:
    """All of them, for mailboxes called as given."""
    return st.one_of(
        st.builds(acl.GetAcl, names),
        st.builds(acl.MyRights, names),
        st.builds(acl.SetAcl, names, identifiers, rights, st.sampled_from(acl.RightsChange)),
        st.builds(acl.DeleteAcl, names, identifiers),
        st.builds(acl.ListRights, names, identifiers),
        st.builds(quota.GetQuota, roots),
        st.builds(quota.GetQuotaRoot, names),
        st.builds(quota.SetQuota, roots, st.lists(_resources, max_size=3).map(tuple)),
        st.builds(
            metadata.GetMetadata,
            names,
            st.lists(entries, min_size=1, max_size=3, unique=True).map(tuple),
            st.none() | st.integers(0, 2**63 - 1),
            st.sampled_from([0, 1, metadata.ENDLESS]),
        ),
        st.builds(metadata.SetMetadata, names, st.lists(st.tuples(entries, values), min_size=1, max_size=3).map(tuple)),
    )
