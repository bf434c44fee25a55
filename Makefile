# Thin: every target is one command of the project's own. Two of them need nothing but Python: `make run`, `make test`.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
UI := $(shell find ui -name node_modules -prune -o -name built -prune -o -type f -print 2>/dev/null)

help:  ## this list
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## /\1\t/' | column -t -s "$$(printf '\t')"

.venv/run.stamp: requirements/pip.txt requirements/run.txt pyproject.toml $(UI)
	PYTHON=$(PYTHON) ./requirements/install run

.venv/dev.stamp: .venv/run.stamp requirements/dev.txt
	PYTHON=$(PYTHON) ./requirements/install dev

.venv/ldap.stamp: .venv/dev.stamp requirements/ldap.txt
	PYTHON=$(PYTHON) ./requirements/install ldap

.venv/audit.stamp: .venv/dev.stamp requirements/audit.txt
	PYTHON=$(PYTHON) ./requirements/install audit

setup: .venv/dev.stamp  ## everything a developer needs, in .venv

run: .venv/run.stamp  ## the made-up company at http://127.0.0.1:8000 (OKNO_PORT changes it); Ctrl-C stops it
	@exec $(BIN)/okno sandbox

test: .venv/dev.stamp  ## all tests that need no foreign server
	$(BIN)/python -m pytest -q -n auto --maxprocesses 4 --dist loadfile -m "not real and not e2e"

check: .venv/dev.stamp  ## style, types, arrows, snapshots
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

snapshots: .venv/dev.stamp  ## write the generated files again
	$(BIN)/okno schema print > schema.graphql
	$(BIN)/okno sources reads > docs/reference/reads.yaml
	$(BIN)/okno audit events > docs/reference/events.yaml
	$(BIN)/okno policy matrix sandbox/installation --installation sandbox/installation > docs/reference/rights.md

audit-dependencies: .venv/audit.stamp  ## compare every locked dependency with the list of known weaknesses
	$(BIN)/python -m tests.dependencies compare $(if $(LISTS),--lists $(LISTS))

sbom: .venv/audit.stamp  ## bills of material of the program and its pages (CycloneDX), into build/sbom
	$(BIN)/python -m tests.dependencies bill

bench: .venv/dev.stamp  ## figures: CPU and calls per request, with their spread
	$(BIN)/python -m tests.bench

e2e: .venv/dev.stamp  ## the pages in a real browser (Debian's chromium)
	$(BIN)/python -m pytest -q -m e2e tests/e2e

real-up:  ## install and start the real servers on loopback
	$(PYTHON) -m tests.real.servers up
	@echo "then: make .venv/ldap.stamp && $(BIN)/python -m tests.real.installation --fill"

real-down:  ## stop the real servers
	$(PYTHON) -m tests.real.servers down

test-real: .venv/ldap.stamp  ## on the real servers; clients and routers that others wrote; whole processes one after another
	$(BIN)/python -m pytest -q -m real tests/real tests/running tests/federation tests/clients tests/unit/door

soak: .venv/dev.stamp  ## the long proofs in full: every pair of systems with every fault
	OKNO_SOAK=1 $(BIN)/python -m pytest -q tests/faults tests/crash tests/unit/resolvers/test_views.py

.PHONY: help setup run test check snapshots audit-dependencies sbom bench e2e real-up real-down test-real soak
