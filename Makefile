# Needs Python ≥ 3.11 and make. Everything else is installed into var/uv (the installer) and .venv (the packages).

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:

PORT ?= 8000
JOBS ?= 2
PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	if $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then command -v $$name; break; fi; done)
UV := var/uv/bin/uv
BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest
CODE := $(wildcard wsgi.py marketplace catalog orders certification supplier_portal deploy migrations tests benchmarks)

export PORT
# uv brings its own list of authorities; the machine's, where there is one, is what pip trusts too.
ifneq ($(wildcard /etc/ssl/certs/ca-certificates.crt),)
export UV_SYSTEM_CERTS ?= true
endif
export UV_PYTHON_DOWNLOADS := never
# A shell that forbids keeping what was compiled would have every process of ours compile 1,500 modules anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help
help: ## This list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS="$$(printf '\t')" read -r name text; do \
		printf '  make %-12s %s\n' "$$name" "$$text"; done

# --- running -----------------------------------------------------------------------------------------------------

.PHONY: run
run: .venv/.installed ## Install, migrate, load the demo, serve on 127.0.0.1:$(PORT) (PORT, DATABASE_URL, INSTANCE)
	@exec $(BIN)/python deploy/run.py

# --- testing -----------------------------------------------------------------------------------------------------

.PHONY: test
test: setup fmt-check lint types unit ## Everything that must be green: style, imports, types, all tests

.PHONY: setup
setup: .venv/.installed-dev ## Install what developing needs, with Chromium and Chinese fonts where allowed
	@deploy/install-browser

.PHONY: fmt
fmt: .venv/.installed-dev ## Format the code and mend what ruff can
	$(BIN)/ruff check --fix-only $(CODE)
	$(BIN)/ruff format $(CODE)

.PHONY: fmt-check
fmt-check: .venv/.installed-dev
	$(BIN)/ruff format --check $(CODE)

.PHONY: lint
lint: .venv/.installed-dev ## Ruff and the ladder of imports
	$(BIN)/ruff check $(CODE)
	$(BIN)/lint-imports

.PHONY: types
types: .venv/.installed-dev ## mypy --strict
	$(BIN)/mypy --num-workers $(JOBS)

.PHONY: unit
unit: .venv/.installed-dev ## All tests: SQLite and PostgreSQL, web, Chromium, journeys, architecture
	$(PYTEST) -n $(JOBS) --dist worksteal -q

.PHONY: test-fast
test-fast: .venv/.installed-dev ## Unit and architecture tests only: seconds
	$(PYTEST) tests/unit tests/architecture -q

.PHONY: torture
torture: .venv/.installed-dev ## The long tests of money and stock: random stories, races, kills, a full disk (half an hour)
	TORTURE=1 $(PYTEST) tests/journeys/test_money_machine.py tests/journeys/test_stock_race.py tests/journeys/test_killed.py \
		tests/integration/test_write_locks.py tests/web/test_disk_full.py -q

.PHONY: migrations
migrations: .venv/.installed-dev ## Do the migrations give the models, on SQLite and on PostgreSQL?
	$(PYTEST) tests/integration/test_migrations.py -q

.PHONY: screens
screens: setup ## Take the screenshots of docs/screens anew
	$(BIN)/python deploy/screens.py

# --- measuring ---------------------------------------------------------------------------------------------------

BENCH_PRODUCTS ?= 0
BENCH_LISTINGS ?= 0
SCALE ?= 1
BENCH_ARGS ?=

.PHONY: bench
bench: .venv/.installed-dev ## The shop beside two floor pages, as ratios (SCALE, BENCH_PRODUCTS, BENCH_LISTINGS, BENCH_ARGS)
	@$(BIN)/python -m benchmarks.run --scale $(SCALE) --products $(BENCH_PRODUCTS) --listings $(BENCH_LISTINGS) $(BENCH_ARGS)

# --- installing: stamps inside .venv, so that a removed .venv is installed again -----------------------------------

$(UV): deploy/uv.txt deploy/install-uv
	@deploy/install-uv "$(PYTHON)"
	@touch -h $@

.venv/bin/python: | $(UV)
	@$(UV) venv --quiet --allow-existing --python "$(PYTHON)" .venv

# --inexact: a later `make run` leaves the tools of `make test` where they are.
.venv/.installed: uv.lock pyproject.toml | $(UV) .venv/bin/python
	@echo "installing the packages of uv.lock into .venv"
	@$(UV) sync --quiet --frozen --no-dev --inexact
	@touch $@

.venv/.installed-dev: uv.lock pyproject.toml | $(UV) .venv/bin/python
	@$(UV) sync --quiet --frozen
	@touch .venv/.installed $@

.PHONY: clean
clean: ## Remove what was installed and cached; keeps instance/
	rm -rf .venv var/uv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
