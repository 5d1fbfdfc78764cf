#!/usr/bin/env bash
# How long 500 packets take to compile, beside 500 types with serde's two derives: see README.md.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
types=${1:-500}
rounds=${2:-3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# crate NAME DEPENDENCY DERIVES: a library with as many structs as asked for.
crate() {
  mkdir -p "$work/$1/src"
  cp "$root/rust-toolchain.toml" "$work/$1/"
  printf '[package]\nname = "%s"\nversion = "0.0.0"\nedition = "2024"\n\n[dependencies]\n%s\n\n[workspace]\n' "$1" "$2" >"$work/$1/Cargo.toml"
  for ((index = 0; index < types; index++)); do
    printf '#[derive(%s)]\npub struct Type%d {\n' "$3" "$index"
    printf '    pub id: u32,\n    pub name: String,\n    pub position: Vec<f32>,\n'
    printf '    pub score: Option<u64>,\n    pub tags: Vec<String>,\n    pub visible: bool,\n}\n\n'
  done >"$work/$1/src/lib.rs"
}
crate packets "packets-core = { path = \"$root/packets-core\" }" packets_core::Packet
crate serde 'serde = { version = "1", features = ["derive"] }' 'serde::Serialize, serde::Deserialize'

# build CRATE PROFILE: seconds for the crate alone, its dependencies being built.
build() {
  touch "$work/$1/src/lib.rs"
  local start=$EPOCHREALTIME
  cargo build --quiet --offline --manifest-path "$work/$1/Cargo.toml" --profile "$2"
  bc <<<"scale=3; $EPOCHREALTIME - $start"
}
median() { sort -n | sed -n "$(((rounds + 1) / 2))p"; }

for profile in dev release; do
  for crate in packets serde; do
    [ "$profile" = dev ] && cargo fetch --quiet --manifest-path "$work/$crate/Cargo.toml"
    build "$crate" "$profile" >/dev/null
    : >"$work/$crate/seconds"
  done
  for ((round = 0; round < rounds; round++)); do
    for crate in packets serde; do build "$crate" "$profile" >>"$work/$crate/seconds"; done
  done
  ours=$(median <"$work/packets/seconds")
  theirs=$(median <"$work/serde/seconds")
  echo "$profile: $types packets $ours s, $types types with serde's derives $theirs s"
  printf 'RATIO compile-time/%s/serde %.3f\n' "$profile" "$(bc <<<"scale=3; $ours / $theirs")"
done
