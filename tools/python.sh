#!/bin/sh
# Print a Python 3.11 or newer: that of .venv, that of PYTHON=…, or the first on the PATH.
is_suitable() { command -v "$1" >/dev/null 2>&1 && "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

for candidate in .venv/bin/python ${PYTHON:+"$PYTHON"} python3 python3.14 python3.13 python3.12 python3.11; do
  if is_suitable "$candidate"; then echo "$candidate"; exit 0; fi
done
echo "broadsheet: Python 3.11 or newer is needed; found $(python3 --version 2>&1 || echo none). Install it, or name it: make run PYTHON=/path/to/python3." >&2
exit 1
