#!/usr/bin/env bash
# Builds the JavaScript client and checks all of it: types, golden vectors, the same values as Rust, the protocol, the
# real server, pages in Chromium, the size; and that the page of the example `simulation` is built of it. Needs Node 20,
# cargo and Chromium (/usr/bin/chromium, or what CHROMIUM says).
set -euo pipefail
cd "$(dirname "$0")"

cargo build --quiet -p packets-tests --bin javascript_server --bin javascript_values
cargo build --quiet -p packets-examples --bin simulation
npm ci --silent --no-audit --no-fund
rm -rf build
OUT=build/page.js npm run --silent page
npx tsc -p tsconfig.test.json
node --test --test-timeout=300000 build/
node size.js
cmp build/page.js ../../examples/src/bin/simulation/page/page.js || {
  echo 'the page of the example is stale: npm run page'
  exit 1
}
