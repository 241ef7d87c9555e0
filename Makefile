# make demo: try the portal.   make test: run its tests.   The rest is for those who work on it.
PYTHON ?= python3
# Or each of the hundred processes that the tests start would compile everything anew.
unexport PYTHONDONTWRITEBYTECODE
VENV := .venv/bin

.PHONY: demo demo-once test test-sqlite test-postgresql bench guide lint lock clean

demo: .venv/installed
	@$(VENV)/python manage.py demo

demo-once: .venv/installed
	@$(VENV)/python manage.py demo --once

# The whole suite on SQLite, then all that uses the database on PostgreSQL, where there is one, but for the browser.
test: test-sqlite test-postgresql

test-sqlite: .venv/installed-dev
	$(VENV)/python -m pytest -n auto --dist worksteal $(PYTEST)

test-postgresql: .venv/installed-dev
	TEST_DATABASE=postgresql $(VENV)/python -m pytest -n auto --dist worksteal $(PYTEST)

# How fast it is, with PostgreSQL; BENCH="rate plan" measures only these.
bench: .venv/installed-dev
	@$(VENV)/python -m tests.benchmarks $(BENCH)

# The pictures of docs/staff-guide.md, made anew.
guide: .venv/installed-dev
	MAKE_GUIDE=1 $(VENV)/python -m pytest -q tests/browser/test_staff_guide.py

lint: .venv/installed-dev
	$(VENV)/ruff check .
	$(VENV)/ruff format --check .
	$(VENV)/mypy
	$(VENV)/lint-imports
	DEBUG=true $(VENV)/python manage.py makemigrations --check --dry-run
	SECRET_KEY=$$($(VENV)/python -c 'import secrets; print(secrets.token_urlsafe(50))') \
	SITE_URL=https://register.example.com BEHIND_PROXY=true TRUSTED_PROXIES=127.0.0.1 EMAIL_URL=smtp://localhost ENV_FILE= WEBEX_ACCESS_TOKEN=a-token DATABASE_URL=sqlite:///:memory: \
		$(VENV)/python manage.py check --deploy --fail-level WARNING

lock: .venv/installed-dev
	$(VENV)/python -m pip install --quiet uv
	$(VENV)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --python-version 3.11 \
		pyproject.toml -o requirements.lock
	$(VENV)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --python-version 3.11 \
		--extra queue -c requirements.lock pyproject.toml -o requirements-queue.lock
	$(VENV)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --python-version 3.11 \
		--extra dev --extra queue --extra bench -c requirements.lock pyproject.toml -o requirements-dev.lock

clean:
	rm -rf .venv var

.venv/installed: requirements.lock | .venv/pip
	$(VENV)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

.venv/installed-dev: requirements-dev.lock | .venv/pip
	$(VENV)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

.venv/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo 'Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11 ...'; exit 1; }
	@$(PYTHON) -m venv .venv \
		|| { echo 'The virtual environment could not be made. On Debian: apt-get install python3-venv'; exit 1; }
	@touch $@
