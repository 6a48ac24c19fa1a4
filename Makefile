# The front door. `make` alone prints what there is.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
.DEFAULT_GOAL := help

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

$(VENV)/.runs: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 1; }
	@echo "Making the environment in $(VENV) …"
	@$(PYTHON) -m venv $(VENV)
	@$(PY) -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.develops: requirements-dev.txt requirements.txt $(VENV)/.runs
	@echo "Adding what the tests need …"
	@$(PY) -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

install: $(VENV)/.runs ## the environment, without starting anything
demo: $(VENV)/.runs ## both platforms, and a charge told step by step
	@$(PY) manage.py demo

learn: $(VENV)/.runs ## the course in OCPI, in the terminal; in the browser at /learn/ while the demo runs
	@$(PY) manage.py learn

run: $(VENV)/.runs ## the eMSP alone, on port 8000
	@$(PY) manage.py migrate --verbosity 0
	@$(PY) manage.py runserver

test: $(VENV)/.develops ## before each commit: all that waits for no other process; of PostgreSQL, where it answers, what it does its own way
	@$(PY) manage.py run_tests quick --parallel --no-coverage

test-all: $(VENV)/.develops ## everything on both databases: real processes, browsers, the black box, learners
	@$(PY) manage.py run_tests all --parallel --no-coverage $(if $(PYTEST),--pytest="$(PYTEST)")

coverage: $(VENV)/.develops ## everything, and which lines and branches it reached: reports/coverage/index.html
	@$(PY) manage.py run_tests all --parallel

unit: $(VENV)/.develops ## each module beside its code
	@$(PY) manage.py run_tests unit --parallel --no-coverage

integration: $(VENV)/.develops ## the parts together, and journeys of real processes
	@$(PY) manage.py run_tests integration --parallel --no-coverage

performance: $(VENV)/.develops ## time that something may take
	@$(PY) manage.py run_tests performance --parallel --no-coverage

compliance: $(VENV)/.develops ## each row of the OCPI checklist, proven: writes reports/compliance.html and .json
	@$(PY) manage.py run_tests compliance --parallel --no-coverage

check: $(VENV)/.develops ## style, types, imports, migrations, system checks, known vulnerabilities
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy ocpi/protocol $$(find ocpi -name services.py)
	@$(VENV)/bin/lint-imports --no-logo
	@$(PY) manage.py makemigrations --check --dry-run
	@$(PY) manage.py check
	@$(PY) -m tests.security.audit

fuzz: $(VENV)/.develops ## 50,000 requests that nobody should send, at a running server; takes a quarter of an hour
	@$(PY) -m tests.security.fuzz

bench: $(VENV)/.develops ## how fast: requests a second against a floor (PostgreSQL and Redis installed), bills, long sessions
	@$(PY) -m tests.performance.pricing
	@$(PY) -m tests.performance.periods
	@$(PY) -m tests.performance.throughput $(BENCH)

bench-admin: $(VENV)/.develops ## every page of the admin timed among 2,000,000 sessions: PostgreSQL in DATABASE_URL, 15 GB, half an hour
	@$(PY) -m tests.performance.admin $(BENCH)

docs: $(VENV)/.develops ## the documentation as a site, in site/; first what of it is made from the code
	@$(PY) -m tests.docs
	@NO_MKDOCS_2_WARNING=1 $(VENV)/bin/mkdocs build --strict --quiet

load: $(VENV)/.develops ## traffic of four kinds at an eMSP of ours: make load URL=http://localhost:8000 LOAD_TOKEN=…; see docs/load.md
	@LOAD_TOKEN="$(LOAD_TOKEN)" $(PY) -m tests.performance.load "$(or $(URL),http://localhost:8000)" $(addprefix --profile ,$(PROFILE)) $(LOAD)

bench-scale: $(VENV)/.develops ## each operation at 1 %, 10 % and 100 % of 2,000,000 sessions: PostgreSQL in DATABASE_URL, 15 GB
	@$(PY) -m tests.performance.scale $(BENCH)

bench-ingest: $(VENV)/.develops ## 20,000 locations pulled from the mock CPO, and pulled again
	@$(PY) -m tests.performance.ingest $(BENCH)

mutants: $(VENV)/.develops ## 400 platforms with one defect each: does the conformance kit find it?
	@$(PY) -W ignore -m tests.conformance --quick

chaos: $(VENV)/.develops ## kill everything again and again under load, for five minutes: nothing is lost, nothing done twice
	@$(PY) -m tests.chaos

.PHONY: restart-check image-check fresh-check
restart-check: $(VENV)/.develops ## production behind nginx, everything restarted under load: what partners see of it (three minutes)
	@$(PY) -W ignore -m tests.rehearsal

image-check: $(VENV)/.develops ## the Dockerfile's steps in a Debian tree, and each role started from it; root, debootstrap
	@$(PY) -m tests.image

fresh-check: $(VENV)/.develops ## the README's two commands in a bare Debian, as somebody who is not root; root, debootstrap, git
	@$(PY) -m tests.image.fresh

format: $(VENV)/.develops ## let ruff tidy the code
	@$(VENV)/bin/ruff check --fix --quiet . ; $(VENV)/bin/ruff format .

.PHONY: help install demo learn run test test-all coverage unit integration performance compliance check fuzz bench \
	bench-admin bench-scale bench-ingest load mutants docs chaos format
