#!/bin/sh
# Install what a command of the Makefile uses: `tools/prepare.sh test` (tools/prepare.py says what, and from where).
set -eu
cd "$(dirname "$0")/.."
python=$(tools/python.sh)
exec "$python" tools/prepare.py "$@"
