# PYTHON=python3.12 chooses the interpreter; GPU=1 or GPU=0 the set; V=1 shows what pip says.
.DEFAULT_GOAL := help
.PHONY: help setup demo demo-smollm2 check test wheel bench fuzz pin clean clean-venv
BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest -m "not vllm" -n auto --maxprocesses 4 --dist worksteal
export PYTHON GPU V

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' Makefile

setup: ## create .venv with everything pinned, and the embedded models (GPU set where nvidia-smi answers)
	@sh tools/setup.sh

demo: setup ## the whole road on a tiny model: audit, train, select, audit, compare (3 minutes, CPU)
	@$(BIN)/reasoners demo

demo-smollm2: setup ## the same with SmolLM2-135M and LoRA (12 minutes, CPU)
	@$(BIN)/reasoners demo smollm2_cpu

check: setup ## lint, format, types, import rules, all tests: what CI runs
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/mypy benchmarks
	@$(BIN)/lint-imports
	@$(PYTEST)

test: setup ## all tests that need no GPU
	@$(PYTEST)

wheel: setup ## build the wheel and use it, core only, from an empty folder of a clean environment
	@$(BIN)/python tests/layout/wheel_check.py

bench: setup ## measure set-up and start-up, the figures of docs/LOG.md
	@$(BIN)/python benchmarks/startup.py

fuzz: setup ## a million random texts for the mathematics verifier (FUZZ="--seconds 60" for fewer)
	@$(BIN)/python benchmarks/math_fuzz.py --seconds 1800 $(FUZZ)

pin: ## renew constraints.txt (needs uv and the network)
	@sh tools/pin.sh

clean: ## remove caches and builds; .venv and runs stay
	@rm -rf build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	@find rewards data_selection eval reasoners tests -name __pycache__ -type d -prune -exec rm -rf {} +

clean-venv: ## remove .venv
	@rm -rf .venv
