# The commands a person types. Everything else is under them.

DATA ?= .tacenda
PORT ?= 8443
HTTP_PORT ?= 8080
PATIENTS ?= 200
KILLS ?= 100
# Tests at the same time, of one program after the other. They wait for servers, browsers and clocks more than they compute.
THREADS ?= $(shell echo $$((2 * $$(nproc))))

.PHONY: demo test lint day-two strangers kills wire edits silence bench bench-quick bench-scale bench-verify install

# Runs Tacenda on this machine with synthetic patients.
demo: install
	cargo build --profile demo -p tacenda
	exec target/demo/tacenda demo --data "$(DATA)" --port $(PORT) --http-port $(HTTP_PORT) --patients $(PATIENTS)

# Every test, on a real PostgreSQL, the pages in a real browser.
test: install
	@scripts/install-browser
	RUST_TEST_THREADS=$(THREADS) cargo test --workspace --no-fail-fast
	TACENDA_WIRE=1 RUST_TEST_THREADS=$(THREADS) cargo test -p tacenda --test system rest::

# Every test of the system with every call between two services made into bytes: a quarter of an hour.
wire: install
	TACENDA_WIRE=1 RUST_TEST_THREADS=$(THREADS) cargo test -p tacenda --test system -- --skip edits:: --skip strangers::

# What happens to an installation sooner or later: passwords, certificates, keys, disks, strangers, typing errors.
day-two: install
	cargo test -p tacenda --test day_two -- --nocapture
	cargo test -p tacenda --test system full_disk -- --nocapture

# Ten thousand silent connections of each kind, from one network and from a thousand; floods; large records: minutes.
strangers: install
	cargo build --profile demo -p tacenda
	TACENDA_STRANGERS=10000 TACENDA_BINARY="$(CURDIR)/target/demo/tacenda" cargo test -p tacenda --test system strangers:: -- --nocapture --test-threads 1

# Kills the server at each line where a crash matters, so often, beside a thief in its databases: half an hour.
kills: install
	cargo build --profile kills -p tacenda
	TACENDA_KILLS=$(KILLS) TACENDA_BINARY="$(CURDIR)/target/kills/tacenda" cargo test -p tacenda --test day_two kills:: -- --nocapture --test-threads 1

# Every edit of every table of every database: minutes.
edits: install
	cargo test -p tacenda-accounts --test accounts edits
	cargo test -p tacenda-keystore edits
	TACENDA_EDITS=all cargo test -p tacenda --test system edits:: -- --nocapture

# Every request and every page beside every lie of the ledger's database: minutes.
silence: install
	TACENDA_SILENCE=all cargo test -p tacenda --test system tampering::silence -- --nocapture

lint:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	@if command -v cargo-deny >/dev/null; then cargo deny --offline check licenses bans sources; \
	else echo "cargo-deny is not installed: licences and bans were not checked"; fi

# Measures PostgreSQL's own floor and Tacenda in turns; see docs/benchmarks.md.
bench: install
	cargo build --release -p tacenda -p tacenda-bench
	target/release/tacenda-bench

# The same questions over 10,000, 100,000 and 1,000,000 records, and importing them: about twenty minutes.
bench-scale: install
	cargo build --release -p tacenda -p tacenda-bench
	target/release/tacenda-bench --scale 10000,100000,1000000

# Verifying a ledger of a million entries: about four minutes.
bench-verify: install
	cargo build --release -p tacenda -p tacenda-bench
	target/release/tacenda-bench --verify 1000000

# The same in 20 seconds, to see that it works: its figures mean little.
bench-quick: install
	cargo build --profile demo -p tacenda -p tacenda-bench
	target/demo/tacenda-bench --quick

# PostgreSQL's programs, where they are missing and apt is there.
install:
	@scripts/install
