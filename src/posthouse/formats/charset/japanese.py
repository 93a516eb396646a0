"""Japanese as Windows programs send it.

ISO-2022-JP and EUC-JP with JIS code points that exist only in CP932 (circled digits, ㈱, half-width kana). Python's
own codecs for these stop at JIS X 0208; WHATWG and every mail program read them.
"""

import re

_ESCAPE = re.compile(rb"\x1b([$(][@-~]|\$\([@-~])")
_EUC_TWO_OCTETS = re.compile(rb"((?:[\xa1-\xfe]{2})+)|((?:\x8e[\xa1-\xdf])+)")


def iso_2022_as_cp932(octets: bytes) -> str | None:
    """Decode ISO-2022-JP with the CP932 repertoire (what is called CP50220/CP50221); None when it is not that at all."""
    pieces = _ESCAPE.split(octets)
    text = [_plain(pieces[0])]
    for escape, run in zip(pieces[1::2], pieces[2::2], strict=True):
        if escape in (b"$B", b"$@", b"$(B", b"$(@"):
            text.append(_two_octets(run))
        elif escape == b"(I":
            text.append(bytes(octet | 0x80 if 0x21 <= octet <= 0x5F else octet for octet in run).decode("cp932", "replace"))
        else:
            text.append(_plain(run))
    return "".join(text)


def euc_as_cp932(octets: bytes) -> str | None:
    """Decode EUC-JP with the CP932 repertoire; None when there are other 8-bit octets."""
    as_cp932 = _EUC_TWO_OCTETS.sub(_from_euc, octets)
    try:
        return as_cp932.decode("cp932")
    except UnicodeDecodeError:
        return None


def _from_euc(match: re.Match[bytes]) -> bytes:
    if match[2]:
        return match[2].replace(b"\x8e", b"")
    return _shifted(bytes(octet & 0x7F for octet in match[1]))


def _two_octets(run: bytes) -> str:
    # A line ends the two-octet mode if the sender forgot to (RFC 1468 demands ASCII at the end of a line).
    lines = run.split(b"\n")
    return "\n".join([_shifted(lines[0]).decode("cp932", "replace"), *map(_plain, lines[1:])])


def _plain(run: bytes) -> str:
    return run.decode("cp932", "replace")


def _shifted(run: bytes) -> bytes:
    """Turn pairs of JIS X 0208 row and cell octets into Shift_JIS; other octets are kept."""
    out = bytearray()
    position = 0
    while position < len(run):
        row = run[position]
        cell = run[position + 1] if position + 1 < len(run) else 0
        if not (0x21 <= row <= 0x7E and 0x21 <= cell <= 0x7E):
            out.append(row)
            position += 1
            continue
        lead = (row + 1 >> 1) + (0x70 if row < 0x5F else 0xB0)
        trail = cell + (0x1F if cell < 0x60 else 0x20) if row & 1 else cell + 0x7E
        out += bytes((lead, trail))
        position += 2
    return bytes(out)
