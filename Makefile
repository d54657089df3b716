# Two commands: `make demo` and `make test`. Everything else is for people who change the code.
# A fresh machine needs Python 3.11 or newer (with venv) and make.

PYTHON := .venv/bin/python
WITH_TEST_SETTINGS := $(PYTHON) -m tests.environment
AS_SERVED := env -u DJANGO_ALLOW_ASYNC_UNSAFE PUBLIC_URL=https://cts.example.com
UV = $(shell command -v uv || echo $(PYTHON) -m uv)
LOCK = $(UV) pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header --quiet \
	$(UPGRADE)
LOCK_WITH = $(LOCK) pyproject.toml

.PHONY: demo test check types style format lock bench reliability kill-test

demo: .venv/ready  ## the whole product on this machine; PORT=8000, RESET=1 to start over
	@exec $(PYTHON) manage.py demo

test: .venv/ready  ## every test, the browser's too
	@$(PYTHON) -m tests.chromium
	@exec $(PYTHON) -m pytest -n 3 -m "not reliability"  # three for two cores: the walk mostly waits for its servers

check: .venv/ready  ## style, types, direction of imports, migrations: types on one core, the rest on the other
	@$(MAKE) --no-print-directory -j2 -O types style

types:
	$(WITH_TEST_SETTINGS) $(PYTHON) -m mypy .

style:
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	.venv/bin/lint-imports
	$(WITH_TEST_SETTINGS) $(PYTHON) -W ignore manage.py makemigrations --check --dry-run
	$(WITH_TEST_SETTINGS) $(AS_SERVED) $(PYTHON) manage.py check --deploy --fail-level WARNING

format: .venv/ready
	$(PYTHON) -m ruff check --fix .
	$(PYTHON) -m ruff format .

bench: .venv/ready  ## measures sending, planning and pages
	@exec $(PYTHON) -m tests.bench

TESTS ?=
reliability: .venv/ready  ## kills workers and servers on purpose, many times; TESTS=tests/tenants/test_tampering.py for one goal
	@exec $(PYTHON) -m pytest -m reliability $(TESTS)

KILLS ?= 1000
SEED ?= 1
kill-test: .venv/ready  ## kills real workers while they send; KILLS=1000 SEED=1, and BREAK=nolock must make it fail
	@exec $(PYTHON) -m tests.reliability.kill_test --kills $(KILLS) --seed $(SEED)

lock:  ## writes the lock files from pyproject.toml; UPGRADE=-U takes the newest of everything
	@$(UV) --version >/dev/null 2>&1 || $(PYTHON) -m pip install --quiet uv
	$(LOCK_WITH) --group dev -o requirements.lock
	$(LOCK_WITH) -c requirements.lock -o requirements-server.lock
	$(LOCK) --group peers --no-deps -o requirements-peers.lock

.venv/ready: requirements.lock bootstrap.py
	@python3 bootstrap.py
