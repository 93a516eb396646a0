"""DKIM keys and DNS records from the command line."""

from tests.support.command import Command
from tests.support.name_server import NameServer


def test_the_life_of_keys(posthouse: Command) -> None:
    first = posthouse("--json", "domain", "dkim", "list", "example.test").json
    assert sorted((key["kind"], key["state"]) for key in first) == [("ed25519", "active"), ("rsa", "active")]
    assert not any("sealed" in key for key in first)
    said = posthouse("domain", "dkim", "rotate", "example.test")
    assert said.status == 0
    assert said.out.count('._domainkey.example.test. IN TXT "v=DKIM1; k=') == 2
    assert said.out.endswith("publish this, then: posthouse domain dkim activate example.test\n")
    assert "is active" in posthouse("domain", "dkim", "activate", "example.test", "--unchecked").out
    old = first[0]["selector"]
    refused = posthouse("domain", "dkim", "remove", "example.test", old)
    assert (refused.status, "--early" in refused.err) == (1, True)
    assert posthouse("domain", "dkim", "remove", "example.test", old, "--early").status == 0
    made = posthouse("--json", "domain", "dkim", "add", "example.test", "--kind", "ed25519").json
    assert made[0]["state"] == "pending"
    active = next(key for key in posthouse("--json", "domain", "dkim", "list", "example.test").json if key["state"] == "active")
    assert posthouse("domain", "dkim", "retire", "example.test", active["selector"]).out == f"{active['selector']} is retiring\n"
    assert posthouse("domain", "dkim", "list", "example.test").out.splitlines()[0].split() == [
        "SELECTOR",
        "KIND",
        "STATE",
        "SINCE",
        "MADE",
    ]
    assert posthouse("domain", "dkim", "list", "elsewhere.test").status == 1


def test_records(posthouse: Command) -> None:
    listed = posthouse("--json", "domain", "dns", "example.test").json
    assert {entry["type"] for entry in listed} == {"MX", "TXT", "CNAME", "SRV", "TLSA"}
    zone = posthouse("domain", "dns", "example.test", "--zone").out
    assert zone.count("\n") == len(listed)
    assert 'example.test. IN TXT "v=spf1 mx ~all"\n' in zone
    assert posthouse("domain", "dns", "example.test").out.splitlines()[0].split() == ["NAME", "TYPE", "PURPOSE", "VALUE"]


def test_the_dns_is_asked(posthouse: Command) -> None:
    """What is printed as a zone is found again through a real resolver; what was left out is missing."""
    lines = posthouse("domain", "dns", "example.test", "--zone").out.splitlines()
    records: dict[tuple[str, str], list[str]] = {}
    for line in lines[:-1]:
        name, _, kind, value = line.split(" ", 3)
        records.setdefault((name, kind), []).append(value)
    records["example.test.", "TXT"] = ['"v=spf1 -all"', '"something else"']
    with NameServer(records) as server:
        posthouse("setting", "set", "dns.resolvers", server.address)
        checked = posthouse("--json", "domain", "dns", "example.test", "--check").json
        assert len(checked) == len(lines)
        odd = {(entry["name"], entry["found"]): entry["there"] for entry in checked if entry["found"] != "found"}
        assert odd == {("example.test", "different"): ["v=spf1 -all"], ("autodiscover.example.test", "missing"): []}
        assert "different  example.test" in posthouse("domain", "dns", "example.test", "--check").out
        posthouse("domain", "dkim", "rotate", "example.test")
        refused = posthouse("domain", "dkim", "activate", "example.test")
        assert (refused.status, "publish it first" in refused.err) == (1, True)
        for line in posthouse("domain", "dns", "example.test", "--zone").out.splitlines():
            name, _, kind, value = line.split(" ", 3)
            if "_domainkey" in name:
                records[name, kind] = [value]
        assert posthouse("domain", "dkim", "activate", "example.test").status == 0
