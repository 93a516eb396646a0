"""What tests with foreign programs share: finding a program, a server for a module."""

import os
import shutil
from collections.abc import Iterator

import pytest
from tests.support.foreign import SEARCH_PATH, Program
from tests.support.postgres import PostgresServer, postgres_running
from tests.support.running import Server, running

PEOPLE = ("alice", "bob", "carol", "dave")


@pytest.fixture(scope="session")
def program() -> Program:
    """Where a program is. Missing: a skip here, a failure in continuous integration."""

    def find(name: str) -> str:
        found = shutil.which(name, path=SEARCH_PATH)
        if found is None and os.environ.get("CI") == "true":
            pytest.fail(f"{name} is not installed: run tests/real/install-programs")
        if found is None:
            pytest.skip(f"{name} is not installed: run tests/real/install-programs")
        return found

    return find


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for the module, with the people of ``PEOPLE``."""
    with running(tmp_path_factory.mktemp("real"), PEOPLE) as started:
        yield started


@pytest.fixture(scope="session")
def postgres(program: Program) -> Iterator[PostgresServer]:
    """One PostgreSQL server for all tests, in which each makes a database."""
    with postgres_running(program("postgres")) as started:
        yield started
