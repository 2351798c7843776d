# Broadsheet's commands. `make help` lists them.

PY := .venv/bin/python

.DEFAULT_GOAL := help
.PHONY: help run split manage test test-fast lint manifests image bench openapi contract footprint messages fonts format upgrade clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## serve the blog at http://localhost:8000 (PORT=…, ROLE=… change it; DEMO=0 starts empty)
	@tools/run.sh

split: ## run the six roles behind a gateway at http://localhost:8080 (PORT=…, DATABASE_URL=… change it)
	@tools/split.sh

manage: ## run a management command with the settings of `make run`: make manage ARGS="createsuperuser"
	@tools/install.sh base
	@$(PY) tools/run.py manage $(ARGS)

test: ## install what the tests need, then run them on SQLite, on MariaDB and through the split; ARGS="tests/posts -k slug" picks some
	@tools/test.sh $(ARGS)

test-fast: ## the edit loop: tests on SQLite that need no browser and no server; ARGS="tests/posts -k slug" picks from all
	@tools/test.sh --fast $(ARGS)

lint: ## check code, imports, templates, migrations and production settings
	@tools/lint.sh

manifests: ## render every overlay into var/manifests and check them
	@tools/manifests.sh

image: ## build the image with docker, podman or buildah: make image RELEASE=0.2.0
	@tools/image.sh

bench: ## measure how fast it is, beside others, on a MySQL or MariaDB: DATABASE_URL=mysql://… (ten minutes)
	@tools/install.sh dev
	@$(PY) -m benchmarks

openapi: ## write docs/openapi.yaml, the API's description, anew
	@tools/install.sh base
	@DEBUG=1 ROLE=all DATABASE_URL=sqlite://:memory: $(PY) manage.py spectacular --validate --fail-on-warn --file docs/openapi.yaml

contract: ## hold a site against the API's description and its suite: make contract URL=https://… TOKEN=bst_…
	@tools/install.sh dev
	@CONTRACT_URL="$(URL)" CONTRACT_TOKEN="$(TOKEN)" $(PY) -m pytest $(or $(ARGS),tests/contract)

footprint: ## measure what each deployment costs in memory, on a MySQL or MariaDB: DATABASE_URL=mysql://…
	@tools/install.sh dev
	@$(PY) benchmarks/footprint.py

messages: ## collect the interface's words and compile its translations: make messages NEW=fr begins another one
	@tools/install.sh dev
	@$(PY) tools/messages.py $(NEW)

fonts: ## make the bundled typefaces anew; needs npm
	@tools/install.sh dev
	@$(PY) tools/fonts.py

format: ## rewrite the code in the project's format
	@tools/install.sh dev
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

upgrade: ## move every pinned version to the newest that fits requirements/*.in
	@tools/install.sh dev
	@for name in base production dev tools fuzz bench; do \
	  .venv/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	    --custom-compile-command "make upgrade" requirements/$$name.in --output-file requirements/$$name.txt || exit; \
	done
	@git --no-pager diff --stat requirements

clean: ## remove the virtual environment and caches; the blog's data in var/ stays
	rm -rf .venv .pytest_cache .ruff_cache .import_linter_cache .hypothesis
