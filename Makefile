# Two commands do all the set-up, and need only Python >= 3.11 and make:
#
#   make demo    runs the main job on the example register
#   make test    runs the tests (SLOW=1: the slow ones too, SLOW=all: the longest, too; TESTS=tests/unit: only those)
#
# Both make a virtual environment in .venv from requirements/*.txt. Every package is checked against its hash, none is
# built from source, so nothing runs here that was not pinned. PYTHON=/path/to/python chooses the interpreter with which
# .venv is made.

SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip --disable-pip-version-check install --quiet
PINNED := $(INSTALL) --require-hashes --only-binary :all:
PYTHON ?=
TESTS ?= tests
SLOW ?=
SELECT := $(if $(filter all,$(SLOW)),,-m "not long$(if $(filter-out 0,$(SLOW)),, and not slow)")

# What stands in somebody's shell must not decide what is imported.
unexport PYTHONPATH PYTHONHOME

.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help demo test check lint types imports wheel fixtures readme words bench pins clean FORCE

help:
	@sed -n 's/^#   make /make /p' Makefile
	@echo "make check   what CI runs after the tests: style, types, imports, wheel, fixtures, README, words"
	@echo "make bench   runs the benchmarks"
	@echo "make clean   removes what can be made again"

demo: $(VENV)/run
	@$(BIN)/ratsbuch demo

test: $(VENV)/test
	$(BIN)/python -m pytest --numprocesses auto $(SELECT) $(TESTS)

# -- check -----------------------------------------------------------------------------------------

check: lint types imports words fixtures wheel readme

lint: $(VENV)/check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/check
	$(BIN)/mypy

imports: $(VENV)/check
	$(BIN)/lint-imports

words: $(VENV)/check
	$(BIN)/python tests/tools/words.py

fixtures: $(VENV)/check
	$(BIN)/python tests/tools/fixtures.py
	$(BIN)/python tests/tools/views_doc.py --check
	$(BIN)/python tests/tools/xsd.py --check

wheel: $(VENV)/check
	$(BIN)/python tests/tools/wheel.py

readme: $(VENV)/check
	$(BIN)/python tests/tools/readme.py README.md docs/questions.md

bench: $(VENV)/test
	@for script in benchmarks/row_*.py; do $(BIN)/python -m benchmarks.$$(basename "$$script" .py) || exit 1; done

# -- the environment -------------------------------------------------------------------------------

# A virtual environment holds absolute paths. One whose folder was moved or whose Python is gone is made anew; the
# file `home` is touched only then, so that everything else stays as it is.
$(VENV)/home: FORCE
	@if [ "$$(cat $@ 2>/dev/null)" = "$$(pwd -P)" ] && $(BIN)/python -c '' 2>/dev/null; then exit 0; fi; \
	found=; old=; bare=; \
	for python in "$(PYTHON)" $(if $(PYTHON),,python3 python3.15 python3.14 python3.13 python3.12 python3.11 python); do \
	  "$$python" -c '' 2>/dev/null || continue; \
	  "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { old="$$old $$python"; continue; }; \
	  "$$python" -c 'import ensurepip, venv' 2>/dev/null || { bare="$$python"; continue; }; \
	  found="$$python"; break; \
	done; \
	if [ -z "$$found" ] && [ -n "$$bare" ]; then \
	  echo "$$bare cannot make virtual environments: install its venv module (Debian: apt-get install python3-venv)" >&2; exit 1; \
	elif [ -z "$$found" ]; then \
	  echo "Python 3.11 or newer is needed and was not found (too old:$${old:- none}); PYTHON=/path/to/python3 chooses one" >&2; exit 1; \
	fi; \
	rm -rf $(VENV) && "$$found" -m venv $(VENV) && pwd -P > $@

# The project itself is installed in place: edits take effect at once. Its build tools are pinned and stand in the
# environment already, so nothing is fetched for the build.
$(VENV)/run: $(VENV)/home requirements/run.txt requirements/build.txt pyproject.toml
	@echo "Setting up $(VENV) ..." >&2
	@$(PINNED) -r requirements/run.txt -r requirements/build.txt
	@$(INSTALL) --no-deps --no-index --no-build-isolation --editable .
	@touch $@

$(VENV)/test: $(VENV)/run requirements/test.txt
	@$(PINNED) -r requirements/test.txt
	@touch $@

$(VENV)/check: $(VENV)/test requirements/check.txt
	@$(PINNED) -r requirements/check.txt
	@touch $@

# Resolves the pins again (UPGRADE=--upgrade: to the newest). Needs uv; see requirements/README.md.
COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate $(UPGRADE)
pins:
	$(COMPILE) pyproject.toml --all-extras --group build --group test --group check -o requirements/check.txt
	$(COMPILE) --group build -c requirements/check.txt -o requirements/build.txt
	$(COMPILE) pyproject.toml -c requirements/check.txt -o requirements/run.txt
	$(COMPILE) pyproject.toml --extra documents -c requirements/check.txt -o requirements/documents.txt
	$(COMPILE) pyproject.toml --extra pdf -c requirements/check.txt -o requirements/pdf.txt
	$(COMPILE) pyproject.toml --all-extras --group test -c requirements/check.txt -o requirements/test.txt

clean:
	rm -rf $(VENV) build dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -prune -exec rm -rf {} +

FORCE:
