# `make` lists the targets. Every target installs what it needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.setup
export PATH := $(CURDIR)/$(BIN):$(PATH)
export PULUMI_SKIP_UPDATE_CHECK := 1
# Some machines set it: then each of the tests' thousands of processes would compile the package anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-full test-newest test-long bench coverage docs dist check format clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## .venv with the package, its tools and the Pulumi CLI (first time: up to eight minutes)

$(STAMP): pyproject.toml constraints.txt tools/pulumi-cli/install.py
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is not on PATH: install Python 3.10 or newer, or name one with make PYTHON=…"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { echo "$(PYTHON) is older than Python 3.10: name a newer one with make PYTHON=…"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "$(PYTHON) lacks the venv module: install it (Debian: python3-venv)"; exit 1; }
	@test -x $(BIN)/python || { echo "Python environment: creating $(VENV) …"; $(PYTHON) -m venv $(VENV); }
	@echo "Python environment: installing the versions of constraints.txt …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt pip
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[cli,emulator]' --group dev
	@# Where the language host looks for it, which knows nothing of editable installs: without it, each run asks for a plugin.
	@$(BIN)/python -c 'import shutil, sysconfig, pathlib; there = pathlib.Path(sysconfig.get_path("purelib"), "pulumi_chime_voice"); there.mkdir(exist_ok=True); shutil.copy("providers/pulumi_chime_voice/pulumi-plugin.json", there)'
	@$(BIN)/python tools/pulumi-cli/install.py
	@touch $@
	@echo "Ready. For a shell of your own: . $(BIN)/activate"

demo: setup ## the reference's example through the real engine into a local endpoint; no AWS account needed
	@$(BIN)/python tools/demo.py

test: setup ## the tests, the end-to-end ones through the real Pulumi CLI (five at once: they wait too)
	@$(BIN)/python -m pytest --numprocesses 5 --dist worksteal

test-full: setup ## rare paths, and Pulumi 3.250.0 and older SDKs and boto3 (builds that engine, once)
	@$(BIN)/python tools/pulumi-cli/install.py --version 3.250.0
	@$(BIN)/python -m pytest -m full --numprocesses 5 --dist worksteal

test-newest: setup ## make test with the newest pulumi and boto3 of the package index; the next target returns to the pinned ones
	@rm $(STAMP)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pulumi boto3
	@$(BIN)/python -m pytest --numprocesses 5 --dist worksteal

test-long: setup ## 20,000 generated inputs and 10,000 lives of stacks, crash matrix, outages, long run (an hour and more); writes their figures into docs/reliability.md
	@mkdir -p .long && rm -f .long/figures.jsonl
	@$(BIN)/python -m pytest --numprocesses 2 --hypothesis-profile=long tests/unit/origination/test_generated.py tests/unit/machine
	@CHIME_VOICE_LONG=$(CURDIR)/.long/figures.jsonl $(BIN)/python -m pytest --numprocesses 2 tests/e2e/long
	@$(BIN)/python tests/e2e/long/figures.py .long/figures.jsonl

bench: setup ## what we cost, against the same program with a provider that does nothing (20 minutes; BENCH="--help" lists options)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --group bench
	@$(BIN)/python bench/run.py $(BENCH)

coverage: setup ## make test once more, with the branches that no test takes
	@$(BIN)/coverage erase
	@$(BIN)/coverage run -m pytest --numprocesses 4 --dist worksteal
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report

docs: setup ## the documentation as a site, with the reference of the package, into build/site (Python 3.11)
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build

dist: setup ## sdist and wheel into dist/, checked as a package index does, and the wheel installed in a fresh environment
	@rm -rf dist build
	@$(BIN)/python -m build
	@$(BIN)/twine check --strict dist/*
	@$(BIN)/python -m venv build/fresh
	@build/fresh/bin/python -m pip install --quiet --disable-pip-version-check dist/*.whl
	@build/fresh/bin/python -m pip check
	@build/fresh/bin/python -c 'import pulumi_chime_voice as package; print(package.Origination.__name__, package.__version__)'

check: setup ## format, lint, types, import contracts, workflows
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/zizmor --offline --quiet --no-progress .github

format: setup ## apply ruff fixes
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

clean: ## remove what the targets made in this folder (the CLI's cache stays)
	@rm -rf $(VENV) .demo .long build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage*
