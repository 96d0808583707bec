# NexaFi. Needs make and Python 3.11 or later; everything else is installed into .venv.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	command -v $$p >/dev/null && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
PORT ?= 8000

.PHONY: run test demo check benchmark openapi lock help
.DEFAULT_GOAL := help

run: .venv/run ## start the product with demo data (PORT=, DATABASE_URL=, REDIS_URL=)
	@exec $(BIN)/python manage.py run --port $(PORT)

test: .venv/dev ## the whole suite, on SQLite and then on PostgreSQL with Redis; in a browser if Chromium is installed
	@$(BIN)/python scripts/test.py $(ARGS)

demo: .venv/run ## the main job as a story over HTTP, against a server of its own (ARGS=--json)
	@exec $(BIN)/python manage.py demo $(ARGS)

check: .venv/dev ## format, lint, types, layers, migrations, OpenAPI drift
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/mypy
	NEXAFI_VAR=$$(mktemp -d) $(BIN)/python manage.py makemigrations --check --dry-run
	NEXAFI_VAR=$$(mktemp -d) $(BIN)/python manage.py spectacular --validate --fail-on-warn --file .venv/openapi.yaml
	diff -u docs/openapi.yaml .venv/openapi.yaml

benchmark: .venv/dev ## NAME=api|audit|..., on PostgreSQL: DATABASE_URL= REDIS_URL= (ARGS=--json)
	@$(BIN)/python manage.py benchmark $(NAME) $(ARGS)

openapi: .venv/dev ## write docs/openapi.yaml anew
	NEXAFI_VAR=$$(mktemp -d) $(BIN)/python manage.py spectacular --validate --fail-on-warn --file docs/openapi.yaml

lock: ## pin requirements.in and requirements-dev.in with hashes (needs uv)
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header requirements.in -o requirements.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header requirements-dev.in -o requirements-dev.txt

help: ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

.venv/python:
	@test -n "$(PYTHON)" || { echo "NexaFi needs Python 3.11 or later."; exit 1; }
	@$(PYTHON) -m venv .venv && touch $@

.venv/run: requirements.txt | .venv/python
	@echo "Installing what NexaFi runs on ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.txt && touch $@

.venv/dev: requirements-dev.txt .venv/run
	@echo "Installing what the tests need ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.txt && touch $@
