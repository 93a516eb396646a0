"""The machine's table of hosts."""

from pathlib import Path

from posthouse.adapters.dns.hosts import HostsFile


def test_names_and_addresses(tmp_path: Path) -> None:
    path = tmp_path / "hosts"
    path.write_text("127.0.0.1 localhost\n10.0.0.5\tMail.Corp mail # the server\n# 10.0.0.6 off\n\n2001:db8::5 mail\n10.0.0.7\n")
    hosts = HostsFile(path)
    assert hosts.addresses("mail.corp.") == ["10.0.0.5"]
    assert hosts.addresses("MAIL") == ["10.0.0.5", "2001:db8::5"]
    assert hosts.addresses("off") == []
    path.write_text("10.0.0.8 off other\n")
    assert hosts.addresses("off") == ["10.0.0.8"]
    assert hosts.addresses("mail") == []
    path.unlink()
    assert HostsFile(path).addresses("localhost") == []
