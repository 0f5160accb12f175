# Two commands do everything: `make serve` reads the site, `make test` proves it.
VENV := .venv
.DEFAULT_GOAL := help
export NO_MKDOCS_2_WARNING := 1
BIN := $(VENV)/bin
RECENT = -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$p $(RECENT) && { echo $$p; exit; }; done; command -v python3 || echo python3)

help:                                   ## this list
	@grep -hE '^[a-z]+:.*##' Makefile | sed -E 's/:[^#]*##/\t/' | expand -t 12

.PHONY: help serve build test lint formulas machines mutants bench compare vendor clean

serve: $(VENV)/requirements.ok          ## both languages at http://127.0.0.1:8000
	@$(BIN)/mkdocs serve

build: $(VENV)/requirements.ok          ## the whole site in site/
	@$(BIN)/mkdocs build --strict

test: lint                              ## everything: style, types, package, formulas, pages, browser
	@$(BIN)/pytest -n 2 --dist loadgroup

lint: $(VENV)/requirements-dev.ok       ## ruff and mypy
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

formulas: $(VENV)/requirements-dev.ok   ## every small typo in every formula must be noticed
	@$(BIN)/python -m scripts.mutate_formulas

machines: $(VENV)/requirements-dev.ok   ## what pages say of runs, with the arithmetic of four processors (long)
	@set -e; for kernel in Prescott Nehalem Sandybridge Haswell; do echo $$kernel; \
		OPENBLAS_CORETYPE=$$kernel $(BIN)/pytest -n 2 --dist loadgroup tests/claims; done

mutants: $(VENV)/requirements-dev.ok    ## every small mistake in the package must be noticed (long)
	@$(BIN)/pip install --quiet mutmut==3.8.1
	@ulimit -v 4000000; $(BIN)/mutmut run     # a mutant may loop for ever and take all memory
	@$(BIN)/python -m scripts.survivors
	@$(BIN)/python -m scripts.mutate_package  # and which of them the formulas notice alone

bench: $(VENV)/requirements-dev.ok      ## training step against PyTorch, JAX, scikit-learn where installed
	@$(BIN)/python -m scripts.bench

compare: $(VENV)/requirements-dev.ok    ## what the page on conventions says of other libraries, where installed
	@$(BIN)/python -m scripts.compare

vendor:                                 ## rebuild the vendored files (needs npm; see scripts/vendor)
	@$(BIN)/python scripts/vendor/build.py

clean:                                  ## forget everything generated, keep the environment
	@rm -rf .cache site

$(VENV)/%.ok: %.txt requirements.txt constraints.txt pyproject.toml scripts/bootstrap.py
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is needed and no python3 was found: see https://www.python.org/downloads/"; exit 1; }
	@$(PYTHON) scripts/bootstrap.py $(VENV) $<
	@touch $@
