# make app: serve the demo.  make test: everything the tests check.  make style: before a commit.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: app test style clean

app: .venv/ready
	$(BIN)/python app.py

test: .venv/ready
	$(BIN)/python -m pytest

style: .venv/ready
	rm -f gan_demo/ui/*.pyi  # Gradio's, stale once a component changes
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/pyright

.venv/ready: requirements.txt requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "gan-demo needs Python 3.11 or newer: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q --disable-pip-version-check -r requirements-dev.txt
	@touch $@

clean:
	rm -rf .venv .cache .pytest_cache .ruff_cache
