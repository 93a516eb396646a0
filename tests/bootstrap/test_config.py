"""``posthouse.toml``: what is needed to start, and what is wrong with it in words."""

from pathlib import Path

import pytest

from posthouse.bootstrap.config import SERVICES, Config, read_config
from posthouse.bootstrap.layout import Layout
from posthouse.foundation.errors import Invalid, NotFound


def read(folder: Path, text: str | bytes) -> Config:
    (folder / "posthouse.toml").write_bytes(text.encode() if isinstance(text, str) else text)
    return read_config(Layout(folder))


def test_a_host_name_is_enough(tmp_path: Path) -> None:
    config = read(tmp_path, 'hostname = "mail.example.test"\n')
    assert config.hostname == "mail.example.test"
    assert config.bind == ["0.0.0.0", "::"]
    assert {name: config.port(name, 0) for name in SERVICES} == {
        "smtp": 25,
        "lmtp": 24,
        "submission": 587,
        "submissions": 465,
        "qmtp": 209,
        "imap": 143,
        "imaps": 993,
        "pop3": 110,
        "pop3s": 995,
        "http": 80,
        "https": 443,
    }
    assert 1 <= config.worker_count <= 8


def test_ports_are_moved_turned_off_and_offset(tmp_path: Path) -> None:
    config = read(tmp_path, 'hostname = "x.test"\nworkers = 3\n[ports]\nimap = 1143\npop3 = 0\n')
    assert [config.port(name, 20_000) for name in ("imap", "pop3", "smtp")] == [21_143, 0, 20_025]
    assert config.worker_count == 3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "hostname"),
        ("hostname = 5", "hostname"),
        ('hostname = "x.test"\nhostnmae = "y"', "hostnmae"),
        ('hostname = "x.test"\n[ports]\nimapp = 1143', "no service imapp"),
        ('hostname = "x.test"\n[ports]\nimap = 70000', "65535"),
        ('hostname = "x.test"\n[ports]\nimap = -1', "ports"),
        ('hostname = "x.test"\nworkers = -1', "workers"),
        ('hostname = "x.test"\nmemory_octets = 5', "memory_octets"),
        ('hostname = "x.test', "posthouse.toml"),
        (b'hostname = "\xff"', "posthouse.toml"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, text: str | bytes, words: str) -> None:
    with pytest.raises(Invalid, match=words) as raised:
        read(tmp_path, text)
    assert str(tmp_path / "posthouse.toml") in str(raised.value)


def test_no_installation_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="posthouse init"):
        read_config(Layout(tmp_path))


def test_accounts_are_embedded_or_in_postgresql(tmp_path: Path) -> None:
    assert read(tmp_path, 'hostname = "x.test"\n').storage.accounts == "sqlite"
    url = "postgresql://posthouse@db.example.test/mail"
    assert read(tmp_path, f'hostname = "x.test"\n[storage]\naccounts = "{url}"\n').storage.accounts == url
    with pytest.raises(Invalid, match="mysql"):
        read(tmp_path, 'hostname = "x.test"\n[storage]\naccounts = "mysql://x"\n')
