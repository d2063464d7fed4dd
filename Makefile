# Two commands do everything on a fresh machine with Python >= 3.11 and a C compiler:
#   make demo   a network learns real digits with the emulated chip in the loop
#   make test   the whole test suite, with linters, type checks and instruction counts
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SOURCES := $(shell find fisch stadls hxtorch emulator -name '*.pyx' -o -name '*.pxd' -o -name '*.h') setup.py pyproject.toml
WORKERS ?= 2

.PHONY: demo test lint bench bench-check build clean

demo: build
	$(BIN)/hxemu demo

test: lint bench-check
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

lint: build
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/mypy

bench: build
	$(BIN)/python -m benchmarks

# instructions per message and per input vector against their limits; skipped without valgrind
bench-check: build
	$(BIN)/python -m benchmarks.instructions

build: $(VENV)/.built

$(VENV)/.installed: constraints.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet -c constraints.txt torch numpy "cython>=3.0" "setuptools>=77" wheel
	touch $@

# Editable, so that the sources of this folder are what runs and is tested.
$(VENV)/.built: $(VENV)/.installed $(SOURCES)
	$(BIN)/python -m pip install --quiet --no-build-isolation -c constraints.txt -e ".[demo,test]"
	touch $@

clean:
	rm -rf $(VENV) build *.egg-info
	find fisch stadls hxtorch emulator \( -name '*.so' -o -name '_*.c' \) -delete
