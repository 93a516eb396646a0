"""Whether From can be read in one way only.

Reading is forgiving elsewhere, and every program forgives differently: of ``<a@good.example> <b@bad.example>`` one shows the first
address, another judges by the second. For a verdict such a field has no author.
"""

from posthouse.formats.address.tokens import Kind, tokens

_ENDS = (Kind.COMMA, Kind.SEMICOLON)


def is_plain(body: bytes) -> bool:
    """Whether each entry of an unfolded From has one address: bare, or last and in one pair of angle brackets.

    Names may hold an ``@`` without quotes, against the grammar but everyday. Routes (``<@a:b@c>``) are not plain.
    """
    entry: list[Kind] = []
    for token in tokens(body):
        if token.kind is Kind.COMMENT:
            continue
        if token.kind is Kind.COLON:
            if Kind.AT in entry or Kind.ANGLE_OPEN in entry:
                return False
            entry = []  # the name of a group
        elif token.kind in _ENDS:
            if not _is_plain_entry(entry):
                return False
            entry = []
        else:
            entry.append(token.kind)
    return _is_plain_entry(entry)


def _is_plain_entry(entry: list[Kind]) -> bool:
    if Kind.ANGLE_OPEN not in entry:
        return not entry or (Kind.ANGLE_CLOSE not in entry and entry == [Kind.WORD, Kind.AT, Kind.WORD])
    opening = entry.index(Kind.ANGLE_OPEN)
    return entry[opening:] == [Kind.ANGLE_OPEN, Kind.WORD, Kind.AT, Kind.WORD, Kind.ANGLE_CLOSE]
