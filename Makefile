# Two commands: `make` builds the dataset, the models and the metrics; `make test` runs every check.
# Both set up .venv on first use and may be run again at any time.

PYTHON ?= python3
VENV := .venv
BIN := $(abspath $(VENV))/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt

# Stages are run as `python -m ...` by DVC: this environment's python must be the first one found.
export PATH := $(BIN):$(PATH)
export DVC_NO_ANALYTICS := 1

.PHONY: all setup repro show test lint soak bench clean help

all: repro show

help: ## what there is
	@echo "make        set up .venv, run the pipeline (dvc repro), print the dataset and the metrics"
	@echo "make test   set up .venv, check style and types, run the tests"
	@echo "make soak   run the tests that take too long for make test"
	@echo "make bench  run the benchmarks (ratios, slower, no part of the tests)"
	@echo "make clean  remove .venv and caches; data/, metrics/ and the DVC cache stay"

setup: $(VENV)/.installed

$(VENV)/.installed: pyproject.toml constraints.txt
	@echo "== setting up $(VENV) (a few minutes the first time)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; name one with: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) \
	  || { echo "The venv module is missing; on Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@echo "== installing PyTorch"
	@$(PIP) torch
	@echo "== installing the project"
	@$(PIP) --editable .
	@touch $@

$(VENV)/.installed-test: $(VENV)/.installed
	@echo "== installing what the tests need"
	@$(PIP) --editable ".[test]"
	@touch $@

repro: setup
	@echo "== checking that params.yaml and dvc.yaml agree"
	@sauropod plan
	@echo "== dvc repro"
	@dvc repro

show: setup
	@sauropod show

lint: $(VENV)/.installed-test
	@echo "== ruff, mypy"
	@ruff check stages tests
	@ruff format --check stages tests
	@mypy

test: lint
	@echo "== pytest"
	@pytest -n 2 --dist loadfile --no-loadscope-reorder

soak: $(VENV)/.installed-test
	@pytest -n 2 --dist loadfile -m soak

bench: $(VENV)/.installed-test
	@for file in tests/benchmarks/[a-z]*.py; do name=$$(basename $$file .py); echo "== $$name"; \
	  python -m tests.benchmarks.$$name || exit 1; done

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis sauropod.egg-info
