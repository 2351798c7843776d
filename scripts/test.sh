#!/bin/bash
# `make test`: install what the tests need, then run the suite on SQLite and on a MariaDB of its own, and on that the
# split too: its own tests, and the suites of the API and of the pages through its gateway.
# TEST_DATABASE_URL=mysql://user:password@host:port/name takes a ready server instead; the user may create databases.
set -euo pipefail
cd "$(dirname "$0")/.."

fail() { echo "broadsheet: $*" >&2; exit 1; }

scripts/prepare.sh

workers=${TEST_WORKERS:-auto}
suite() { .venv/bin/python -m pytest -n "$workers" --dist "$@"; }

echo "== SQLite"
# The manifests are the same for every database (`make manifests`), and the split needs a server.
TEST_DATABASE_URL='' suite loadscope --ignore=tests/manifests --ignore=tests/split

if [[ -z ${TEST_DATABASE_URL:-} ]]; then
  mkdir -p var
  data=$(mktemp -d "$PWD/var/test-mariadb.XXXXXX")
  user=$(id -un)
  port=$(.venv/bin/python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  mariadb-install-db --no-defaults --datadir="$data" --user="$user" --auth-root-authentication-method=normal --skip-test-db \
    >"$data.log" 2>&1 || { tail -n 20 "$data.log" >&2; fail "mariadb-install-db failed."; }
  # The files are thrown away afterwards, so nothing need reach the disk in time.
  mariadbd --no-defaults --user="$user" --datadir="$data" --socket="$data/socket" --pid-file="$data/pid" \
    --bind-address=127.0.0.1 --port="$port" --character-set-server=utf8mb4 --innodb-flush-log-at-trx-commit=0 \
    --skip-log-bin --innodb-buffer-pool-size=256M --skip-name-resolve >"$data.log" 2>&1 &
  server=$!
  trap 'kill "$server" 2>/dev/null; wait "$server" 2>/dev/null; rm -rf "$data" "$data.log"' EXIT
  for _ in $(seq 100); do
    [[ -S $data/socket ]] && break
    kill -0 "$server" 2>/dev/null || { tail -n 20 "$data.log" >&2; fail "MariaDB did not start."; }
    sleep 0.2
  done
  mariadb --no-defaults --user=root --socket="$data/socket" \
    --execute="CREATE USER 'tests'@'127.0.0.1' IDENTIFIED BY 'tests'; GRANT ALL ON *.* TO 'tests'@'127.0.0.1' WITH GRANT OPTION;"
  TEST_DATABASE_URL=mysql://tests:tests@127.0.0.1:$port/broadsheet
fi
export TEST_DATABASE_URL
echo "== MySQL or MariaDB"
suite loadscope --ignore=tests/manifests --ignore=tests/split
echo "== The split"
scripts/split-tests.sh
