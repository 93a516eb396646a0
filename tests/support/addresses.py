"""Addresses for properties: dot-atoms, quoted strings and UTF-8 on the left; names and literals on the right."""

from hypothesis import strategies as st

from posthouse.formats.address.value import Address

_DOT_ATOM = st.from_regex(r"[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]{1,8}(\.[a-z0-9]{1,4}){0,2}", fullmatch=True)
_QUOTED = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=8)
_UTF8 = st.text(st.sampled_from("äé漢字ほげ"), min_size=1, max_size=8)
_HOST = st.from_regex(r"[a-z0-9]{1,8}(-[a-z0-9]{1,4})?(\.[a-z]{2,4}){1,2}", fullmatch=True)
_LITERAL = st.sampled_from(["[192.0.2.1]", "[IPv6:2001:db8::1]"])

ADDRESSES: st.SearchStrategy[Address] = st.builds(Address, _DOT_ATOM | _QUOTED | _UTF8, _HOST | _LITERAL)
