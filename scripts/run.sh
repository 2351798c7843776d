#!/bin/sh
# `make run`: from a fresh clone to a running blog.
set -eu
cd "$(dirname "$0")/.."

scripts/install.sh base
exec .venv/bin/python scripts/run.py serve
