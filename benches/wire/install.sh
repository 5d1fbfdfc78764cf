#!/usr/bin/env bash
# Installs what the servers on Node need, into target/.
set -euo pipefail
cd "$(dirname "$0")/../.."
npm install --silent --no-save --no-audit --no-fund --prefix target/wire ws@8.18.3 socket.io@4.8.1
