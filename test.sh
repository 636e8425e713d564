#!/usr/bin/env bash
# All tests and checks, as CI runs them; installs what is missing where it can. Takes no arguments.
set -euo pipefail
cd "$(dirname "$0")"

fail() { echo "test.sh: $*" >&2; exit 1; }

if ! command -v cc >/dev/null; then
  command -v apt-get >/dev/null && [ "$(id -u)" = 0 ] || fail "install a C compiler, such as gcc: SQLite is built with it"
  apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy build-essential
fi
if ! command -v cargo >/dev/null && [ -f "$HOME/.cargo/env" ]; then . "$HOME/.cargo/env"; fi
command -v cargo >/dev/null || fail "install Rust with rustup, see https://rustup.rs"

step() { printf '\n== %s\n' "$*"; "$@"; }

export CARGO_TERM_COLOR=never

# Everything below runs on the oldest Rust that is supported.
msrv=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
step grep -q "^channel = \"$msrv\.0\"" rust-toolchain.toml

step cargo fmt --all --check
step cargo clippy --workspace --all-targets --all-features --locked -- -D warnings
RUSTDOCFLAGS="-D warnings" step cargo doc --workspace --all-features --no-deps --locked

# Each feature alone.
for package in factos factos-sqlx; do
  step cargo check -p "$package" --no-default-features --locked
done
step cargo check -p factos-core --features contract --locked
for feature in macros sqlite; do
  step cargo check -p factos --no-default-features --features "$feature" --locked
done
step cargo check -p factos-sqlx --no-default-features --features sqlite --locked

# What the README runs first, on a file of its own.
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
step cargo run --locked --example courses "sqlite:$directory/courses.db"

step cargo test --workspace --all-features --locked --no-fail-fast
