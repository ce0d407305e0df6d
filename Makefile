# make demo    a real search on digits, and where its report is
# make test    the tests, in two processes
# make slow    the tests that take longest, and notebooks
# make check   format, lint, types and tests; writes nothing into the tree
# make conformance  every layer of Keras, optimizer and loss, trained by us as by Keras: 11 minutes on 2 cores, ends in a table
# make bench   side by side with scikeras under scikit-learn's searches, and our two faces beside each other
# make docs    the site, in docs/_build/html; warnings are errors
# make clean   remove what these made; runs of your own stay
# Each makes the environment it needs in .venv, with the versions in constraints.txt: the demo what a search needs, the
# site what draws it, the others the tools of the developers.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
READY_DEV := $(VENV)/.ready-dev
READY_DOCS := $(VENV)/.ready-docs
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
# A file's tests stay in one process and share what they prepare.
# None may hold up the others for ever: one that takes ten minutes fails, and where nothing in Python can end it, in a
# library's own code, its process does after fifteen, and says where it was.
SIDE_BY_SIDE := -n 2 --dist loadfile --no-loadscope-reorder \
	--timeout 600 --max-worker-restart 1 -o faulthandler_timeout=900 -o faulthandler_exit_on_timeout=true

.PHONY: demo test slow check conformance bench docs clean

# What is imported is compiled here, and for good: without this, some systems compile it each time.
demo: $(READY)
	PYTHONDONTWRITEBYTECODE= $(BIN)/kerasgrid search digits --out runs/digits
	@echo
	@echo "Open runs/digits/report.html in a browser."

test: $(READY_DEV)
	$(BIN)/python -m pytest $(SIDE_BY_SIDE)

slow: $(READY_DEV)
	$(BIN)/python -m pytest -m slow $(SIDE_BY_SIDE)

check: $(READY_DEV)
	$(BIN)/ruff format --no-cache --check .
	$(BIN)/ruff check --no-cache .
	$(BIN)/mypy --cache-dir=/dev/null
	storage=$$(mktemp -d) && trap 'rm -rf "$$storage"' EXIT && \
	PYTHONDONTWRITEBYTECODE=1 HYPOTHESIS_STORAGE_DIRECTORY="$$storage" $(BIN)/python -m pytest -p no:cacheprovider $(SIDE_BY_SIDE)

conformance: $(READY_DEV)
	KERASGRID_CONFORMANCE=1 $(BIN)/python -m pytest -n 2 --maxschedchunk 4 tests/engine/conformance

bench: $(READY_DEV)
	$(BIN)/python benchmarks/run.py
	$(BIN)/python benchmarks/faces.py

docs: $(READY_DOCS)
	$(BIN)/python -m sphinx -b html -W --keep-going -q -d docs/_build/doctrees docs docs/_build/html
	@echo "Open docs/_build/html/index.html in a browser."

clean:
	rm -rf $(VENV) runs/digits docs/_build docs/tutorials/notebooks build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# pip compiles every file of TensorFlow on a single core, which takes longer than to download and unpack it.
$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(INSTALL) --no-compile --editable .
	touch $@

$(READY_DOCS): $(READY)
	$(INSTALL) --no-compile --editable '.[docs]'
	touch $@

# Not every file of every package is meant to be compiled.
$(READY_DEV): $(READY)
	$(INSTALL) --no-compile --editable '.[dev]'
	$(BIN)/python -m compileall -qq -j 0 $(VENV)/lib || true
	touch $@
