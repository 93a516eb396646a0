"""Reading what an IMAP server says: parenthesised data as nested lists, so that tests see structure and not spelling."""

import re

Data = bytes | int | None | list["Data"]

_TOKEN = re.compile(rb'[ ]*(?:([()])|"((?:[^"\\\r\n]|\\["\\])*)"|~?\{(\d+)\}\r\n|([^\s()"]+))')


def parse_data(octets: bytes) -> list[Data]:
    """Read a sequence of data items: strings as octets, numbers as int, NIL as None, lists as lists, atoms as octets.

    Raises: ValueError where the octets are not such a sequence.
    """
    stack: list[list[Data]] = [[]]
    position = 0
    while position < len(octets):
        match = _TOKEN.match(octets, position)
        if match is None:
            if not octets[position:].strip():
                break
            raise ValueError(f"no data at {position}: {octets[position : position + 40]!r}")
        position = match.end()
        if match[1] == b"(":
            stack.append([])
        elif match[1] == b")":
            done = stack.pop()
            stack[-1].append(done)
        elif match[2] is not None:
            stack[-1].append(re.sub(rb"\\(.)", rb"\1", match[2]))
        elif match[3] is not None:
            stack[-1].append(octets[position : position + int(match[3])])
            position += int(match[3])
        else:
            stack[-1].append(_atom(match[4]))
    if len(stack) != 1:
        raise ValueError("a list is not closed")
    return stack[0]


def _atom(octets: bytes) -> Data:
    if octets.isdigit():
        return int(octets)
    return None if octets == b"NIL" else octets
