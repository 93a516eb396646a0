"""dkimpy, pyspf and the suite of RFC 7208 as a service: one JSON request on standard input, one answer on standard output.

Octets are base64. What the DNS has is part of each request; nothing is asked of a network.
"""

import base64
import json
import sys

import dkim
import spf
import yaml


def octets(text):
    return base64.b64decode(text)


def text(found):
    return base64.b64encode(found).decode()


def keys(request):
    def lookup(name, timeout=5):
        name = name.decode() if isinstance(name, bytes) else name
        found = request["dns"].get(name.rstrip("."))
        return None if found is None else found.encode()

    return lookup


def verify(request):
    try:
        return dkim.DKIM(octets(request["message"])).verify(idx=request["index"], dnsfunc=keys(request))
    except dkim.DKIMException as error:
        return f"{type(error).__name__}: {error}"


def sign(request):
    canonical = tuple(form.encode() for form in request["canonical"])
    field = dkim.sign(
        octets(request["message"]),
        b"s",
        b"example.com",
        octets(request["key"]),
        canonicalize=canonical,
        signature_algorithm=request["algorithm"].encode(),
        include_headers=[b"from", b"subject"],
        length=request["length"],
    )
    return text(field)


def seal(request):
    message = octets(request["message"])
    for number in range(request["times"]):
        seen = b"Authentication-Results: lists.example.org; arc=%s; spf=pass smtp.mailfrom=a@d1.example\r\n"
        seen %= b"pass" if number else b"none"
        fields = dkim.ARC(seen + message).sign(b"s", b"example.com", octets(request["key"]), b"lists.example.org")
        message = b"".join(fields) + message
    return text(message)


def validate(request):
    try:
        return dkim.arc_verify(octets(request["message"]), dnsfunc=keys(request))[0].decode()
    except dkim.DKIMException as error:
        return f"{type(error).__name__}: {error}"


def check(request):
    def lookup(name, kind, strict=True, timeout=20):
        found = request["dns"].get(f"{name.lower().rstrip('.')} {kind}", [])
        for value in found:
            if kind == "MX":
                preference, host = value.split()
                yield (name, kind), (int(preference), host)
            else:
                yield (name, kind), ((value.encode(),) if kind == "TXT" else value)

    spf.DNSLookup = lookup
    query = spf.query(i=request["ip"], s=request["sender"], h=request["helo"], receiver="mx.example", strict=True)
    return query.check()[0]


def suite(request):
    with open(request["path"], encoding="utf-8") as file:
        return [found for found in yaml.safe_load_all(file) if found]


def plain(value):
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


JOBS = {"verify": verify, "sign": sign, "seal": seal, "validate": validate, "check": check, "suite": suite}
job, requests = json.load(sys.stdin)
json.dump([JOBS[job](request) for request in requests], sys.stdout, default=plain)
