"""What rights mean for flags: a change never touches what may not be touched, and is refused only where nothing is left of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.foundation.errors import NotPermitted
from posthouse.model.content import Content
from posthouse.model.delivery import Append
from posthouse.model.mailbox import Flag, FlagChange, FlagOperation
from posthouse.model.sharing.rights import ALL_RIGHTS, Right
from posthouse.services.sharing.rules import ALL_FLAGS, FLAG_RIGHTS, permitted_append, permitted_change, settable

rights = st.integers(0, int(ALL_RIGHTS)).map(Right)
changes = st.builds(
    FlagChange,
    st.sampled_from(FlagOperation),
    st.integers(0, 31),
    st.sampled_from([(), ("work",), ("a", "b")]),
    st.none() | st.integers(1, 9),
)


def applied(change: FlagChange, flags: int, keywords: frozenset[str]) -> tuple[int, frozenset[str]]:
    """What a message has after a change."""
    named = frozenset(change.keywords)
    if change.operation is FlagOperation.ADD:
        return flags | change.flags, keywords | named
    if change.operation is FlagOperation.REMOVE:
        return flags & ~change.flags, keywords - named
    kept = keywords if change.preserves_keywords else frozenset()
    return (flags & change.preserved) | (change.flags & ~change.preserved), named | kept


@given(changes, rights, st.integers(0, 31), st.frozensets(st.sampled_from("awz")))
def test_only_what_may_change_changes(change: FlagChange, held: Right, flags: int, keywords: frozenset[str]) -> None:
    wanted = applied(change, flags, keywords)
    try:
        permitted = permitted_change(change, held)
    except NotPermitted:
        assert not (held & FLAG_RIGHTS) or not (change.flags & settable(held) or (change.keywords and held & Right.WRITE))
        return
    after = applied(permitted, flags, keywords)
    allowed = int(settable(held))
    assert after[0] == (flags & ~allowed) | (wanted[0] & allowed)
    assert after[1] == (wanted[1] if held & Right.WRITE else keywords)
    assert permitted.unchanged_since == change.unchanged_since


def test_each_right_has_its_flags() -> None:
    assert settable(ALL_RIGHTS) == ALL_FLAGS
    assert settable(Right.SEEN) == Flag.SEEN
    assert settable(Right.DELETE_MESSAGES) == Flag.DELETED
    assert settable(Right.WRITE) == Flag.ANSWERED | Flag.FLAGGED | Flag.DRAFT
    assert settable(Right.READ | Right.INSERT) == Flag.NONE


def test_an_appended_message_has_the_flags_one_may_set() -> None:
    message = Append(Content(b"x"), 1.0, int(ALL_FLAGS), ("work",))
    assert permitted_append(message, ALL_RIGHTS) == message
    bare = permitted_append(message, Right.INSERT | Right.SEEN)
    assert (bare.flags, bare.keywords) == (Flag.SEEN, ())


def test_a_change_of_nothing_is_allowed_to_those_who_may_change_something() -> None:
    nothing = FlagChange(FlagOperation.ADD)
    assert permitted_change(nothing, Right.SEEN) == nothing
    with pytest.raises(NotPermitted):
        permitted_change(FlagChange(FlagOperation.REPLACE), Right.READ)
