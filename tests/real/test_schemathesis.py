"""Schemathesis: requests made from the OpenAPI document, right ones and wrong ones, against a running server.

It finds no server error and no answer that the document does not describe.
"""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.running import DOMAIN, Server, running

ST = Path(__file__).parents[2] / ".real" / "venv" / "bin" / "st"
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "allow_header_conformance",
    "ignored_auth",
)
EXAMPLES = os.environ.get("POSTHOUSE_EXAMPLES", "15")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with running(tmp_path, ["alice", "bob"]) as started:
        for rule in ("requests", "failures"):
            started.command("setting", "set", f"api.{rule}_per_minute", "10000")
        yield started


def test_every_answer_is_described(server: Server, tmp_path: Path) -> None:
    if not ST.exists():
        pytest.skip("Schemathesis is not installed: run tests/real/install-libraries")
    token = server.command("token", "add", f"postmaster@{DOMAIN}", "--name", "schemathesis").strip()
    found = subprocess.run(
        [
            *(ST, "run", f"https://127.0.0.1:{server.port('https')}/api/openapi.json", "--tls-verify", "false"),
            *("-H", f"Authorization: Bearer {token}", "--checks", ",".join(CHECKS), "--max-examples", EXAMPLES),
            *("--phases", "examples,coverage,fuzzing", "--seed", "1", "--warnings", "off", "--no-color"),
            "--continue-on-failure",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert found.returncode == 0, found.stdout[-20_000:]
