"""MD5 from a state in the middle (RFC 1321), which hashlib does not offer.

CRAM-MD5 (RFC 2195) needs the clear secret, or the two states of HMAC-MD5 after the first block of each of its hashes
(RFC 2104 §4): those prove knowledge of the secret without being it. One block costs some 40 µs here, which is nothing beside
a sign-in. MD5 is broken for signatures; nothing but CRAM-MD5 may use this module.
"""

import math
import struct
from typing import Final

BLOCK_OCTETS: Final = 64
STATE_OCTETS: Final = 16
_MASK: Final = 0xFFFFFFFF
_START: Final = (0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476)
_SHIFTS: Final = ((7, 12, 17, 22), (5, 9, 14, 20), (4, 11, 16, 23), (6, 10, 15, 21))
_SINES: Final = tuple(int(abs(math.sin(step + 1)) * 2**32) for step in range(64))
_IPAD: Final = bytes(octet ^ 0x36 for octet in range(256))
_OPAD: Final = bytes(octet ^ 0x5C for octet in range(256))

State = tuple[int, int, int, int]


def compress(state: State, block: bytes) -> State:
    """One step of RFC 1321 §3.4 over a block of 64 octets."""
    words = struct.unpack("<16I", block)
    a, b, c, d = state
    for step in range(64):
        mixed, index = _mixed(step, b, c, d)
        turned = (a + mixed + _SINES[step] + words[index]) & _MASK
        shift = _SHIFTS[step >> 4][step & 3]
        a, d, c, b = d, c, b, (b + (turned << shift | turned >> 32 - shift)) & _MASK
    return (
        (state[0] + a) & _MASK,
        (state[1] + b) & _MASK,
        (state[2] + c) & _MASK,
        (state[3] + d) & _MASK,
    )


def digest_from(state: State, blocks: int, rest: bytes) -> bytes:
    """Finish a hash: ``state`` has taken ``blocks`` whole blocks, ``rest`` is what follows; returns 16 octets."""
    length = blocks * BLOCK_OCTETS + len(rest)
    padded = rest + b"\x80" + bytes((55 - length) % BLOCK_OCTETS) + struct.pack("<Q", length * 8)
    for start in range(0, len(padded), BLOCK_OCTETS):
        state = compress(state, padded[start : start + BLOCK_OCTETS])
    return struct.pack("<4I", *state)


def hmac_states(secret: bytes) -> bytes:
    """The inner and the outer state of HMAC-MD5 under a secret of at most 64 octets: 32 octets.

    Raises: ValueError for a longer secret (it would have to be hashed first; no app password is that long).
    """
    if len(secret) > BLOCK_OCTETS:
        raise ValueError("the secret is longer than a block")
    key = secret.ljust(BLOCK_OCTETS, b"\0")
    inner, outer = (compress(_START, key.translate(pad)) for pad in (_IPAD, _OPAD))
    return struct.pack("<8I", *inner, *outer)


def hmac_from_states(states: bytes, text: bytes) -> bytes:
    """HMAC-MD5 of a text under the secret whose states these are: 16 octets."""
    words = struct.unpack("<8I", states)
    inner = digest_from((words[0], words[1], words[2], words[3]), 1, text)
    return digest_from((words[4], words[5], words[6], words[7]), 1, inner)


def _mixed(step: int, b: int, c: int, d: int) -> tuple[int, int]:
    """The function of the round and the index of the word it takes."""
    if step < 16:
        return b & c | ~b & d, step
    if step < 32:
        return b & d | c & ~d, (5 * step + 1) & 15
    if step < 48:
        return b ^ c ^ d, (3 * step + 5) & 15
    return c ^ (b | ~d & _MASK), 7 * step & 15
