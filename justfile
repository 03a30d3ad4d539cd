# What one does in this house. `just` alone lists it.

set shell := ["bash", "-euo", "pipefail", "-c"]

# Snapshots are compared and never rewritten, whatever the terminal says.
export INSTA_UPDATE := "no"

# Show this list
default:
    @just --list --unsorted

# Start the server: SQLite under ./data, port 8080
run *arguments:
    cargo run --locked -- {{ arguments }}

# The same, built and started anew whenever a source, a page or a style changes
dev *arguments:
    command -v watchexec >/dev/null || cargo install watchexec-cli@2.8.0 --locked
    watchexec --restart --stop-signal SIGTERM --watch crates --watch migrations --watch Cargo.toml \
        --exts rs,toml,html,css,js,svg,sql,json,txt -- cargo run --locked -- {{ arguments }}

# Install what the tests need and this machine has not
setup:
    @scripts/setup

# Put all code into the one shape
fmt:
    cargo fmt --all

# Shape and lints; a warning is a failure
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets --locked -- --deny warnings

# All tests, on SQLite and on a PostgreSQL they start themselves; further words choose among them
test *words: setup
    RUST_TEST_THREADS="${RUST_TEST_THREADS:-4}" cargo test --workspace --locked --no-fail-fast -- {{ words }}

# Write openapi/openapi.json anew from the handlers
openapi:
    cargo run --quiet --locked -- openapi > target/openapi.json
    mv target/openapi.json openapi/openapi.json

# Begin a schema change on both databases, such as `just migration create_posts`
migration name:
    folder="$(date --utc +%Y-%m-%d-%H%M%S)_{{ name }}"; \
    for side in postgres sqlite; do \
        mkdir "migrations/$side/$folder"; \
        touch "migrations/$side/$folder/"{up,down}.sql; \
        echo "migrations/$side/$folder"; \
    done

# Build the reference of all crates; a broken link is a failure
doc:
    RUSTDOCFLAGS="--deny warnings" cargo doc --workspace --no-deps --locked

# Licences, sources, duplicates and the arrows between the rooms
deny: setup
    cargo deny --locked check --hide-inclusion-graph bans licenses sources

# Published vulnerabilities of what we depend on; needs the network
advisories: setup
    cargo deny --locked check advisories

# Generated requests after the OpenAPI document, judged by every check; further words go to `schemathesis run`
schemathesis *words: setup
    cargo test --workspace --locked --no-run --quiet
    target/venv/bin/python tests/schemathesis/run.py {{ words }}

# Measure; the table goes to docs/performance.md
bench: setup
    cargo bench --locked --package vestibule

# The long rounds of the faults; the figures go to docs/testing.md
faults: setup
    FAULTS=long cargo test --package vestibule --locked --test tests -- faults:: --nocapture --test-threads 1

# Everything that must hold before a change goes in
ci: lint deny test schemathesis doc
