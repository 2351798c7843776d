#!/bin/bash
# `make split`: install what the split on one machine needs, then run it.
set -euo pipefail
cd "$(dirname "$0")/.."

# Any database server will do that is named or there.
TEST_DATABASE_URL=${DATABASE_URL:-$(command -v mysqld || true)} tools/prepare.sh split
# Kustomize may be there.
PATH=$PWD/.venv/bin:$PATH exec .venv/bin/python -m tools.local_cluster
