#!/usr/bin/env bash
# All tests and checks, as CI runs them; installs what is missing where it can. Takes no arguments.
set -euo pipefail
cd "$(dirname "$0")"

fail() { echo "test.sh: $*" >&2; exit 1; }

# A PostgreSQL server's programs lie where few users look: the tests look in the same places.
has_postgresql() {
  local directory
  for directory in "${FACTOS_TEST_POSTGRES_BIN:-}" "$(pg_config --bindir 2>/dev/null)" /usr/lib/postgresql/*/bin \
    /usr/pgsql-*/bin /opt/homebrew/opt/postgresql*/bin /usr/local/opt/postgresql*/bin; do
    [ -x "$directory/initdb" ] && return
  done
  command -v initdb >/dev/null
}

# What is missing, by Debian's names: SQLite is built with a C compiler, the others are tested with.
missing=()
command -v cc >/dev/null || missing+=(build-essential)
has_postgresql || missing+=(postgresql)
PATH="$PATH:/usr/sbin:/usr/local/sbin" command -v pgbouncer >/dev/null || missing+=(pgbouncer)
command -v openssl >/dev/null || missing+=(openssl)
if [ ${#missing[@]} -gt 0 ]; then
  command -v apt-get >/dev/null && [ "$(id -u)" = 0 ] ||
    fail "install what Debian calls ${missing[*]}: a C compiler, PostgreSQL's server, PgBouncer, OpenSSL's program"
  apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy "${missing[@]}"
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
for feature in contract metrics planted-faults; do
  step cargo check -p factos-core --features "$feature" --locked
done
for feature in macros sqlite postgres postgres-tls; do
  step cargo check -p factos --no-default-features --features "$feature" --locked
done
for feature in sqlite postgres postgres-tls; do
  step cargo check -p factos-sqlx --no-default-features --features "$feature" --locked
done

# What the README runs first, on a file of its own.
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
step cargo run --locked --example courses "sqlite:$directory/courses.db"

step cargo test --workspace --all-features --locked --no-fail-fast
