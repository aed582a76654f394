# Two commands: `make demo` shows what it does, `make test` proves it. Everything is installed into .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint packaging/constraints.txt
EXAMPLES := docs/examples

export OMP_NUM_THREADS ?= 1

.PHONY: demo test bench bench-audio bench-blender bench-explore bench-say bench-dialog lint hosts clean

demo: $(VENV)/.installed
	$(BIN)/utsushi imitate $(EXAMPLES)/photo.jpg $(foreach n,1 2 3 4,--like $(EXAMPLES)/reference-$(n).jpg) --out out

# The audio host's window by itself: its browser did not come up in time beside the other workers' windows.
test: $(VENV)/.test hosts
	$(BIN)/python -m pytest -n 2 --dist loadfile --ignore tests/hosts/test_daw_window.py
	$(BIN)/python -m pytest tests/hosts/test_daw_window.py

bench: $(VENV)/.bench
	$(BIN)/python -m tests.bench.photo --out out/bench

bench-audio: $(VENV)/.bench
	$(BIN)/python -m tests.bench.audio --out out/bench

bench-blender: $(VENV)/.bench
	$(BIN)/python -m tests.bench.blender --out out/bench

bench-explore: $(VENV)/.bench
	$(BIN)/python -m tests.bench.explore --out out/bench

bench-dialog: $(VENV)/.test hosts
	$(BIN)/python -m tests.bench.dialog --out out/bench

bench-say: $(VENV)/.bench
	$(BIN)/python -m tests.bench.text3d --out out/bench

# Real hosts for the tests, built once and kept in the user's cache; where that is impossible, their tests are skipped and counted.
hosts: $(VENV)/.test
	-$(BIN)/python packaging/gimp_hosts.py
	-$(BIN)/python packaging/blender_hosts.py --window --forward
	-$(BIN)/python packaging/vst3_plugins.py
	-$(BIN)/python packaging/audio_hosts.py

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

clean:
	rm -rf $(VENV) out dist build *.egg-info

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml packaging/constraints.txt | $(VENV)/bin/python
	$(PIP) --editable .
	touch $@

$(VENV)/.test: $(VENV)/.installed
	$(PIP) --editable .[test,daw]
	touch $@

$(VENV)/.bench: $(VENV)/.test
	$(PIP) --editable .[test,daw,bench]
	touch $@
