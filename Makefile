# Two commands on a fresh machine: `make demo` and `make test`. Everything lives in .venv.
PYTHON ?= python3
BIN := .venv/bin
PYTEST_ARGS ?=

.PHONY: demo test check lint soak lab clean

.venv/base.done: pyproject.toml constraints.txt
	@test -d .venv || $(PYTHON) -m venv .venv
	@echo "Setting up .venv (once; a few minutes on a slow line) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@echo "Compiling the loops of the search (once, about a minute) ..."
	@$(BIN)/python -m patrol.routing.warm
	@touch $@

.venv/test.done: .venv/base.done
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[test]"
	@touch $@

.venv/lab.done: .venv/base.done
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[notebooks]"
	@touch $@

demo: .venv/base.done ## plan the sample county, write its brief, and say what to open
	@$(BIN)/python scripts/plan_routes.py sample_data --from 2024-08-16 --days 5 --out out/demo
	@$(BIN)/python scripts/make_brief.py out/demo --project sample_data

test: .venv/test.done ## all tests but the long counts
	@$(BIN)/python -m pytest -n 2 --dist worksteal -m "not soak" $(PYTEST_ARGS)

lint: .venv/test.done
	@$(BIN)/ruff format --check . && $(BIN)/ruff check . && $(BIN)/mypy

check: lint test ## format, lint, types, tests

soak: .venv/test.done ## long counts: many seeds, many random cases
	@PATROL_SOAK=1 $(BIN)/python -m pytest -m soak $(PYTEST_ARGS)

lab: .venv/lab.done ## Jupyter on the notebooks: a plan, the risk of a county, against the calendar, the joint defence
	@$(BIN)/jupyter lab notebooks

clean: ## remove what the project made, the environment included
	rm -rf .venv out build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
