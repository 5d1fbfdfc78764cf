#!/usr/bin/env bash
# Autobahn's cases through our transport, as server and as client; about half a minute. Needs Python 3 with
# venv, and installs kosoku, which has the cases, into target/. Fails if a case does.
set -euo pipefail
cd "$(dirname "$0")/.."

venv=target/autobahn
if [ ! -x "$venv/bin/kosoku" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check kosoku==0.1.0
fi
cargo build --quiet -p packets-tests --bin echo
echo=$(cargo metadata --format-version 1 --no-deps | python3 -c 'import json,sys; print(json.load(sys.stdin)["target_directory"])')/debug/echo

reports=$(mktemp -d)
running=
trap 'kill $running 2>/dev/null || true; rm -rf "$reports"' EXIT

# Runs kosoku without the cases of compression, which we do not have.
kosoku() { timeout 300 "$venv/bin/kosoku" -x '12.*' -x '13.*' "$@"; }

# Waits for a line in a file, and prints what follows the pattern.
line() {
  for _ in $(seq 100); do
    sed -n "s|^$1||p" "$2" | grep . && return
    sleep 0.1
  done
  echo "no '$1' in $2" >&2
  return 1
}

# Says how the cases went.
judge() {
  python3 - "$1" "$reports/$1/index.json" <<'PYTHON'
import collections, json, sys
side, index = sys.argv[1:]
cases = [case for agent in json.load(open(index)).values() for case in agent.values()]
behaviors = collections.Counter(case[key] for case in cases for key in ("behavior", "behaviorClose"))
failed = sum(count for behavior, count in behaviors.items() if behavior not in ("OK", "NON-STRICT", "INFORMATIONAL"))
print(f"{side}: {len(cases)} cases, {failed} failed, {dict(behaviors)}")
sys.exit(failed > 0 or len(cases) < 301)
PYTHON
}

"$echo" >"$reports/address" & running=$!
kosoku -m fuzzingclient -p 2 -o "$reports/server" "$(line '' "$reports/address")" >"$reports/log" 2>&1 \
  || { cat "$reports/log"; exit 1; }
kill "$running"
judge server

# kosoku has to be told its port.
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
kosoku -m fuzzingserver -o "$reports/client" "127.0.0.1:$port" >"$reports/listening" 2>&1 & running=$!
for _ in $(seq 100); do
  (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
  sleep 0.1
done
timeout 300 "$echo" "127.0.0.1:$port"
wait "$running"
judge client
