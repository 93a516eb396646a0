"""``posthouse apply``: the plan, the doing, and nothing to do."""

import json
from pathlib import Path

from tests.support.command import Command

TEXT = """
[[accounts]]
address = "alice@example.test"
display_name = "Alice"

[[aliases]]
address = "sales@example.test"
targets = ["alice@example.test"]
"""


def test_a_description_is_planned_made_true_and_pruned(posthouse: Command, tmp_path: Path) -> None:
    file = tmp_path / "company.toml"
    file.write_text(TEXT)
    planned = posthouse("apply", str(file), "--plan").out.splitlines()
    assert planned[0].startswith('create account alice@example.test (display_name: nothing -> "Alice"')
    assert planned[1] == 'create alias sales@example.test (targets: nothing -> ["alice@example.test"])'
    assert posthouse("account", "show", "alice@example.test").status == 1
    assert posthouse("apply", str(file)).status == 2
    done = posthouse("apply", str(file), "--yes")
    assert (done.status, done.out.splitlines()) == (0, [*planned, "done: 2 of 2"])
    assert posthouse("apply", str(file), "--yes").out == "nothing to do\n"
    posthouse("account", "add", "bob@example.test", "--password-stdin", given=b"correct horse battery staple\n")
    file.write_text('[[domains]]\ndomain = "example.test"\n' + TEXT.partition("[[aliases]]")[0])
    pruned = json.loads(posthouse("--json", "apply", str(file), "--yes", "--prune").out)
    assert [(step["change"], step["name"]) for step in pruned["steps"]] == [
        ("remove", "sales@example.test"),
        ("remove", "bob@example.test"),
    ]
    assert pruned["done"] == 2
    assert posthouse("account", "show", "postmaster@example.test").status == 0, "the operator is described nowhere and stays"


def test_what_fails_is_told_with_what_was_done(posthouse: Command, tmp_path: Path) -> None:
    file = tmp_path / "company.json"
    file.write_text(
        json.dumps(
            {
                "accounts": [{"address": "alice@example.test"}],
                "aliases": [{"address": "sales@example.test", "targets": ["nobody@example.test"]}],
            }
        )
    )
    failed = posthouse("apply", str(file), "--yes")
    assert (failed.status, failed.out.splitlines()[-1]) == (1, "done: 1 of 2")
    assert "create alias sales@example.test" in failed.err
    assert posthouse("apply", str(tmp_path / "none")).status == 2
    file.write_text("{")
    assert posthouse("apply", str(file)).status == 1
