# concviz: everything a fresh machine needs is Python 3.11 or newer and this file.
# `make help` lists the targets. Set PYTHON=… to choose the interpreter yourself.

VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check install
TARGET ?=
TESTS ?= tests

# The newest Python on PATH that can run concviz and make a virtual environment. Each one is tried, because
# a version manager puts names on PATH that lead nowhere. Looked for only when an environment is made.
FIND_PYTHON = for python in "$$PYTHON" python3.14 python3.13 python3.12 python3.11 python3 python; do \
	"$$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break; \
	python=; done; \
	test -n "$$python" || { echo "concviz needs Python 3.11 or newer with the venv module; none is on PATH." >&2; exit 1; }

.DEFAULT_GOAL := help
.PHONY: help run test test-all bench screenshots messages clean
export PYTHON

help: ## Show this help
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

run: $(VENV)/.installed ## Set up if need be and open concviz (TARGET="script.py args" watches that)
	@$(BIN)/concviz $(if $(TARGET),run $(TARGET))

test: $(VENV)/.developing ## Lint, check types and test, the agent on every Python found (TESTS=path: some)
	@failed=; \
	$(BIN)/ruff check . || failed=$$failed" ruff"; \
	$(BIN)/mypy || failed=$$failed" mypy"; \
	$(BIN)/python -m pytest $(TESTS) || failed=$$failed" pytest"; \
	test -z "$$failed" || { echo "failed:$$failed" >&2; exit 1; }

test-all: ## Run the tests on every Python 3.11–3.14 found, each in an environment of its own
	@for minor in 11 12 13 14; do \
		python3.$$minor -c 'import ensurepip' 2>/dev/null || { echo "python3.$$minor: not found, left out"; continue; }; \
		$(MAKE) --no-print-directory test PYTHON=python3.$$minor VENV=.venv-3.$$minor || exit 1; \
	done

bench: $(VENV)/.measuring ## Measure what observing costs, and print the table (some minutes)
	$(BIN)/python -m tests.benchmarks

screenshots: $(VENV)/.developing ## Draw the gallery in screenshots/ again, from real runs
	$(BIN)/python -m tests.gallery

messages: $(VENV)/.developing ## Bring the catalogues of other languages up to date with the source
	$(BIN)/python -m tests.messages

clean: ## Remove environments, caches and build products
	rm -rf .venv .venv-3.* build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis snapshot_report.html
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Without build isolation a second installation needs no network: all that it asks for is there already.
$(VENV)/.installed: pyproject.toml
	@test -x $(BIN)/python || { $(FIND_PYTHON); echo "Setting up $(VENV) with $$python …"; "$$python" -m venv --clear $(VENV); }
	@$(PIP) 'setuptools>=77'
	@$(PIP) --no-build-isolation --editable .
	@touch $@

$(VENV)/.developing: $(VENV)/.installed
	@$(PIP) --no-build-isolation --editable '.[dev]'
	@touch $@

$(VENV)/.measuring: $(VENV)/.developing
	@$(PIP) --no-build-isolation --editable '.[bench]'
	@touch $@
