#!/bin/bash
# The split's part of `make test`, on the server of TEST_DATABASE_URL: the suites of the API and of the pages through
# its gateway, each role under its own database user, then what only a split has to stand.
set -euo pipefail
cd "$(dirname "$0")/.."

.venv/bin/python -m pytest --through-gateway --quiet tests/api tests/frontend
# Two at a time: each is six processes and their gateway, under load.
.venv/bin/python -m pytest --quiet -n "${TEST_WORKERS:-2}" --dist loadfile tests/split
