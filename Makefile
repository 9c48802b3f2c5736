# make app: serve the demo.  make test: everything the tests check, make smoke: some of it in a minute.
# make style: before a commit.
# make checkpoints: train everything that ships again, below runs/checkpoints.
PYTHON ?= python3
BIN := .venv/bin

SMOKE := layers.py house.py options.py latent.py losses.py config.py checkpoint.py systems.py \
	loop.py::test_resuming_equals_never_having_stopped

unexport PYTHONDONTWRITEBYTECODE  # compiling anew takes half of a test process's start

.PHONY: app test smoke style checkpoints clean

app: .venv/ready
	$(BIN)/python app.py

test: .venv/ready
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist worksteal

smoke: .venv/ready
	$(BIN)/python -m pytest -m "not browser" -k "not test_systems or [ogan]" $(SMOKE:%=tests/test_%)

style: .venv/ready
	rm -f gan_demo/ui/*.pyi  # Gradio's, stale once a component changes
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/pyright

checkpoints: .venv/ready
	$(BIN)/python -m train $$($(BIN)/python -m train --shipped) out=runs/checkpoints

.venv/ready: requirements.txt requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "gan-demo needs Python 3.11 or newer: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q --disable-pip-version-check -r requirements-dev.txt
	@touch $@

clean:
	rm -rf .venv build *.egg-info .cache .pytest_cache .ruff_cache
