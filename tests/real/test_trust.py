"""The trust floor beside others: the published suite for SPF, pyspf, dkimpy and mailauth, in both directions. Seeded."""

import base64
import ipaddress
import json
import random
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.real.test_libraries import LIBRARIES, SCRIPTS, fetched
from tests.support.asked import answered
from tests.support.dkim_messages import signing_keys
from tests.support.foreign import Program, environment
from tests.support.sealing import KEYS as SEALING_KEYS
from tests.support.sealing import seal

from posthouse.trust.arc import verify as arc
from posthouse.trust.dkim import verify as dkim
from posthouse.trust.dkim.key import key_record
from posthouse.trust.dkim.sign import sign
from posthouse.trust.dmarc.evaluate import evaluate
from posthouse.trust.examination import examine
from posthouse.trust.questions import NO_NAME, UNANSWERED, Answer, Check, Question
from posthouse.trust.spf.check import check_mail_from
from posthouse.trust.spf.verdict import Client, Verdict

NOW = 1_800_000_000
RSA, ED25519 = signing_keys()
Zone = dict[tuple[str, str], Answer | tuple[str, ...]]
WORDS = [b"a", b"hello  world ", b"\t", b" ", b"\r\n", b"\r\n\r\n", b" \r\n", b"\xc3\xa9", b"=", b"."]


def oracle(job: str, requests: list[dict[str, Any]]) -> list[Any]:
    """Ask the script in the environment of the others."""
    python = fetched(LIBRARIES / "venv" / "bin" / "python")
    return list(_talk([python, SCRIPTS / "mail_oracle.py"], [job, requests], Path("/")))


def mailauth(program: Program, requests: list[dict[str, Any]], home: Path) -> list[Any]:
    script = home / "script.cjs"
    script.write_text((SCRIPTS / "with_mailauth.cjs").read_text())
    (home / "node_modules").symlink_to(fetched(LIBRARIES / "node" / "node_modules"))
    return list(_talk([program("node"), script], requests, home))


