# Everything that is done with Atlas. ARGS reach the program: make demo ARGS="--once --json"

export PYTHON UV # an interpreter and a uv to use, where they are given

.PHONY: help demo run dbt airflow dashboard test screenshots examples compat faults soak check bench lock docs clients clean environment environment-dev dashboard-try
.NOTPARALLEL:
.DEFAULT_GOAL := help

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' Makefile

demo: environment dashboard-try ## set everything up and show one sync through all layers
	@.venv/bin/atlas demo $(ARGS)

run: environment dashboard-try ## serve dashboard and API, and run jobs
	@.venv/bin/atlas serve $(ARGS)

dbt: ## make the environment that transformations run dbt in
	@sh tools/environment.sh dbt

dashboard: ## build the dashboard, with this machine's Node or one from PyPI
	@sh tools/dashboard.sh build

test: environment-dev dashboard-try ## run the tests; ARGS are pytest's
	@sh tools/dashboard.sh test
	@timeout 120 sh tools/environment.sh clients || \
		{ rm -rf .venv-clients; echo "test: what writes clients could not be installed, so its test is skipped"; }
	@.venv/bin/python -m pytest -n 3 --dist loadgroup $(ARGS)

airflow: dbt ## make the environment of Airflow and its DAGs, and the manifest that one of them is drawn by
	@sh tools/environment.sh airflow
	@cd orchestration/dbt && ../../.venv-dbt/bin/dbt parse --quiet --profiles-dir .

compat: environment-dev airflow dashboard ## run the clients of Airbyte, Airflow and dbt, unchanged, against a real Atlas, and the steps of the image; ARGS are pytest's
	@sh tools/environment.sh compat
	@sh tools/environment.sh snowflake
	@.venv/bin/python -m pytest -m compat backend/tests/compat backend/tests/browser backend/tests/journeys $(ARGS)

screenshots: environment-dev dashboard ## make the pictures of docs/images anew
	@.venv/bin/python -m pytest -n 0 -m screenshots backend/tests/browser

examples: environment-dev ## record what the API answers, for its document
	@.venv/bin/python -m pytest -n 0 -s -m examples backend/tests/api/test_recorded_examples.py
	@.venv/bin/python tools/document.py

faults: environment-dev ## kill and break Atlas with a new seed; TIMES=10 does it so often; ARGS are pytest's
	@sh tools/faults.sh $(or $(TIMES),1) $(ARGS)

soak: environment-dev ## kill a process of four each 30 s for ATLAS_SOAK_MINUTES (15) of schedule; ARGS are pytest's
	@.venv/bin/python -m pytest -m soak $(ARGS)

check: environment-dev ## format, lint, types, imports, no host in a lock or settings file, an API that breaks no client
	@sh tools/dashboard.sh check & checking=$$!; \
	.venv/bin/ruff format --check . && .venv/bin/ruff check . && .venv/bin/mypy && .venv/bin/lint-imports && \
		.venv/bin/python -m pytest -q backend/tests/rules/test_locks.py && .venv/bin/python tools/compatibility.py; \
	ours=$$?; wait $$checking && exit $$ours

bench: environment ## measure what is claimed about speed
	@.venv/bin/atlas bench $(ARGS)

lock: ## write the lock files anew; ARGS are uv's, such as --upgrade
	@sh tools/environment.sh lock $(ARGS)
	@sh tools/dashboard.sh lock

docs: environment-dev ## write docs/settings.md, docs/problems.md and docs/openapi.json from the code
	@.venv/bin/python tools/document.py

clients: ## write a typed Python client into clients/python from docs/openapi.json
	@sh tools/environment.sh clients
	@.venv-clients/bin/openapi-python-client generate --overwrite --meta none --fail-on-warning \
		--config clients/generator.yaml --path docs/openapi.json --output-path clients/python/atlas_client

clean: ## remove the environment and all caches; your data in .atlas/ stays
	@rm -rf .venv .venv-tools .venv-clients .venv-compat .venv-airflow .venv-dbt .venv-dbt-snowflake .venv-node frontend/node_modules frontend/dist clients/python
	@rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@rm -rf backend/*.egg-info build
	@find backend benchmarks migrations -name __pycache__ -type d -prune -exec rm -rf {} +

dashboard-try:
	@sh tools/dashboard.sh try

environment:
	@sh tools/environment.sh run

environment-dev:
	@sh tools/environment.sh dev
