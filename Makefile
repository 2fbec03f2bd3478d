# paramtui: every task of the project. `make help` lists them.

PYTHON ?= python3
MODEL ?= meta-llama/Llama-3.1-8B
VENV := .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help run test check lint types contracts format screenshots docs truth fuzz bench clean

help: ## show this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/run.stamp ## install into .venv and open MODEL (default meta-llama/Llama-3.1-8B)
	@$(BIN)/paramtui $(MODEL)

test: $(VENV)/dev.stamp ## run the tests (no network needed)
	@$(BIN)/python -m pytest -q -n auto

check: lint types contracts ## lint, types, import rules

lint: $(VENV)/dev.stamp ## ruff: rules and format
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(VENV)/dev.stamp ## mypy, strict
	@$(BIN)/mypy

contracts: $(VENV)/dev.stamp ## import-linter: which room may import which
	@$(BIN)/lint-imports --no-logo

format: $(VENV)/dev.stamp ## let ruff tidy the code
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

screenshots: $(VENV)/shots.stamp ## draw screenshots/ anew from the bundled models
	@$(BIN)/python screenshots/make.py
	@$(BIN)/python screenshots/web.py

docs: $(VENV)/dev.stamp ## write the generated parts of the README anew
	@$(BIN)/python docs/generate.py

truth: $(VENV)/truth.stamp ## compare with transformers and PEFT themselves (installs torch)
	@$(BIN)/python -m pytest -q tests/truth

fuzz: $(VENV)/fuzz.stamp ## millions of hostile headers, configs and keys (hours)
	@$(BIN)/python -m pytest -q -s --long tests/fuzz tests/robustness tests/tui/test_soak.py
	@for target in header index config gguf adapter info; do \
	  $(BIN)/python -m tests.fuzz.guided $$target 200000 || exit 1; done

bench: $(VENV)/bench.stamp ## measure beside the peers, write bench/RESULTS.md (a quiet machine)
	@$(BIN)/python -m bench

clean: ## remove .venv and every cache
	rm -rf $(VENV) .fuzz .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache dist

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
	  { echo "paramtui needs Python 3.10 or newer; say which: make PYTHON=python3.12 …" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/run.stamp: $(VENV)/bin/python pyproject.toml
	@echo "installing paramtui into $(VENV) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/dev.stamp: $(VENV)/bin/python pyproject.toml
	@echo "installing paramtui and its development tools into $(VENV) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@ $(VENV)/run.stamp

$(VENV)/truth.stamp: $(VENV)/dev.stamp
	@echo "installing torch, transformers and PEFT into $(VENV) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,truth]'
	@touch $@

$(VENV)/fuzz.stamp: $(VENV)/dev.stamp
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,fuzz]'

# The peers live apart: what they bring along would slow down our imports, and theirs.
$(VENV)/bench.stamp: $(VENV)/dev.stamp
	@echo "installing the peers into $(VENV)/peers …"
	@$(PYTHON) -m venv $(VENV)/peers
	@$(VENV)/peers/bin/python -m pip install --quiet --disable-pip-version-check '.[bench]'
	@touch $@

$(VENV)/shots.stamp: $(VENV)/dev.stamp
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[shots]'
	@touch $@