def _talk(words: list[str | Path], given: Any, home: Path) -> Any:
    done = subprocess.run(
        list(map(str, words)),
        input=json.dumps(given),
        capture_output=True,
        text=True,
        env=environment(home),
        cwd=home,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def text(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


def head_and_body(chance: random.Random) -> tuple[bytes, bytes]:
    """A message whose body ends as SMTP lets it end; without that, others keep white space at the end of the last line."""
    fields = [b"To: b@example.net\r\n", b"Date: now\r\n", b"Subject:  x \t y\r\n  folded\r\n", b"X-A: 1\r\n", b"Subject: two\r\n"]
    chosen = [b"From: A <a@example.com>\r\n", *chance.sample(fields, chance.randint(1, 5))]
    chance.shuffle(chosen)
    body = b"".join(chance.choice(WORDS) for _ in range(chance.randint(0, 30)))
    return b"".join(chosen), body + b"\r\n"


# SPF


def suite_zone(data: dict[str, list[Any]]) -> Zone:
    """The suite's zones: SPF stands for TXT too unless TXT is given, TIMEOUT for every other type."""
    zone: Zone = {}
    for name, entries in data.items():
        key = name.lower()
        silent = "TIMEOUT" in entries
        kinds: dict[str, list[str]] = {}
        for entry in entries:
            for kind, value in entry.items() if isinstance(entry, dict) else ():
                kinds.setdefault(kind, [])
                if value != "NONE":
                    kinds[kind].append(" ".join(map(str, value)) if kind == "MX" else "".join(value))
        if "TXT" not in kinds and "SPF" in kinds and not silent:
            kinds["TXT"] = kinds["SPF"]
        for kind in ("TXT", "A", "AAAA", "MX", "PTR", "CNAME"):
            if kinds.get(kind):
                zone[key, kind] = tuple(kinds[kind])
            elif silent:
                zone[key, kind] = UNANSWERED
        zone.setdefault((key, "SOA"), ())
    return zone


def follow(check: Check[Verdict], zone: Zone) -> Verdict:
    """As ``answered``, with aliases."""

    def answer(question: Question, depth: int = 0) -> Answer:
        name = question.name.lower()
        found = zone.get((name, question.record_type))
        alias = zone.get((name, "CNAME"))
        if found is None and isinstance(alias, tuple) and depth < 8:
            return answer(Question(alias[0], question.record_type), depth + 1)
        if isinstance(found, Answer):
            return found
        return Answer(found or ()) if (name, "SOA") in zone else NO_NAME

    try:
        questions = next(check)
        while True:
            questions = check.send(tuple(map(answer, questions)))
    except StopIteration as end:
        verdict: Verdict = end.value
        return verdict


def test_the_suite_of_rfc_7208() -> None:
    path = fetched(LIBRARIES / "suites" / "rfc7208-tests.yml")
    [documents] = oracle("suite", [{"path": str(path)}])
    wrong, passed = [], 0
    for document in documents:
        zone = suite_zone(document["zonedata"])
        for name, test in document["tests"].items():
            client = Client(ipaddress.ip_address(test["host"]), test["helo"], "mx.example")
            local_part, _, domain = test["mailfrom"].rpartition("@")
            verdict = follow(check_mail_from(client, local_part, domain), zone)
            wanted = [test["result"]] if isinstance(test["result"], str) else test["result"]
            explanation = test.get("explanation", verdict.explanation)
            right = verdict.result in wanted and verdict.explanation == ("" if explanation == "DEFAULT" else explanation)
            passed += right
            wrong += [] if right else [(name, wanted, explanation, verdict)]
    assert not wrong
    assert passed == 203


TERMS = (
    "a",
    "mx",
    "ptr",
    "a:h1.example",
    "a:h1.example/24",
    "a:h2.example//64",
    "mx:m.example",
    "mx:m.example/28//96",
    "ip4:192.0.2.0/30",
    "ip4:192.0.2.7",
    "ip6:2001:db8::/64",
    "ip6:::1",
    "include:i1.example",
    "include:i2.example",
    "exists:%{ir}.x.example",
    "exists:h1.example",
    "exists:%{l1r-}.x.example",
    "a:none.example",
    "a:%{d2}",
    "all",
    "redirect=i1.example",
    "exp=h1.example",
    "moo=%{d}",
    "ip4:1.2.3",
    "a:x",
    "all:x.y",
    "mx:%{h}",
    "ptr:example",
    "a:h1.example/33",
    "foo",
    "redirect=none.example",
)


def policy(chance: random.Random, name: str) -> str:
    """A policy of random terms, without two things pyspf sees otherwise.

    It wants unknown modifiers once (RFC 7208 §6 does not), and takes a policy that includes itself for broken even where
    something before that matches.
    """
    terms = [term for term in dict.fromkeys(chance.choices(TERMS, k=chance.randint(0, 5))) if name not in term]
    return " ".join(["v=spf1", *(term if "=" in term else chance.choice(["", "-", "~", "?", "+"]) + term for term in terms)])


def test_random_policies_beside_pyspf() -> None:
    chance = random.Random(7208)
    requests: list[dict[str, Any]] = []
    ours: list[str] = []
    for _ in range(3_000):
        zone = {
            **{f"{name} TXT": [policy(chance, name)] for name in ("d.example", "i1.example", "i2.example")},
            "d.example A": ["192.0.2.1"],
            "h1.example A": ["192.0.2.5", "198.51.100.1"],
            "h2.example AAAA": ["2001:db8::1"],
            "m.example MX": ["10 h1.example", "20 h2.example"],
            "d.example MX": ["10 h1.example"],
            "5.2.0.192.x.example A": ["127.0.0.2"],
            "who.x.example A": ["127.0.0.2"],
            "1.2.0.192.in-addr.arpa PTR": ["d.example"],
            "5.2.0.192.in-addr.arpa PTR": ["h1.example"],
        }
        address = chance.choice(["192.0.2.1", "192.0.2.5", "192.0.2.200", "198.51.100.77", "2001:db8::1", "2001:db8::2"])
        requests.append({"ip": address, "helo": "h1.example", "sender": "who-is@d.example", "dns": zone})
        client = Client(ipaddress.ip_address(address), "h1.example", "mx.example")
        records: Zone = {}
        for key, values in zone.items():
            name, _, kind = key.partition(" ")
            records[name, kind] = tuple(values)
        ours.append(str(answered(check_mail_from(client, "who-is", "d.example"), records).result))
    theirs = oracle("check", requests)
    differing = [(request, own, their) for request, own, their in zip(requests, ours, theirs, strict=True) if own != their]
    assert not differing, (len(differing), differing[:3])


# DKIM


def test_what_we_sign_dkimpy_verifies() -> None:
    chance = random.Random(6376)
    published = {f"{key.selector}._domainkey.example.com": key_record(key.private.public_key()) for key in (RSA, ED25519)}
    requests = []
    for _ in range(300):
        head, body = head_and_body(chance)
        message = sign(head, [body], (RSA, ED25519), "example.com", NOW - 100_000_000) + head + b"\r\n" + body
        requests += [{"message": text(message), "index": index, "dns": published} for index in (0, 1)]
    assert oracle("verify", requests) == [True] * 600


def test_what_dkimpy_signs_we_verify() -> None:
    chance = random.Random(8463)
    pem = RSA.private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    assert isinstance(ED25519.private, Ed25519PrivateKey)
    raw = base64.b64encode(ED25519.private.private_bytes_raw())
    messages, requests, kinds = [], [], []
    for number in range(300):
        key, octets = ((RSA, pem), (ED25519, raw))[number % 2]
        head, body = head_and_body(chance)
        messages.append((head, body))
        kinds.append(key)
        forms = [chance.choice(["simple", "relaxed"]), chance.choice(["simple", "relaxed"])]
        message = {"message": text(head + b"\r\n" + body), "key": text(octets), "algorithm": key.algorithm}
        requests.append(message | {"canonical": forms, "length": chance.random() < 0.2})
    for (head, body), field, key in zip(messages, oracle("sign", requests), kinds, strict=True):
        zone = {("s._domainkey.example.com", "TXT"): (key_record(key.private.public_key()),)}
        [verdict] = answered(dkim.verify(dkim.examine(base64.b64decode(field) + head, [body]), 2 * NOW), zone)
        assert verdict.result is dkim.Result.PASS, verdict


# ARC


def test_chains_of_dkimpy_whole_and_changed() -> None:
    chance = random.Random(8617)
    pem = RSA.private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    published = {"s._domainkey.example.com": key_record(RSA.private.public_key())}
    requests = []
    for _ in range(60):
        head, body = head_and_body(chance)
        requests.append({"message": text(head + b"\r\n" + body), "key": text(pem), "times": chance.randint(1, 4)})
    zone = {("s._domainkey.example.com", "TXT"): (published["s._domainkey.example.com"],)}
    examined = []
    for sealed in oracle("seal", requests):
        message = base64.b64decode(sealed)
        examined.append(message)
        place = chance.randrange(message.index(b"\r\n\r\n"))
        if message[place : place + 1].isalnum():
            examined.append(message[:place] + (b"A" if message[place : place + 1] != b"A" else b"B") + message[place + 1 :])
    theirs = oracle("validate", [{"message": text(message), "dns": published} for message in examined])
    for message, their in zip(examined, theirs, strict=True):
        head, _, body = message.partition(b"\r\n\r\n")
        verdict = answered(arc.verify(examine(head + b"\r\n\r\n", [body]).chain, 2 * NOW), zone)
        # Where dkimpy gives up on a header that is no header any more, there is nothing to compare.
        assert verdict.result == their or ":" in their, (verdict, their)
    assert theirs.count("pass") >= 60


# all together


@pytest.mark.parametrize("sender", ["a@example.com", "a@sub.example.com", "a@elsewhere.example"])
def test_mailauth_finds_the_same(program: Program, tmp_path: Path, sender: str) -> None:
    chance = random.Random(sender)
    requests: list[dict[str, Any]] = []
    ours: list[dict[str, Any]] = []
    for _ in range(60):
        head, body = b"", b""
        while not body.strip():
            head, body = head_and_body(chance)
        # Not adkim=s and aspf=s: this version of mailauth takes relaxed alignment all the same.
        asked_for = f"v=DMARC1; p={chance.choice(['none', 'quarantine', 'reject'])}" + chance.choice(["", "; sp=none", "; pct=100"])
        domain = sender.partition("@")[2]
        zone = {
            f"{domain} TXT": [
                chance.choice(["v=spf1 ip4:192.0.2.1 -all", "v=spf1 -all", "v=spf1 ip4:192.0.2.1/24 ~all", "v=spf1 a:"])
            ],
            "_dmarc.example.com TXT": [asked_for],
            "r._domainkey.example.com TXT": [key_record(RSA.private.public_key())],
            "e._domainkey.example.com TXT": [key_record(ED25519.private.public_key())],
            "r._domainkey.sub.example.com TXT": [key_record(RSA.private.public_key())],
            "r._domainkey.sealer.example TXT": [*SEALING_KEYS["r._domainkey.sealer.example", "TXT"]],
        }
        signer = chance.choice(["example.com", "sub.example.com", ""])
        keys = [RSA, ED25519] if signer == "example.com" else [RSA]
        fields = sign(head, [body], keys, signer, NOW - 100_000_000) if signer else b""
        if chance.random() < 0.4:
            head = head.replace(b"A <a", b"B <a")
        whole = fields + head
        if chance.random() < 0.4:
            body = b"Hello\r\n" if not signer else body  # a seal here wants a body that is canonical already
            # By RSA: what mailauth takes for an Ed25519 seal is over the text itself, not over its hash (RFC 8463 §3).
            whole = seal(whole, body, key=RSA) if not signer else whole
        requests.append(
            {"message": text(whole + b"\r\n" + body), "ip": "192.0.2.1", "helo": "h.example", "sender": sender, "dns": zone}
        )
        records: Zone = {}
        for key, values in zone.items():
            name, _, kind = key.partition(" ")
            records[name, kind] = tuple(values)
        client = Client(ipaddress.ip_address("192.0.2.1"), "h.example", "mx.example")
        spf_verdict = answered(check_mail_from(client, sender.partition("@")[0], domain), records)
        examination = examine(whole, [body])
        signatures = answered(dkim.verify(examination.signatures, NOW), records)
        dmarc = answered(evaluate(whole, spf_verdict, signatures), records)
        ours.append(
            {
                "dkim": [str(verdict.result) for verdict in signatures] or ["none"],
                "spf": str(spf_verdict.result),
                "arc": str(answered(arc.verify(examination.chain, NOW), records).result),
                "dmarc": {"result": str(dmarc.result), "policy": str(dmarc.policy)},
            }
        )
    for request, own, their in zip(requests, ours, mailauth(program, requests, tmp_path), strict=True):
        # mailauth says neutral where nothing can be said about a body or a header that has changed.
        their["dkim"] = ["fail" if found == "neutral" else found for found in their["dkim"]]
        assert own == their, (request["dns"], base64.b64decode(request["message"]))
