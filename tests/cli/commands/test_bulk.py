"""Mailboxes from a table, on the command line."""

from pathlib import Path

from tests.support.command import Command

TABLE = "address,display_name\nann@example.test,Ann\nben@example.test,Ben\nbad@nowhere.example,\n"


def test_a_table(posthouse: Command, tmp_path: Path) -> None:
    file, secrets = tmp_path / "people.csv", tmp_path / "secrets"
    file.write_text(TABLE)
    dry = posthouse("account", "import", str(file), "--dry-run")
    assert (dry.status, "line 2: add ann@example.test (display_name  -> Ann)" in dry.out) == (1, True)
    assert "ann@" not in posthouse("account", "list").out
    done = posthouse("account", "import", str(file), "--passwords", str(secrets))
    assert "line 4: bad@nowhere.example refused: there is no domain" in done.out
    assert done.out.endswith("2 add, 1 refused\n")
    lines = secrets.read_text().splitlines()
    assert [line.partition(",")[0] for line in lines] == ["ann@example.test", "ben@example.test"]
    assert all(len(line.partition(",")[2]) == 19 for line in lines)
    assert secrets.stat().st_mode & 0o077 == 0
    again = posthouse("account", "import", str(file), "--passwords", str(secrets))
    assert again.out.endswith("2 same, 1 refused\n")
    assert secrets.read_text().splitlines() == lines
    exported = posthouse("account", "export", "--domain", "example.test").out
    assert "ann@example.test,Ann,en," in exported
    file.write_text(exported)
    assert posthouse("account", "import", str(file)).status == 0
    file.write_text("address,colour\n")
    assert "there is no column 'colour'" in posthouse("account", "import", str(file)).err
    file.write_bytes(b"address\n\xff\n")
    assert "not in UTF-8" in posthouse("account", "import", str(file)).err
