#!/usr/bin/env bash
# Runs a command with PASSERELLE_DB_URL naming a MariaDB server of its own, gone afterwards.
set -euo pipefail
folder=$(mktemp -d)
port=$((20000 + RANDOM % 20000))
account=$(id -un)
trap 'kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; rm -rf "$folder"' EXIT
mariadb-install-db --user="$account" --datadir="$folder/data" --auth-root-authentication-method=normal >/dev/null 2>&1
mariadbd --no-defaults --user="$account" --datadir="$folder/data" --socket="$folder/socket" --port="$port" \
  --bind-address=127.0.0.1 --character-set-server=utf8mb4 --innodb-flush-log-at-trx-commit=0 >"$folder/log" 2>&1 &
server=$!
for _ in $(seq 100); do
  mariadb-admin --no-defaults --socket="$folder/socket" --user=root ping >/dev/null 2>&1 && break
  sleep 0.1
done
mariadb --no-defaults --socket="$folder/socket" --user=root -e \
  "CREATE DATABASE passerelle; CREATE USER passerelle@'127.0.0.1' IDENTIFIED BY 'passerelle'; GRANT ALL ON *.* TO passerelle@'127.0.0.1';" \
  || { cat "$folder/log"; exit 1; }
export PASSERELLE_DB_URL="mysql://passerelle:passerelle@127.0.0.1:$port/passerelle"
"$@"
