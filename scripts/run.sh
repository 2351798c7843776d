#!/bin/sh
# `make run`: from a fresh clone to a running blog.
set -eu
cd "$(dirname "$0")/.."

case ${DATABASE_URL:-} in
  mysql*) scripts/install.sh production ;;
  *) scripts/install.sh base ;;
esac
exec .venv/bin/python scripts/run.py serve
