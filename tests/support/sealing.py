"""Sealing, as tests need it; written from RFC 8617 §5.1 with a canonical form of its own, since the house does not seal."""

import base64
import hashlib
import re

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, utils
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.support.dkim_messages import signing_keys

from posthouse.trust.dkim.key import key_record
from posthouse.trust.dkim.sign import SigningKey

KEYS = {(f"{key.selector}._domainkey.sealer.example", "TXT"): (key_record(key.private.public_key()),) for key in signing_keys()}


def seal(
    head: bytes, body: bytes, results: bytes = b"sealer.example; spf=pass smtp.mailfrom=a@b.example", key: SigningKey | None = None
) -> bytes:
    """The head with one more ARC set in front, by ``sealer.example``; the body must be canonical already."""
    key = key or signing_keys()[1]
    sets = re.findall(rb"^ARC-[^\r]*(?:\r\n[ \t][^\r]*)*\r\n", head, re.MULTILINE)
    number = len(sets) // 3 + 1
    by = b"i=%d; a=%s; d=sealer.example; s=%s;" % (number, key.algorithm.encode(), key.selector.encode())
    results_field = b"ARC-Authentication-Results: i=%d; %s\r\n" % (number, results)
    body_hash = base64.b64encode(hashlib.sha256(body).digest())
    sign = b"ARC-Message-Signature: " + by + b" c=relaxed/relaxed;\r\n h=from:subject; bh=" + body_hash + b"; b="
    signed = [re.search(rb"^%s:[^\r]*\r\n" % name, head, re.MULTILINE) for name in (b"From", b"Subject")]
    sign = _completed(sign, b"".join(_relaxed(match[0]) for match in signed if match), key)
    validated = b"pass" if number > 1 else b"none"
    earlier = [field for at in range(number - 1) for field in reversed(sets[3 * (number - 2 - at) : 3 * (number - 1 - at)])]
    chain = b"".join(map(_relaxed, [*earlier, results_field, sign]))
    return _completed(b"ARC-Seal: " + by + b" cv=" + validated + b"; b=", chain, key) + sign + results_field + head


def _completed(field: bytes, before: bytes, key: SigningKey) -> bytes:
    digest = hashlib.sha256(before + _relaxed(field + b"\r\n").removesuffix(b"\r\n")).digest()
    if isinstance(key.private, Ed25519PrivateKey):
        value = key.private.sign(digest)
    else:
        value = key.private.sign(digest, padding.PKCS1v15(), utils.Prehashed(hashes.SHA256()))
    return field + base64.b64encode(value) + b"\r\n"


def _relaxed(field: bytes) -> bytes:
    name, _, value = field.partition(b":")
    return name.lower() + b":" + b" ".join(value.split()) + b"\r\n"
