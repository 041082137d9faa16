# Two commands on a machine with Python 3.11+ and make: `make demo` and `make test`.
PORT ?= 8000
FRESH ?=
# One more than this has cores: who waits for PostgreSQL or Chromium leaves a core to another.
WORKERS ?= 3
BIN := .venv/bin

# The first Python on this machine that is new enough; choose another with `make PYTHON=...`.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python3.14 python; do \
  "$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo "$$p" && break; \
  done)

LOCK := UV_NO_CONFIG=1 $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 \
  --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --quiet

# Keep what Python compiled, whatever this machine says: tests then start in half the time.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help setup demo test bewijs toets wandeling teksten schermen bench bench-baten demo-waarheid \
  wheel keten sbom audit lint lock clean

help: ## Show what there is.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-11s %s\n", $$1, $$2}' Makefile

setup: ## Make .venv from requirements.lock (quick when it is there).
	@test -n "$(PYTHON)" || { \
	  echo "Opzet gestopt: geen Python 3.11 of nieuwer gevonden; installeer het of wijs het aan met make PYTHON=pad/naar/python3." >&2; \
	  exit 3; }
	@"$(PYTHON)" .ci/setup.py

demo: setup ## Demo municipality on http://127.0.0.1:$PORT; FRESH=1 starts over.
	@exec $(BIN)/ontschot demo --poort $(PORT) $(if $(filter 1,$(FRESH)),--opnieuw)

test: lint ## Lint, types, layers and all tests but the long proofs.
	@$(BIN)/pytest -n $(WORKERS) --dist worksteal

bewijs: setup ## The long proofs.
	@$(BIN)/pytest -m bewijs

toets: setup ## Add the library for a second opinion on estimates; its tests no longer skip.
	@$(BIN)/python -m pip --disable-pip-version-check install --quiet --require-hashes \
	  --requirement requirements-toets.lock

wandeling: setup ## Write docs/walk_of_one_euro.md again from the real books.
	@$(BIN)/python -m tests.walk --schrijf

teksten: setup ## Write the list of the pages' texts and bring their catalogues up to date.
	@$(BIN)/python .ci/texts.py --bijwerken

schermen: setup ## Write docs/schermen again: a picture of each page of the demo.
	@$(BIN)/python -m tests.browser

bench: setup ## Measure speed against this machine's own ceiling.
	@$(BIN)/python -m benchmarks

bench-baten: setup ## Hold estimates of domain benefits against known truths: all scenarios.
	@OPENBLAS_NUM_THREADS=1 $(BIN)/python -m tests.benefits --processen $(WORKERS)

demo-waarheid: setup ## Hold the demo's report of benefits against what was invented.
	@$(BIN)/python -m tests.benefits.demo_truth --gemeente Utrecht

wheel: setup ## Build dist/ontschot-*.whl: the product with all it needs to run.
	@rm -rf build
	@$(BIN)/python -m pip --disable-pip-version-check wheel --quiet --no-deps --no-build-isolation \
	  --wheel-dir dist .
	@rm -rf build

keten: setup
	@$(BIN)/python -m pip --disable-pip-version-check install --quiet --require-hashes \
	  --requirement requirements-keten.lock

sbom: keten ## Write dist/sbom-*.cdx.json: all that the product is made of, in CycloneDX.
	@mkdir -p dist
	@$(BIN)/cyclonedx-py requirements requirements-product.lock --pyproject pyproject.toml \
	  --output-reproducible --output-file dist/sbom-python.cdx.json 2>/dev/null
	@$(BIN)/npm sbom --loglevel error --sbom-format cyclonedx --sbom-type application \
	  --package-lock-only --omit dev > dist/sbom-paginas.cdx.json

audit: keten ## Look up known weaknesses of all that the product is made of (asks a service).
	@$(BIN)/pip-audit --strict --require-hashes --disable-pip --requirement requirements-product.lock \
	  || { echo "Niet nagekeken, of met bevinding: zie hierboven. Zonder de dienst met kwetsbaarheden valt er niets te zeggen." >&2; exit 1; }
	@$(BIN)/npm audit --loglevel error --omit dev --package-lock-only \
	  || { echo "Niet nagekeken, of met bevinding: zie hierboven." >&2; exit 1; }

lint: setup ## Style, types and import direction.
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy --no-error-summary .
	@$(BIN)/lint-imports --no-logo

lock: setup ## Make the lock files again from pyproject.toml.
	@$(BIN)/python -m pip install --quiet uv
	@$(LOCK) --upgrade --extra dev --output-file requirements.lock
	@$(LOCK) --upgrade --constraint requirements.lock --output-file requirements-product.lock
	@$(LOCK) --upgrade --constraint requirements.lock --extra toets --output-file requirements-toets.lock
	@$(LOCK) --upgrade --constraint requirements.lock --extra keten --output-file requirements-keten.lock

clean: ## Remove .venv and .ontschot: ALL books, checkpoints and keys that stand there.
	@! test -x $(BIN)/python || $(BIN)/python -c "from pathlib import Path; from api.postgres import erase, find_binaries; erase(Path(\".ontschot\"), find_binaries(None))"
	@rm -rf .venv .ontschot build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage htmlcov *.egg-info
