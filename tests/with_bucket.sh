#!/usr/bin/env bash
# Runs a command with PASSERELLE_BUCKET naming an S3 server of its own, which keeps everything in memory.
set -euo pipefail
port=$((20000 + RANDOM % 20000))
log=$(mktemp)
"$(dirname "$0")/../.venv/bin/python" -m moto.server --host 127.0.0.1 --port "$port" >"$log" 2>&1 &
server=$!
trap 'kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; rm -f "$log"' EXIT
export PASSERELLE_BUCKET="http://127.0.0.1:$port"
for _ in $(seq 100); do
  (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
  sleep 0.1
done
"$@" || { code=$?; tail -5 "$log"; exit "$code"; }
