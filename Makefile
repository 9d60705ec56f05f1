# The developer's whole interface. `make help` lists it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO := KEIYAKU_CONFIG=config/demo/monitor.toml $(BIN)/keiyaku

.DEFAULT_GOAL := help
.PHONY: help demo test soak bench lint evaluate format generated lock clean

help: ## this list
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

demo: $(VENV)/.ready ## set up, judge the bundled ledgers as of one date, write the digest under var/demo/
	@$(DEMO) import config/demo/jlis-r7.txt
	@$(DEMO) import config/demo/mogi-shi
	@$(DEMO) import config/demo/mogi-cho
	@$(DEMO) run --as-of 2026-07-05
	@echo "Open:" && $(DEMO) digest --week 2026-W27

test: $(VENV)/.ready-test ## set up and run everything: style, types, directions, tests with PostgreSQL and Chromium
	@tests/tools.sh
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest --numprocesses 2 --dist worksteal $(ARGS)

soak: $(VENV)/.ready-test ## what takes longer: 200 kills on each database, 10,000 spoilt files, the properties over many more ledgers, every parameter swept
	$(BIN)/python -m tests.soak --kills 200
	$(BIN)/python -m tests.intake.fuzz --cases 10000
	HYPOTHESIS_PROFILE=soak $(BIN)/python -m pytest --numprocesses 2 -k "propert or moved" tests
	$(BIN)/python -m tests.evaluation --half tune --sweep
	$(BIN)/python -m tests.evaluation --half held

bench: $(VENV)/.ready-test ## what a full run, a day, an import cost at 1,000,000 contracts, against the goals (ARGS="--contracts 100000 --only full")
	@$(BIN)/python -m tests.bench $(ARGS)

lint: $(VENV)/.ready-test ## style, types and directions only
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

evaluate: $(VENV)/.ready-test ## how well the checks judge the labelled ledgers: recall, precision, alarms (ARGS="--half held --sweep")
	@$(BIN)/python -m tests.evaluation $(ARGS)

format: $(VENV)/.ready-test ## let ruff format and mend what it can
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

generated: $(VENV)/.ready-test ## write anew what is made from code: checks/README.md, the rulebooks' JSON Schema
	$(BIN)/python -m tests.generated

lock: ## resolve the dependencies anew (needs uv) into constraints.txt and tests/constraints.txt
	uv lock --quiet --upgrade
	uv export --quiet --frozen --no-emit-project --no-header --extra postgres --extra fast --no-default-groups --group build --output-file constraints.txt >/dev/null
	uv export --quiet --frozen --no-emit-project --no-header --all-extras --all-groups --output-file tests/constraints.txt >/dev/null

clean: ## remove what was set up and written
	rm -rf $(VENV) var .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

$(VENV)/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "python3 has no venv module: apt install python3-venv"; exit 1; }

# The project itself is installed without its dependencies: those come pinned by hash and from nowhere else.
$(VENV)/.ready: constraints.txt pyproject.toml | $(VENV)/bin/pip
	@echo "Setting up $(VENV) …"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r constraints.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.ready-test: tests/constraints.txt $(VENV)/.ready
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r tests/constraints.txt
	@touch $@
