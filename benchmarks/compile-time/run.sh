#!/usr/bin/env bash
# How long `cargo check` takes of a crate full of events and facts, beside the same types with serde's derives only.
#
#   benchmarks/compile-time/run.sh [runs]
#
# Makes two crates in a directory of their own: 100 events in 10 enums with 200 facts, and the same enums and functions
# without factos. Their dependencies are built first; then each crate is touched and checked in turn, 5 times by default.
# The first lines say what was measured on; the table has the medians.
set -euo pipefail

runs=${1:-5}
root=$(cd "$(dirname "$0")/../.." && pwd)
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
export CARGO_TARGET_DIR="$directory/target" CARGO_TERM_COLOR=never

manifest() { # name, dependencies
  mkdir -p "$directory/$1/src"
  cat >"$directory/$1/Cargo.toml" <<TOML
[package]
name = "$1"
version = "0.0.0"
edition = "2024"

[dependencies]
serde = { version = "1", features = ["derive"] }
$2
[workspace]
TOML
  cp "$root/Cargo.lock" "$directory/$1/Cargo.lock"
}

code() { # with or without factos: 1 or 0
  local with=$1
  echo '#![allow(dead_code, unused_variables, clippy::all)]'
  ((with)) && echo 'use factos::prelude::*;'
  echo 'use serde::{Deserialize, Serialize};'
  for e in 0 1 2 3 4 5 6 7 8 9; do
    echo "pub mod area$e {"
    echo 'use super::*;'
    echo "#[derive(Debug, Clone, PartialEq, Serialize, Deserialize$( ((with)) && echo ', Event'))]"
    ((with)) && echo '#[event(tags(owner, part))]'
    echo 'pub enum AreaEvent {'
    for v in 0 1 2 3 4 5 6 7 8 9; do
      echo "Happened$v { owner: String, part: u64, amount: i64, note: Option<String> },"
    done
    echo '}'
    for f in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19; do
      local a=$((f % 10)) b=$(((f + 3) % 10)) tag='' attribute=''
      ((with)) && attribute='#[fact]' tag='#[tag] '
      # Without the macro the arm for all other events has to be written.
      echo "$attribute pub fn fact$f(state: i64, event: &AreaEvent, ${tag}owner: &str, ${tag}part: u64) -> i64 {"
      echo '  match event {'
      echo "    AreaEvent::Happened$a { amount, .. } if *amount > 3 => state + amount,"
      echo "    AreaEvent::Happened$b { amount, .. } => state - amount,"
      echo '    _ => state,'
      echo '  }'
      echo '}'
    done
    echo '}'
  done
}

manifest with_factos "factos = { path = \"$root\", default-features = false, features = [\"macros\"] }"
manifest with_serde ''
code 1 >"$directory/with_factos/src/lib.rs"
code 0 >"$directory/with_serde/src/lib.rs"

check() { # name
  cargo check --quiet --manifest-path "$directory/$1/Cargo.toml"
}

seconds() { # name: touch, check, time
  touch "$directory/$1/src/lib.rs"
  local start end
  start=$(date +%s%N)
  check "$1"
  end=$(date +%s%N)
  echo $(((end - start) / 1000000))
}

for name in with_factos with_serde; do check "$name"; done
for ((run = 0; run < runs; run++)); do
  for name in with_factos with_serde; do seconds "$name" >>"$directory/$name.times"; done
done

median() { sort -n "$1" | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }'; }
range() { sort -n "$1" | sed -n '1p;$p' | paste -sd- -; }

echo "$(rustc --version), $(nproc) cores, load $(cut -d' ' -f1-3 /proc/loadavg 2>/dev/null || echo unknown), $runs runs in turn"
echo
echo '| `cargo check` of the leaf crate | median | range |'
echo '| --- | ---: | ---: |'
for name in with_factos with_serde; do
  echo "| $name | $(median "$directory/$name.times") ms | $(range "$directory/$name.times") ms |"
done
