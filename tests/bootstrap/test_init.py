"""Making a new installation."""

import os
from pathlib import Path

import msgspec
import pytest

from posthouse.adapters.sql.sqlite.directory.store import SqliteDirectoryReader
from posthouse.adapters.vault.files import FileVault
from posthouse.bootstrap.config import read_config
from posthouse.bootstrap.init import PROFILES, create_installation
from posthouse.bootstrap.layout import Layout
from posthouse.foundation.errors import AlreadyExists, Invalid
from posthouse.services.settings import declared
from posthouse.transport.tls import server_context


def test_an_installation_is_whole(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "data")
    create_installation(layout, "mail.example.test")
    assert read_config(layout).hostname == "mail.example.test"
    assert read_config(layout).bind == ["0.0.0.0", "::"]
    server_context(layout.certificate, layout.private_key)
    FileVault(layout.keys).stop()
    SqliteDirectoryReader(layout.directory).close()


def test_nobody_else_reads_it(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        create_installation(Layout(tmp_path / "data"), "mail.example.test")
    finally:
        os.umask(old)
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700
    for folder in ("accounts", "queue", "spool", "run", "keys", "certs"):
        assert (tmp_path / "data" / folder).stat().st_mode & 0o077 == 0, folder


def test_where_it_listens_can_be_said(tmp_path: Path) -> None:
    create_installation(Layout(tmp_path), "mail.example.test", ["127.0.0.1"])
    assert read_config(Layout(tmp_path)).bind == ["127.0.0.1"]


def test_where_accounts_are_kept_can_be_said(tmp_path: Path) -> None:
    url = "postgresql://posthouse@db.example.test/mail"
    create_installation(Layout(tmp_path), "mail.example.test", ["127.0.0.1"], url)
    config = read_config(Layout(tmp_path))
    assert (config.storage.accounts, config.bind) == (url, ["127.0.0.1"])
    with pytest.raises(Invalid):
        create_installation(Layout(tmp_path / "other"), "mail.example.test", accounts="mysql://x")
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize(
    ("written", "kept"),
    [("Mail.Example.Test.", "mail.example.test"), ("müller.test", "xn--mller-kva.test"), ("localhost", "localhost")],
)
def test_names_are_kept_as_certificates_have_them(tmp_path: Path, written: str, kept: str) -> None:
    create_installation(Layout(tmp_path), written)
    assert read_config(Layout(tmp_path)).hostname == kept


@pytest.mark.parametrize(
    "hostname", ["", " ", "two words", "a..b", "-", "x" * 64 + ".test", "a" * 254, "[127.0.0.1]", "a\nb", "a\x00"]
)
def test_what_is_no_host_name_makes_nothing(tmp_path: Path, hostname: str) -> None:
    with pytest.raises(Invalid, match="host name"):
        create_installation(Layout(tmp_path / "data"), hostname)
    assert not (tmp_path / "data").exists()


def test_a_folder_with_anything_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("mail of many years")
    with pytest.raises(AlreadyExists, match="not empty"):
        create_installation(Layout(tmp_path), "mail.example.test")
    assert [path.name for path in tmp_path.iterdir()] == ["precious"]


@pytest.mark.parametrize("profile", PROFILES)
def test_profiles_are_made_of_settings_there_are(profile: str) -> None:
    for key, value in PROFILES[profile].items():
        assert declared(key).parse(msgspec.json.encode(value)) == value
