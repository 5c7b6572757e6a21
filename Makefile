# `make run` opens the window, `make test` runs the tests; both bring what they need. Prerequisites: git, make, python3 >= 3.11.

PYTHON ?= python3
ARGS ?=
SWITCHYARD_SYSTEM_PACKAGES ?=
export PYTHON SWITCHYARD_SYSTEM_PACKAGES

bin := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help run test check format shots bench compare conformance live texts lock clean environment tools

help: ## say what there is
	@sed -n 's/^\([a-z]*\):.*## /  make \1	/p' Makefile | expand -t 18

run: environment ## open the window
	@exec $(bin)/switchyard-gui $(ARGS)

test: tools ## run the tests offscreen (ARGS="tests/core -k planner" picks some)
	@sh packaging/test.sh $(ARGS)

check: tools ## everything that has to be green before a change goes in, the tests included
	@sh packaging/check.sh
	@$(MAKE) --no-print-directory test

format: tools ## put the code in the house's form
	@$(bin)/ruff format
	@$(bin)/ruff check --fix

shots: tools ## draw every page and state into build/shots
	@QT_QPA_PLATFORM=offscreen $(bin)/python tests/shots/run.py $(ARGS)

bench: tools ## measure CPU and memory against the plain thing, in the same run
	@QT_QPA_PLATFORM=offscreen $(bin)/python -m tests.bench.run $(ARGS)

compare: tools ## put LiteLLM's Router, in an environment of its own, on the same faults (ARGS="--only 1 8" picks some)
	@$(bin)/python -m tests.compare.run $(ARGS)

conformance: tools ## talk to independent servers and replay every recording (ARGS="--recordings DIR" names others)
	@sh packaging/test.sh tests/conformance/check_recordings.py tests/conformance/check_fuzz.py \
		tests/conformance/check_servers.py --numprocesses 2 --dist loadfile $(ARGS)

live: tools ## one short turn at each real provider that the environment has a key for (ARGS=--dry calls nothing)
	@$(bin)/python -m tests.conformance.live $(ARGS)

texts: tools ## gather every text there is to translate into build/switchyard.ts
	@$(bin)/python packaging/texts.py build/switchyard.ts

lock: tools ## resolve the dependencies anew (LOCK_OPTIONS=--upgrade takes newer ones)
	@sh packaging/lock.sh

clean: ## remove what was made, the environment included
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

environment:
	@sh packaging/bootstrap.sh run

tools:
	@sh packaging/bootstrap.sh test
