#!/bin/bash
# `make split`: install the programs that the local cluster needs, then run it.
set -euo pipefail
cd "$(dirname "$0")/.."

# No database server has to be installed if DATABASE_URL names one or mysqld exists.
TEST_DATABASE_URL=${DATABASE_URL:-$(command -v mysqld || true)} tools/prepare.sh split
# kustomize may be installed in .venv.
PATH=$PWD/.venv/bin:$PATH exec .venv/bin/python -m tools.local_cluster
