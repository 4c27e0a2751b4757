# Every target makes what it needs in .venv of this checkout; nothing but Python 3.11 and make is assumed.
PYTHON ?= python3.11
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

export DAGSTER_DISABLE_TELEMETRY ?= 1
export DBT_SEND_ANONYMOUS_USAGE_STATS ?= false
export GX_ANALYTICS_ENABLED ?= false

DATA ?=

.PHONY: help setup setup-dev demo test test-long test-spark ui bench bench-cities lint format clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

.venv/bin/python:
	@$(PYTHON) --version >/dev/null 2>&1 || { echo "error: $(PYTHON) is not on PATH"; \
	  echo "  fix: install Python 3.11 or newer, or run: make PYTHON=/path/to/python $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv .venv

.venv/.setup: .venv/bin/python pyproject.toml constraints.txt
	@echo "installing stevo into .venv (about two minutes the first time) ..."
	$(PIP) --editable .
	@touch $@

.venv/.setup-dev: .venv/.setup
	@echo "installing the development tools into .venv ..."
	$(PIP) --editable '.[dev]'
	@touch $@

dbt_project/target/manifest.json: .venv/.setup $(shell find dbt_project -name '*.sql' -o -name '*.yml' -o -name '*.csv' | grep -v /target/)
	$(BIN)/python -m stevo_dagster.warehouse.prepare

setup: .venv/.setup dbt_project/target/manifest.json ## install what the chain needs

setup-dev: setup .venv/.setup-dev ## install the tools of developers too

demo: setup ## simulate a city and run the whole chain on it
	$(BIN)/stevo demo

test: setup-dev ## run the tests but those that take minutes
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadscope --no-loadscope-reorder

test-long: setup-dev ## run the tests that take minutes: kills at random moments, crowds of writers
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m long tests

# An environment of its own: where there is Spark, Great Expectations imports all of it.
.venv-spark/.setup: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv-spark
	.venv-spark/bin/python -m pip install --quiet --disable-pip-version-check \
	  --constraint constraints.txt --editable '.[dev,spark]'
	@touch $@

test-spark: .venv-spark/.setup ## run the tests of Spark beside DuckDB; wants Java 17
	OMP_NUM_THREADS=1 .venv-spark/bin/python -m pytest tests/dbt/test_engines.py tests/stevo_dagster/warehouse/spark

ui: setup ## open the Dagster UI on http://127.0.0.1:3000
	$(BIN)/stevo ui

bench: setup-dev ## measure, each benchmark beside a named peer
	@for name in $(basename $(notdir $(wildcard benchmarks/*.py))); do echo "== $$name"; $(BIN)/python -m benchmarks.$$name || exit 1; done

bench-cities: setup-dev ## compare the models with counting on other cities (DATA=FOLDER: real ones too)
	$(BIN)/python -m benchmarks.with_data.cities $(if $(DATA),--data $(DATA)) --docs docs/models.md

lint: setup-dev ## ruff, sqlfluff, mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/sqlfluff lint --disable-progress-bar dbt_project/models dbt_project/tests
	$(BIN)/mypy

format: setup-dev ## let the tools format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/sqlfluff fix dbt_project/models

clean: ## remove what the targets made, but not .stevo
	rm -rf .venv dbt_project/target
