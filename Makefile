# make demo    a real search on digits, and where its report is
# make test    the tests
# make check   format, lint, types and tests; writes nothing into the tree
# make bench   side by side with scikeras under scikit-learn's searches
# make clean   remove what these made; runs of your own stay
# Each makes the environment it needs in .venv, with the versions in constraints.txt.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test check bench clean

demo: $(READY)
	$(BIN)/kerasgrid search digits --out runs/digits
	@echo
	@echo "Open runs/digits/report.html in a browser."

test: $(READY)
	$(BIN)/python -m pytest

check: $(READY)
	$(BIN)/ruff format --no-cache --check .
	$(BIN)/ruff check --no-cache .
	$(BIN)/mypy --cache-dir=/dev/null
	storage=$$(mktemp -d) && trap 'rm -rf "$$storage"' EXIT && \
	PYTHONDONTWRITEBYTECODE=1 HYPOTHESIS_STORAGE_DIRECTORY="$$storage" $(BIN)/python -m pytest -p no:cacheprovider

bench: $(READY)
	$(BIN)/python benchmarks/run.py

clean:
	rm -rf $(VENV) runs/digits build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $@
