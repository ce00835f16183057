# Two commands do all the set-up: `make run` and `make test`.

PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/.installed

.PHONY: run test lint types contracts tests format bench torture simulate lock clean

run: $(INSTALLED)  ## everything on this machine, until Ctrl-C
	@$(BIN)/meic up

test: lint types contracts tests  ## what CI runs

lint: $(INSTALLED)
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: $(INSTALLED)
	$(BIN)/mypy

contracts: $(INSTALLED)
	$(BIN)/lint-imports

tests: $(INSTALLED)
	$(BIN)/pytest tests/unit tests/contracts tests/integration --numprocesses 3 --dist loadfile \
		--cov --cov-report=term:skip-covered
	$(BIN)/pytest tests/simulation tests/functional --numprocesses 2 --dist loadfile  # mostly waiting; not measured, at the speed of real life

format: $(INSTALLED)  ## mend what a tool can mend
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: $(INSTALLED)  ## the figures of docs and README, measured here
	$(BIN)/python benchmarks/coordinator.py
	$(BIN)/python benchmarks/exchanges.py
	$(BIN)/python benchmarks/console.py

torture: $(INSTALLED)  ## kill everything, over and over: MINUTES=10 KILLS= SEED= BROKER=valkey|rabbitmq LEDGER=sqlite|postgresql
	@$(BIN)/python -W ignore:XDG_RUNTIME_DIR -m tests.functional.faults.torture $(if $(MINUTES),--minutes $(MINUTES)) \
		$(if $(KILLS),--kills $(KILLS)) $(if $(SEED),--seed $(SEED)) $(if $(BROKER),--broker $(BROKER)) $(if $(LEDGER),--ledger $(LEDGER))

simulate: $(INSTALLED)  ## whole coordinators in simulated worlds that go wrong: SEEDS=1000 FIRST=1, or SEED=17 with its trace
	@$(BIN)/python -m tests.simulation $(if $(SEED),--seed $(SEED) --trace) $(if $(SEEDS),--seeds $(SEEDS)) $(if $(FIRST),--first $(FIRST))

lock: $(INSTALLED)  ## pin every package again, with hashes
	$(BIN)/uv pip compile pyproject.toml --all-extras --group dev --generate-hashes --no-emit-index-url --quiet --output-file requirements.lock
	$(BIN)/uv pip compile pyproject.toml --extra postgresql --extra ccxt --constraint requirements.lock --generate-hashes --no-emit-index-url --quiet --output-file docker/requirements.lock
	echo 'setuptools>=80' | $(BIN)/uv pip compile - --constraint requirements.lock --generate-hashes --no-emit-index-url --quiet --output-file docker/build.lock

clean:  ## remove what was installed and built; var, the state, stays
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage*

$(INSTALLED): pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; $(PYTHON) is older. Name another: make PYTHON=python3.11 ..." >&2; exit 2; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || \
		{ echo "Python's venv module is missing: apt install python3-venv" >&2; exit 2; }
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@
