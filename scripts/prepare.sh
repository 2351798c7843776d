#!/bin/bash
# Install what the tests and checks need: Debian packages (as root on Debian; elsewhere it says which), then .venv.
# The argument is the command that it is for, by default `make test`.
set -euo pipefail
cd "$(dirname "$0")/.."

fail() { echo "broadsheet: $*" >&2; exit 1; }

packages=()
need() { command -v "$1" >/dev/null 2>&1 || packages+=("${@:2}"); }
need cc build-essential
need pkg-config pkg-config
pkg-config --exists libmariadb 2>/dev/null || packages+=(libmariadb-dev)
[[ -n ${CHROMIUM:-} ]] || need chromium chromium
[[ -n ${TEST_DATABASE_URL:-} ]] || need mariadbd mariadb-server-core mariadb-client-core
# Debian's own Python comes without headers and venv; others bring them along.
python=$(command -v "${PYTHON:-python3}" || true)
if [[ $python == /usr/bin/* ]]; then
  [[ -e $("$python" -c 'import sysconfig; print(sysconfig.get_path("include"))')/Python.h ]] || packages+=(python3-dev)
  "$python" -c 'import ensurepip' 2>/dev/null || packages+=(python3-venv)
fi
if ((${#packages[@]})); then
  if [[ -e /etc/debian_version && $(id -u) == 0 ]]; then
    echo "Installing ${packages[*]}"
    export DEBIAN_FRONTEND=noninteractive
    log=$(mktemp)
    { apt-get update && apt-get install --yes --no-install-recommends "${packages[@]}"; } >"$log" 2>&1 ||
      { tail -n 20 "$log" >&2; fail "apt-get could not install ${packages[*]}."; }
  else
    fail "${1:-make test} needs what Debian calls: ${packages[*]}. Install these (on Debian: sudo apt-get install ${packages[*]}) and run it again."
  fi
fi
scripts/install.sh dev
