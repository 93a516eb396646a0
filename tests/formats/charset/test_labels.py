"""The allow-list."""

import codecs

from hypothesis import given
from hypothesis import strategies as st

from posthouse.formats.charset.labels import DECODERS, UNLABELLED, squeeze

_OWN = ("cp932-euc", "cp932-iso-2022")
_FORBIDDEN = {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "palmos", "mbcs", "oem"}


def test_every_decoder_exists_and_gives_characters() -> None:
    for decoders in DECODERS.values():
        for decoder in decoders:
            if decoder not in _OWN:
                assert isinstance(b"".decode(decoder), str)
                assert codecs.lookup(decoder).name not in _FORBIDDEN


def test_labels_are_squeezed_and_in_one_table() -> None:
    for label in [*DECODERS, *UNLABELLED]:
        assert squeeze(label) == label
    assert not set(DECODERS) & UNLABELLED


@given(st.text(max_size=20))
def test_squeezing_twice_is_squeezing_once(label: str) -> None:
    assert squeeze(squeeze(label)) == squeeze(label)


def test_spellings() -> None:
    assert squeeze("ISO_8859-1") == squeeze("iso8859-1") == "iso88591"
