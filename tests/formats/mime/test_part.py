"""The tree as octets."""

import msgspec
import pytest
from hypothesis import given, settings
from tests.support.corpus.hostile import CORPUS
from tests.support.corpus.trees import SOUP

from posthouse.formats.mime.part import decode, encode
from posthouse.formats.mime.scanner import scan


@given(SOUP)
@settings(max_examples=50)
def test_trees_come_back(octets: bytes) -> None:
    part = scan(octets)
    assert decode(encode(part)) == part


def test_the_deepest_tree_comes_back() -> None:
    part = scan(CORPUS["nested_multiparts"]())
    assert decode(encode(part)) == part


def test_other_octets_are_refused() -> None:
    with pytest.raises(msgspec.DecodeError):
        decode(b"\x00")
