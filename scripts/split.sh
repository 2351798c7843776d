#!/bin/bash
# `make split`: install what the split on one machine needs, then run it.
set -euo pipefail
cd "$(dirname "$0")/.."

# As for the tests, but without their browser, and with any server there is.
CHROMIUM=${CHROMIUM:-none} TEST_DATABASE_URL=${DATABASE_URL:-$(command -v mysqld || true)} scripts/prepare.sh "make split"
exec .venv/bin/python -m deploy.split
