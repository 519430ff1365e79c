# Prorata's everyday commands. Each makes .venv on first use, and again when pyproject.toml changes.

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

# What is compiled is kept: tests start the commands hundreds of times.
unexport PYTHONDONTWRITEBYTECODE

# Two more than there are processors: tests wait half of their time, for a browser or a database.
WORKERS := $(shell echo $$(($$(nproc 2>/dev/null || echo 2) + 2)))

.PHONY: run test bench lint clean system

run: $(READY)
	$(BIN)/prorata demo $(ARGS)

# ARGS="tests/rules -x" runs a part; with --everywhere, what tests/servers.py says runs on PostgreSQL
# with the first of its parameters alone runs there with all of them.
# In a fresh clone the tests are compiled first, or every worker would do it at once.
test: system $(READY)
	@[ -d tests/__pycache__ ] || $(BIN)/python -m pytest --collect-only -p no:xdist >/dev/null || true
	@$(BIN)/python scripts/postgres.py $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal \
		--durations=25 --durations-min=3 $(ARGS)

system:
	@scripts/system

bench: $(READY)
	@PRORATA_POSTGRES_DURABLE=1 $(BIN)/python scripts/postgres.py $(BIN)/python -m bench $(ARGS)

lint: $(READY)
	$(BIN)/ruff check src tests scripts
	cd src && ../$(BIN)/mypy -p prorata --cache-dir ../.mypy_cache

clean:
	rm -rf $(VENV) build dist

$(READY): pyproject.toml
	@scripts/venv $(VENV)
	@touch $@
