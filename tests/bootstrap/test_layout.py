"""Where everything lies."""

from pathlib import Path

import pytest

from posthouse.bootstrap.layout import DEFAULT_DIRECTORY, Layout, chosen


def test_everything_lies_below_the_data_directory() -> None:
    layout = Layout(Path("/data"))
    paths = {name: getattr(layout, name) for name in dir(Layout) if isinstance(getattr(Layout, name), property)}
    paths |= {"queue": layout.queue(3), "spool": layout.spool("worker-3"), "socket": layout.socket("keeper")}
    assert all(path.is_relative_to("/data") for path in paths.values())
    assert len(set(paths.values())) == len(paths)
    assert (layout.queue(3), layout.spool("worker-3")) == (Path("/data/queue/3.db"), Path("/data/spool/worker-3"))


def test_the_option_wins_over_the_environment_and_that_over_the_default(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("POSTHOUSE_DATA", "/from/environment")
    assert chosen("/from/option").root == Path("/from/option")
    assert chosen(None).root == Path("/from/environment")
    monkeypatch.setenv("POSTHOUSE_DATA", "")
    assert chosen(None).root == DEFAULT_DIRECTORY
    monkeypatch.chdir(tmp_path)
    assert chosen("here").root == tmp_path / "here"
