"""Which worker owns an account: rendezvous hashing, so that a change of their number moves as few accounts as can be.

D. Thaler, C. Ravishankar, "Using name-based mappings to increase hit rates", IEEE/ACM Transactions on Networking 6(1), 1998.
"""

import hashlib


def owner_slot(account_id: bytes, slots: int) -> int:
    """The slot (0 to ``slots`` - 1) that owns an account."""
    if slots == 1:
        return 0
    return max(range(slots), key=lambda slot: hashlib.blake2b(account_id, digest_size=8, salt=slot.to_bytes(2, "big")).digest())
