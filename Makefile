# Needs git, make, Python 3.11 or newer (with venv) and the package index; all else comes into .venv.

SHELL := /bin/sh
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help test fuzz crash conformance conformance-wrong conformance-plain conformance-other conformance-tls demo docs format generate ledger clean

FUZZ_SECONDS ?= 540
FUZZ_SEED ?= random
CONFORMANCE ?= --block A --block B --block C --block D --block E --block F --block G --block J --block P

CONFORMANCE_TLS ?= $(addprefix --case ,A_01 A_04 A_05 A_06 A_07 A_09 A_10 A_11 A_12 A_14 A_15 A_21 A_22 A_23 \
    B_01 B_20 B_45 B_46 B_47 B_50 C_02 E_03 E_06 E_31 F_01 G_01)
CONFORMANCE_RAISED ?= $(addprefix --case ,A_19 A_22 A_23 E_03)
CONFORMANCE_OTHER ?= $(addprefix --case ,B_20 B_25 B_26 B_41 C_05 C_47 C_48 E_11 E_17 E_20 E_25 E_26 E_27 E_38 F_03 J_04 J_11)

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
	@echo 'make conformance  play the cases of Part 6 against the standalone station, without TLS and with it'
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

conformance: conformance-wrong conformance-plain conformance-other conformance-tls

conformance-wrong: .venv/dev.stamp
	@echo '== conformance: wrong stations over TLS: pytest -m long tests/conformance'
	@$(BIN)/pytest -m long tests/conformance

conformance-plain: .venv/dev.stamp
	@echo '== conformance: ocppkit conformance run, the standalone station over websockets'
	@rm -rf build/conformance && mkdir -p build/conformance
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/ocppkit conformance run $(CONFORMANCE) --listen 127.0.0.1:9201 \
	    --settings tests/conformance/standalone/cases.toml \
	    --junit build/conformance/report.xml --html build/conformance/report.html \
	    --station "ocppkit station tests/conformance/standalone/station.toml --control stdio --state-dir build/conformance/state --log-level error"

# The cases that the usual station is not laid out for, and some that it plays otherwise.
conformance-other: .venv/dev.stamp
	@echo '== conformance: ocppkit conformance run, a standalone station of another layout'
	@set -e; given=tests/conformance/standalone/other-layout made=build/conformance/other-layout; \
	rm -rf $$made && mkdir -p $$made; \
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/ocppkit conformance run $(CONFORMANCE_OTHER) --listen 127.0.0.1:9201 \
	    --settings $$given/cases.toml --junit $$made/report.xml --html $$made/report.html \
	    --station "ocppkit station $$given/station.toml --control stdio --state-dir $$made/state --log-level error"

# Under security profiles 2 and 3, and raised from one to the next; each with certificates of its own.
conformance-tls: .venv/dev.stamp
	@set -e; for pass in profile-2 profile-3 from-1-to-2 from-2-to-3; do \
	    echo "== conformance: ocppkit conformance run, the standalone station over TLS: $$pass"; \
	    case $$pass in profile-*) cases='$(CONFORMANCE_TLS)' ;; *) cases='$(CONFORMANCE_RAISED)' ;; esac; \
	    given=tests/conformance/standalone/$$pass made=build/conformance/$$pass; \
	    rm -rf $$made; \
	    $(BIN)/ocppkit conformance certificates $$made --identity CS001 --serial-number SN-0001 >/dev/null; \
	    PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/ocppkit conformance run $$cases --listen 127.0.0.1:9201 \
	        --settings $$given/cases.toml --junit $$made/report.xml --html $$made/report.html \
	        --station "ocppkit station $$given/station.toml --control stdio --state-dir $$made/state --log-level error"; \
	done

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
