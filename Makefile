# The first target lists the others.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
PIP := $(BIN)/python -m pip --disable-pip-version-check
CONSTRAINTS := packaging/constraints.txt
SOURCES := pyproject.toml $(CONSTRAINTS)

.PHONY: help setup run test lint format bench pictures

help:
	@echo "make setup     make $(VENV) and install metagui in it"
	@echo "make run       open the window (without a display: run the demo)"
	@echo "make test      run the tests"
	@echo "make lint      check style and types"
	@echo "make format    bring the code into style"
	@echo "make bench     measure the speed of the engine and of the window"
	@echo "make pictures  make the README's pictures again"

setup: $(VENV)/installed

# Files that stand for what was installed: nothing is done twice while the project's needs do not change.
$(VENV)/installed: $(SOURCES)
	$(PYTHON) -c 'import sys; sys.exit("metagui needs Python 3.11 or later: make PYTHON=python3.12") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --quiet --upgrade 'pip>=25.1'
	$(PIP) install --quiet --constraint $(CONSTRAINTS) --editable .
	@touch $@

$(VENV)/installed-test: $(VENV)/installed
	$(PIP) install --quiet --constraint $(CONSTRAINTS) --group test
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed-test
	$(PIP) install --quiet --constraint $(CONSTRAINTS) --group dev
	@touch $@

# A peer that cannot be installed here is named in the table, and the rest is measured.
$(VENV)/installed-bench: $(VENV)/installed-test
	-$(PIP) install --quiet --constraint $(CONSTRAINTS) --group bench
	@touch $@

run: $(VENV)/installed
	@$(BIN)/python packaging/run.py

test: $(VENV)/installed-test
	$(BIN)/python -m pytest --numprocesses auto --dist worksteal

lint: $(VENV)/installed-dev
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m mypy

format: $(VENV)/installed-dev
	$(BIN)/python -m ruff check --fix .
	$(BIN)/python -m ruff format .

bench: $(VENV)/installed-bench
	$(BIN)/python -m tests.benchmarks

pictures: $(VENV)/installed
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m metagui demo --pictures packaging/pictures
