# Two commands: `make demo` and `make test`. Both set up what is missing; stamps inside .venv let
# the next run start at once. `make help` lists the rest.

SHELL := /bin/bash
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/.stamps
ARGS ?=
export PYTHON CHROMIUM
# jupyter-builder and, where it came from PyPI, node are found in the virtual environment.
export PATH := $(CURDIR)/$(BIN):$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1

JS_SOURCES := $(shell find js/src -type f 2>/dev/null)
SHARE := $(VENV)/share/jupyter/labextensions/optwidgets

.PHONY: help demo test test-anew test-faults lint dev wheel bench setup clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: setup ## Open JupyterLab at the quick-start notebook (ARGS=--no-browser prints the URL)
	@$(BIN)/optwidgets demo $(ARGS)

test: setup ## Run every check: linters, types, unit, kernel, notebook, browser and wheel tests
	@scripts/run-tests $(ARGS)

test-anew: setup ## Run the property tests with examples that were not drawn before
	@OMP_NUM_THREADS=1 $(BIN)/pytest -q -m "hypothesis and not slow" --hypothesis-profile=anew tests

test-faults: setup $(STAMPS)/fuzz ## Run the long forms of the fault tests: kills, full disks, fuzzing (an hour and a half)
	@$(BIN)/pytest -q -s -m slow tests

lint: setup ## Run the linters and type checkers only
	@scripts/run-tests ruff ruff-format mypy import-linter tsc

dev: setup ## Rebuild the widgets on each change of a front-end source
	@rm -f $(STAMPS)/frontend # what watching leaves behind is not for a wheel
	@cd js && node build.mjs --watch

wheel: setup ## Build the wheel into dist/
	@rm -f dist/*.whl
	@$(BIN)/python -m build --no-isolation --wheel .
	@ls -l dist/*.whl

# The comparison takes hours and environments of its own: it runs when it is asked for.
BENCHES := $(filter-out %/compare.py %/report_compare.py,$(wildcard benchmarks/*.py))

bench: setup ## Measure the promised figures (ARGS=branin one of them, ARGS=compare against peers)
	@for script in $(or $(ARGS:%=benchmarks/%.py),$(BENCHES)); do \
	  echo "== $$script"; OMP_NUM_THREADS=1 $(BIN)/python "$$script" || exit 1; \
	done

setup: $(STAMPS)/package $(STAMPS)/frontend ## Install everything into .venv and build the front end

clean: ## Remove what was built, the virtual environment too
	rm -rf $(VENV) js/node_modules js/build dist src/optwidgets/static src/optwidgets/labextension

# A stamp is written last, so that an interrupted set-up goes on where it stopped.
$(STAMPS)/venv: scripts/make-venv
	@test -x $(BIN)/pip || scripts/make-venv $(VENV)
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/torch: $(STAMPS)/venv scripts/install-torch
	@echo "Installing torch (CPU)"
	@scripts/install-torch $(VENV)
	@touch $@

$(STAMPS)/python: $(STAMPS)/torch constraints.txt
	@echo "Installing the Python packages"
	@$(BIN)/pip install --quiet -r constraints.txt
	@touch $@

# A fuzzer, for the long form only.
$(STAMPS)/fuzz: $(STAMPS)/python constraints-fuzz.txt
	@$(BIN)/pip install --quiet -r constraints-fuzz.txt
	@touch $@

$(STAMPS)/node: $(STAMPS)/venv scripts/ensure-node
	@scripts/ensure-node $(VENV)
	@touch $@

$(STAMPS)/npm: $(STAMPS)/node js/package.json js/package-lock.json js/.npmrc
	@echo "Installing the front-end packages"
	@cd js && npm ci --loglevel=error
	@touch $@

$(STAMPS)/frontend: $(STAMPS)/npm $(STAMPS)/python js/build.mjs $(JS_SOURCES)
	@echo "Building the front end"
	@cd js && node build.mjs
	@touch $@

# Editable, and the JupyterLab extension as a link to what the front-end build writes. The link is
# taken away first: pip would otherwise follow it when it removes an older install. The build hook
# that makes the front end for a plain `pip install .` has nothing to do here.
$(STAMPS)/package: $(STAMPS)/python pyproject.toml install.json | $(STAMPS)/frontend
	@echo "Installing optwidgets"
	@rm -rf $(SHARE)
	@HATCH_BUILD_NO_HOOKS=true $(BIN)/pip install --quiet --no-deps --no-build-isolation -e .
	@rm -rf $(SHARE) && mkdir -p $(dir $(SHARE))
	@ln -s $(CURDIR)/src/optwidgets/labextension $(SHARE)
	@touch $@
