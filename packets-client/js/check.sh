#!/usr/bin/env bash
# Builds the JavaScript client and checks all of it: types, golden vectors, the same values as Rust, the protocol, the
# real server, the size. Needs Node 20 and cargo.
set -euo pipefail
cd "$(dirname "$0")"

cargo build --quiet -p packets-tests --bin javascript_server --bin javascript_values
npm ci --silent --no-audit --no-fund
npm run --silent build
rm -rf build
npx tsc -p tsconfig.test.json
node --test --test-timeout=300000 build/
node size.js
