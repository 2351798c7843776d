#!/bin/sh
# Install what a command of the Makefile uses: `scripts/prepare.sh test` (scripts/prepare.py says what, and from where).
set -eu
cd "$(dirname "$0")/.."
python=$(scripts/python.sh)
exec "$python" scripts/prepare.py "$@"
