#!/bin/sh
# `make test` and, with --fast, `make test-fast`: install what the tests use, then run them. Arguments are pytest's.
set -eu
cd "$(dirname "$0")/.."
if [ "${1:-}" = --fast ]; then command=test-fast; else command=test; fi
tools/prepare.sh "$command"
exec .venv/bin/python tools/test.py "$@"
