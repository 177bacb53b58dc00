# One command to an answer: make ask Q="What is Anthropic's revenue run rate?"
# One command for all tests: make test

PYTHON ?= python3
VENV ?= .venv
TORCH ?= torch==2.13.0
TORCH_INDEX ?=
BIN = $(VENV)/bin
export HF_HUB_OFFLINE ?= 1

.PHONY: setup ask test check lint clean

setup: $(VENV)/ready

# torch goes first and on its own, so that pip takes a CPU build where one is offered.
$(VENV)/ready: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX)) "$(TORCH)"
	$(BIN)/pip install --quiet --disable-pip-version-check --editable ".[compile,convert,eval,dev]"
	touch $@

ask: export QUESTION := $(value Q)
ask: setup
	@$(BIN)/strata ask $${QUESTION:+-- "$$QUESTION"} || [ $$? -eq 3 ]

test: setup
	$(BIN)/python -m pytest

check: setup
	$(BIN)/strata check

lint: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/mypy

clean:
	rm -rf $(VENV)
