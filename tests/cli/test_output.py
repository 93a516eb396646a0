"""Columns and times."""

from posthouse.cli.output import aligned, iso, moment, width


def test_columns_are_aligned_whatever_the_script() -> None:
    lines = aligned([("NAME", "SIZE"), ("草稿箱", 5), ("Entwu\u0308rfe", 1_000)])
    assert lines == ["NAME      SIZE", "草稿箱       5", "Entwu\u0308rfe  1000"]
    assert [width(line) for line in lines] == [14, 14, 14]


def test_nothing_hangs_over() -> None:
    assert aligned([("a", ""), ("bb", "")]) == ["a", "bb"]


def test_times() -> None:
    assert moment(1_700_000_000.9) == "2023-11-14 22:13:20Z"
    assert moment(None, never="never") == "never"
    assert iso(1_700_000_000.0) == "2023-11-14T22:13:20Z"
    assert iso(None) is None
