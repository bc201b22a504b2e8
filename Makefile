# The two commands to begin with: `make demo` and `make test`. Each does all its own set-up.
SHELL := /bin/bash
.DEFAULT_GOAL := help
VENV := .venv
RUN := $(VENV)/bin

.PHONY: help setup demo test check bench coverage dist lock docs clean

help: ## What there is
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 10

setup: ## .venv with locked, hashed dependencies and lsqm itself (.venv/bin/lsqm)
	@scripts/setup

demo: setup ## The whole pipeline on the shipped corpus: no key, no Docker
	@$(RUN)/lsqm demo

test: setup ## Every test this machine can run; LSQM_CI=1 also installs system packages and forbids skips
	@scripts/test

check: setup ## Lint, types, contracts, docs freshness, dead code, unused dependencies
	@scripts/check

bench: setup ## Speed, as ratios within one run
	@for bench in convert report validate; do echo "== $$bench"; $(RUN)/python -m bench.$$bench || exit 1; done

docs: setup ## Regenerate docs/cli.md and docs/schemas from the code
	@$(RUN)/python scripts/generate_docs.py

coverage: setup ## Branch coverage of everything this machine can run
	@rm -f .coverage .coverage.*
	@$(RUN)/coverage run -m pytest -q && $(RUN)/coverage combine -q && $(RUN)/coverage report --skip-covered --sort=cover

dist: setup ## Wheel and sdist in dist/
	@$(RUN)/python scripts/build_dist.py dist

lock: setup ## Regenerate requirements/*.txt from pyproject.toml
	@scripts/lock

clean: ## Remove what setup and the tools made here
	@rm -rf $(VENV) .tools .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage*
