#!/bin/sh
# `make run`: from a fresh clone to a running blog.
set -eu
cd "$(dirname "$0")/.."

tools/install.sh base
exec .venv/bin/python tools/run.py serve
