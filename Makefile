# Two commands: `make run` and `make test`. Everything else is optional.

PYTHON ?= python3
PORT ?= 8000
VENV := .venv
OLD := .venv/old-browser
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet
# Two more than there are cores: tests of the browser wait most of their time.
JOBS ?= $(shell $(PYTHON) -c 'import os; print(os.cpu_count() + 2)')
# Invented values: enough for the deployment check to judge the settings.
KEY := aW52ZW50ZWQtaW52ZW50ZWQtaW52ZW50ZWQtMTIzNDU=
PRODUCTION := DJANGO_SETTINGS_MODULE=lms.settings.production \
  SECRET_KEY=0123456789abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUV \
  PII_KEY=$(KEY) PII_INDEX_KEY=$(KEY) SIGNING_KEYS_DIR=var/keys ALLOWED_HOSTS=example.org \
  BASE_URL=https://example.org DATABASE_URL=sqlite:///var/check.sqlite3 \
  REDIS_URL=redis://127.0.0.1 CELERY_BROKER_URL=redis://127.0.0.1

.PHONY: run test lint test-services test-old-browser fuzz bench load requirements messages \
  clean help

run: $(VENV)/.runtime ## Start the site with demo content on http://127.0.0.1:8000
	@# Two processes: what the demo writes in Chinese needs the catalogue at its start.
	@$(BIN)/python manage.py prepare --translations-only
	@$(BIN)/python manage.py prepare --demo
	@exec $(BIN)/python manage.py serve --port $(PORT)

test: $(VENV)/.dev ## The whole suite on SQLite; browser tests where Chromium is found
	@$(BIN)/python manage.py prepare --translations-only
	@$(BIN)/python -m pytest -n $(JOBS) --dist worksteal $(ARGS)

lint: $(VENV)/.dev ## Style, import contracts, deployment check, missing migrations
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/djade --check $$(git ls-files 'templates/*.html')
	@$(BIN)/lint-imports
	@$(BIN)/python -m tests.browser_floor
	@$(BIN)/python manage.py makemigrations --check --dry-run
	@$(PRODUCTION) $(BIN)/python manage.py check --deploy --fail-level WARNING

test-services: $(VENV)/.dev ## What must also hold on PostgreSQL, Redis and Celery
	@$(BIN)/python manage.py prepare --translations-only
	@DATABASE_URL=$${DATABASE_URL:-postgres://postgres@127.0.0.1:5432/lms} \
	 REDIS_URL=$${REDIS_URL:-redis://127.0.0.1:6379/2} \
	 CELERY_BROKER_URL=$${CELERY_BROKER_URL:-redis://127.0.0.1:6379/3} \
	 $(BIN)/python -m pytest -n $(JOBS) -m services $(ARGS)

fuzz: $(VENV)/.dev ## 100,000 hostile requests to every address; none may be a 5xx
	@$(BIN)/python manage.py prepare --translations-only
	@FUZZ_REQUESTS=$${FUZZ_REQUESTS:-100000} $(BIN)/python -m pytest tests/lms/fuzz -s $(ARGS)

test-old-browser: $(VENV)/.dev $(OLD)/.ready ## An exam and lessons in Chromium 83, an engine of old phones
	@$(BIN)/python manage.py prepare --translations-only
	@OLD_BROWSER_PYTHON=$(OLD)/bin/python $(BIN)/python -m pytest tests/old_browser $(ARGS)

bench: $(VENV)/.dev ## Product against floor, interleaved; see docs/performance.md
	@DATA_DIR=var/bench $(BIN)/python -m tests.benchmarks $(ARGS)

load: $(VENV)/.dev ## The production set-up under an exam, visitors, an import; see docs/performance.md
	@$(BIN)/python -m tests.load $(ARGS)

requirements: $(VENV)/.dev ## Compile the pinned lists from pyproject.toml
	@for extra in "" "-prod" "-dev"; do \
	  case "$$extra" in "") flags="";; -prod) flags="--extra prod";; \
	    *) flags="--extra prod --extra dev";; esac; \
	  $(BIN)/uv pip compile --quiet --python-version 3.11 --universal \
	    --generate-hashes --no-emit-index-url --no-emit-find-links --no-header \
	    pyproject.toml $$flags -o requirements$$extra.txt; done
	@cd tests/old_browser && $(abspath $(BIN))/uv pip compile --quiet --python-version 3.11 \
	  --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header \
	  requirements.in -o requirements.txt

messages: $(VENV)/.dev ## Collect the strings to translate (needs gettext)
	@$(BIN)/python manage.py makemessages --locale zh_Hans --no-obsolete \
	  --ignore=.venv --ignore=var --add-location=file

clean: ## Remove the environment and the data of the demo
	rm -rf $(VENV) var

help:
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "This needs Python 3.11 or newer as '$(PYTHON)'. Install it, or name it: make run PYTHON=python3.12" >&2; exit 1; }
	@echo "Making a Python environment in $(VENV) …" >&2
	@$(PYTHON) -m venv $(VENV) || \
	  { rm -rf $(VENV); echo "Python's venv module is missing. On Debian: apt install python3-venv" >&2; exit 1; }

$(VENV)/.runtime: requirements.txt | $(VENV)/bin/python
	@echo "Installing packages (about a minute the first time) …" >&2
	@$(PIP) --require-hashes -r requirements.txt
	@touch $@

$(OLD)/.ready: tests/old_browser/requirements.txt | $(VENV)/bin/python
	@echo "Installing Chromium 83 (about 100 MB) …" >&2
	@$(PYTHON) -m venv $(OLD)
	@$(OLD)/bin/python -m pip --disable-pip-version-check install --quiet \
	  --require-hashes -r tests/old_browser/requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt | $(VENV)/bin/python
	@echo "Installing packages for development (about a minute the first time) …" >&2
	@$(PIP) --require-hashes -r requirements-dev.txt
	@touch $(VENV)/.runtime $@
