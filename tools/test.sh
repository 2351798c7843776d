#!/bin/sh
# `make test` and, with --fast, `make test-fast`: install the programs that the tests use, then run them. Arguments are passed to pytest.
set -eu
cd "$(dirname "$0")/.."
if [ "${1:-}" = --fast ]; then command=test-fast; else command=test; fi
tools/prepare.sh "$command"
exec .venv/bin/python tools/test.py "$@"
