# make run | test | check | test-real | soak | bench: see CONTRIBUTING.md
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help run test check format test-real soak bench lock

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/ —/'

$(INSTALLED): requirements/dev.txt pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

run: $(INSTALLED) ## install what is missing, make ./demo on first use, serve it on 127.0.0.1
	$(BIN)/python -m posthouse.cli.main demo

test: $(INSTALLED) ## every test that needs no foreign server
	$(BIN)/python -m pytest --numprocesses 2 --dist worksteal --ignore tests/processes --ignore tests/real
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile tests/processes

check: $(INSTALLED) ## format, lint, types, architecture, docs
	$(BIN)/ruff format --check src tests benchmarks
	$(BIN)/ruff check src tests benchmarks
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(INSTALLED) ## put everything into shape
	$(BIN)/ruff format src tests benchmarks
	$(BIN)/ruff check --fix src tests benchmarks

test-real: $(INSTALLED) ## against real foreign programs and servers
	PYTHON=$(PYTHON) tests/real/install-libraries
	$(BIN)/python -m pytest tests/real
	$(BIN)/python -m pytest -m long tests/processes

soak: $(INSTALLED) ## long, seeded kill and load runs; results under benchmarks/
	POSTHOUSE_HISTORIES=500 $(BIN)/python -m pytest tests/ports/test_account_stores_agree.py
	POSTHOUSE_KILLS=20 POSTHOUSE_HALF_SENT=2000 $(BIN)/python -m pytest tests/processes/test_kill.py tests/processes/test_hostile.py -s
	POSTHOUSE_HOSTILE=10 $(BIN)/python -m pytest -m long tests/processes/test_imap_hostile_mail.py
	POSTHOUSE_CROWD_SECONDS=300 $(BIN)/python -m pytest -m long tests/processes/test_imap_crowd.py -s
	POSTHOUSE_EDGE_MESSAGES=100000 POSTHOUSE_EDGE_KILLS=20 $(BIN)/python -m pytest -m long tests/processes/test_edge_soak.py -s
	POSTHOUSE_EXAMPLES=300 $(BIN)/python -m pytest tests/servers/imap/test_against_model.py

bench: $(INSTALLED) ## what can be measured without peers; benchmarks/README.md says how the rest was
	$(BIN)/python benchmarks/mime.py
	PYTHONPATH=. $(BIN)/python benchmarks/imap_growth.py

lock: $(INSTALLED) ## write the lock files anew from pyproject.toml
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --upgrade pyproject.toml -o requirements/product.txt
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --upgrade pyproject.toml --group dev -o requirements/dev.txt
