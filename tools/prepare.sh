#!/bin/sh
# Install the programs that a command of the Makefile uses (see tools/prepare.py): `tools/prepare.sh test`.
set -eu
cd "$(dirname "$0")/.."
python=$(tools/python.sh)
exec "$python" tools/prepare.py "$@"
