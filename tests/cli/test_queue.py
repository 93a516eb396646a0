"""``posthouse queue`` without a server: the command owns the files."""

from tests.support.command import Command


def test_a_route_without_a_server(posthouse: Command) -> None:
    assert posthouse("setting", "set", "routes", "*=lmtp:/run/nobody/lmtp").status == 0
    assert "lmtp:/run/nobody/lmtp" in posthouse("queue", "route", "example.org").out
    assert posthouse("queue", "route", "example.org", "--try").status == 1
    assert posthouse("queue", "route", "a b").status == 1
    assert posthouse("queue", "list", "--limit", "5", "--domain", "example.org").status == 0
    assert posthouse("queue", "retry", "--for", "nobody").out == "retrying 0 recipients\n"
