# make run    the program on the sample library (in the terminal where there is no display)
# make test   every check, from a fresh machine
# Both make .venv by themselves; nothing is installed outside this folder, except system packages of Qt where we may.

PYTHON ?= python3
BIN := .venv/bin
DEV := .venv-dev/bin

# The environment's word replaces a pip constraint set for the whole machine, which a second -c could not. pip takes
# several files there, divided by spaces; a URL has none.
space := $() $()
export PIP_CONSTRAINT := file://$(subst $(space),%20,$(CURDIR))/constraints.txt
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: run test lint types tests installed soak bench screenshots install dev clean

run: install
	@$(BIN)/python packaging/run_samples.py

test: lint types tests installed
	@echo "make test: all checks passed"

lint: dev
	$(DEV)/ruff check .
	$(DEV)/ruff format --check .
	$(DEV)/lint-imports

types: dev
	$(DEV)/basedpyright

# One thread a process: tests run engine processes beside themselves, and OpenMP barriers between them cost 10x.
# The tests of a file stay together, because they share what is slow to make. A test that crashes its process ends the
# run by name; with another process in its place the run would wait for ever.
tests: dev
	OMP_NUM_THREADS=1 $(DEV)/python -m pytest -m "not soak" \
		--numprocesses auto --maxprocesses 4 --dist loadfile --max-worker-restart 0

installed: install
	rm -rf build/dist build/installed
	$(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir build/dist .
	$(BIN)/python -m pip install --quiet --no-deps --target build/installed build/dist/pairlens-*.whl
	OMP_NUM_THREADS=1 $(BIN)/python packaging/check_installed.py build/installed

soak: dev
	OMP_NUM_THREADS=1 $(DEV)/python -m pytest -m soak --timeout=3600

bench: dev
	$(DEV)/python packaging/bench.py

screenshots: dev
	xvfb-run --auto-servernum --server-args="-screen 0 1920x1200x24" $(DEV)/python packaging/screenshots.py

install: .venv/installed
dev: .venv-dev/installed

.venv/installed: pyproject.toml constraints.txt
	sh packaging/system_packages.sh python "$(PYTHON)"
	$(PYTHON) -m venv .venv
	@echo "Installing PairLens and what it needs: about 6 GB, mostly torch; a few minutes."
	$(BIN)/python -m pip install --quiet --editable .
	sh packaging/system_packages.sh qt $(BIN)/python
	touch $@

# Layered on .venv, so that .venv itself stays as people have it: without the development tools. (Without pip: the
# setuptools that come with it would hide those of .venv.)
.venv-dev/installed: .venv/installed
	sh packaging/system_packages.sh tests
	$(BIN)/python -m venv --without-pip .venv-dev
	$(BIN)/python -c "import sysconfig; print(sysconfig.get_path('purelib'))" \
		> "$$($(DEV)/python -c "import sysconfig; print(sysconfig.get_path('purelib'))")/runtime.pth"
	$(DEV)/python -m pip install --quiet --upgrade pip
	$(DEV)/python -m pip install --quiet --group dev
	touch $@

clean:
	rm -rf .venv .venv-dev build dist .pytest_cache .hypothesis .ruff_cache .import_linter_cache
