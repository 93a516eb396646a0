"""Sealing, as tests need it; written from RFC 8617 §5.1 with a canonical form of its own, since the house does not seal."""

import base64
import hashlib
import re

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.support.dkim_messages import signing_keys

from posthouse.trust.dkim.key import key_record

KEYS = {("e._domainkey.sealer.example", "TXT"): (key_record(signing_keys()[1].private.public_key()),)}


def seal(
    head: bytes,
    body: bytes,
    results: bytes = b"sealer.example; spf=pass smtp.mailfrom=a@b.example",
    domain: bytes = b"sealer.example",
) -> bytes:
    """The head with one more ARC set in front; the body must be canonical already."""
    sets = re.findall(rb"^ARC-[^\r]*(?:\r\n[ \t][^\r]*)*\r\n", head, re.MULTILINE)
    number = len(sets) // 3 + 1
    results_field = b"ARC-Authentication-Results: i=%d; %s\r\n" % (number, results)
    body_hash = base64.b64encode(hashlib.sha256(body).digest())
    sign = b"ARC-Message-Signature: i=%d; a=ed25519-sha256; c=relaxed/relaxed; d=%s; s=e;\r\n h=from:subject; bh=%s; b=" % (
        number,
        domain,
        body_hash,
    )
    signed = [re.search(rb"^%s:[^\r]*\r\n" % name, head, re.MULTILINE) for name in (b"From", b"Subject")]
    sign = _completed(sign, b"".join(_relaxed(match[0]) for match in signed if match))
    validated = b"pass" if number > 1 else b"none"
    seal_field = b"ARC-Seal: i=%d; a=ed25519-sha256; cv=%s; d=%s; s=e; b=" % (number, validated, domain)
    earlier = [field for at in range(number - 1) for field in reversed(sets[3 * (number - 2 - at) : 3 * (number - 1 - at)])]
    chain = b"".join(map(_relaxed, [*earlier, results_field, sign]))
    return _completed(seal_field, chain) + sign + results_field + head


def _completed(field: bytes, before: bytes) -> bytes:
    private = signing_keys()[1].private
    assert isinstance(private, Ed25519PrivateKey)
    digest = hashlib.sha256(before + _relaxed(field + b"\r\n").removesuffix(b"\r\n")).digest()
    return field + base64.b64encode(private.sign(digest)) + b"\r\n"


def _relaxed(field: bytes) -> bytes:
    name, _, value = field.partition(b":")
    return name.lower() + b":" + b" ".join(value.split()) + b"\r\n"
