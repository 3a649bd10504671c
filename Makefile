# Needs git, make, Python 3.11 or newer (with venv) and the package index; all else comes into .venv.

SHELL := /bin/sh
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help test fuzz crash conformance demo docs format generate ledger clean

FUZZ_SECONDS ?= 540
FUZZ_SEED ?= random
CONFORMANCE ?= --block A --block B --block C --block D --block E --block F --block G --block J --block P

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

# Tools that keep a cache in the home folder get one here where there is no home.
ifeq ($(strip $(HOME)),)
export HOME := $(CURDIR)/.cache/home
endif

help:
	@echo 'make test      every check: generated code, style, types, layers, tests'
	@echo 'make fuzz      look for inputs that break a promise, for FUZZ_SECONDS=540 seconds'
	@echo 'make crash     cut the power of stations many times, and look what is lost'
	@echo 'make conformance  play the cases of Part 6 against the standalone station, over websockets'
	@echo 'make demo      a station and a CSMS talk to each other on this machine'
	@echo 'make docs      the documentation, into build/docs'
	@echo 'make format    let ruff repair and format the code'
	@echo 'make generate  write generated/ anew from schemas/ and templates/'
	@echo 'make ledger    write docs/conformance/ and the keys of stations anew, from the tests'
	@echo 'make clean     remove .venv, caches and everything built'

test: .venv/dev.stamp
	@echo '== generated code: ocppkit codegen check'
	@$(BIN)/ocppkit codegen check
	@echo '== lint: ruff check'
	@$(BIN)/ruff check
	@echo '== format: ruff format --check'
	@$(BIN)/ruff format --check
	@echo '== types: mypy'
	@$(BIN)/mypy
	@echo '== types: basedpyright'
	@$(BIN)/basedpyright
	@echo '== layers: lint-imports'
	@$(BIN)/lint-imports
	@echo '== tests: pytest'
	@$(BIN)/pytest

fuzz: .venv/dev.stamp
	@echo '== fuzz: pytest -m long tests/fuzz tests/smart_charging, $(FUZZ_SECONDS) s, seed $(FUZZ_SEED)'
	@OCPPKIT_FUZZ_SECONDS=$(FUZZ_SECONDS) $(BIN)/pytest -m long --hypothesis-seed=$(FUZZ_SEED) tests/fuzz tests/smart_charging

crash: .venv/dev.stamp
	@echo '== crash: pytest -m long tests/station'
	@$(BIN)/pytest -m long tests/station

conformance: .venv/dev.stamp
	@echo '== conformance: ocppkit conformance run, the standalone station over websockets'
	@rm -rf build/conformance && mkdir -p build/conformance
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/ocppkit conformance run $(CONFORMANCE) --listen 127.0.0.1:9201 \
	    --settings tests/conformance/standalone/cases.toml \
	    --junit build/conformance/report.xml --html build/conformance/report.html \
	    --station "ocppkit station tests/conformance/standalone/station.toml --control stdio --state-dir build/conformance/state --log-level error"

demo: .venv/cli.stamp
	@$(BIN)/ocppkit demo

docs: .venv/docs.stamp
	@$(BIN)/sphinx-build --fail-on-warning --keep-going --quiet -b html docs build/docs
	@echo 'open build/docs/index.html'

format: .venv/dev.stamp
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

generate: .venv/dev.stamp
	@$(BIN)/ocppkit codegen generate

ledger: .venv/dev.stamp
	@$(BIN)/python -m tests.ledger
	@$(BIN)/python -m tests.docs.station_keys

clean:
	rm -rf .venv .cache .coverage .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A name on the PATH need not run (pyenv's shims), and a Python need not bring venv (Debian's).
.venv/bin/python:
	@for python in python3.13 python3.12 python3.11 python3 python; do \
	    if $$python -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' \
	        >/dev/null 2>&1; then \
	        echo "== set-up: .venv with $$($$python --version)"; \
	        exec $$python -m venv --clear .venv; \
	    fi; \
	done; \
	echo 'no Python 3.11 or newer with venv and ensurepip on the PATH' >&2; \
	exit 1

.venv/cli.stamp: pyproject.toml | .venv/bin/python
	@echo '== set-up: ocppkit[cli]'
	@$(PIP) install --editable '.[cli]'
	@touch $@

.venv/docs.stamp: pyproject.toml | .venv/bin/python
	@echo '== set-up: ocppkit[docs]'
	@$(PIP) install --editable '.[docs]'
	@touch $@

.venv/dev.stamp: pyproject.toml | .venv/bin/python
	@echo '== set-up: ocppkit and the tools of the dev group'
	@$(PIP) install --upgrade 'pip>=25.1'
	@$(PIP) install --editable . --group dev
	@touch $@ .venv/cli.stamp
