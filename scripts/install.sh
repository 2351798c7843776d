#!/bin/sh
# Make .venv hold what requirements/ pins, for `base` (to run the blog), `production` (MySQL too) or
# `dev` (the tests too). Does nothing, in milliseconds, when it does already.
set -eu
cd "$(dirname "$0")/.."
wanted=${1:-base}

fail() { echo "broadsheet: $*" >&2; exit 1; }

# The MySQL driver needs a compiler, so it is installed only where the blog is told to use MySQL.
database=${DATABASE_URL:-$(sed -n 's/^DATABASE_URL=//p' .env 2>/dev/null | tail -n 1)}
case "$wanted $database" in "base "*mysql:*) wanted=production ;; esac

case $wanted in
  base) files="base" ;;
  production) files="base production" ;;
  dev) files="base production dev" ;;
  *) fail "install.sh takes base, production or dev, not '$wanted'." ;;
esac

[ -w . ] || fail "This folder ($(pwd)) is read-only; the blog keeps its environment and its data in it. Clone it where you may write."

fits() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }
python=
if [ -x .venv/bin/python ] && fits .venv/bin/python; then
  python=.venv/bin/python
else
  for candidate in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11; do
    if command -v "$candidate" >/dev/null 2>&1 && fits "$candidate"; then python=$candidate; break; fi
  done
  [ -n "$python" ] || fail "Python 3.11 or newer is needed; found $(python3 --version 2>&1 || echo none). Install it, or name it: make run PYTHON=/path/to/python3."
  echo "Making a virtual environment in .venv"
  rm -rf .venv
  "$python" -m venv .venv >/dev/null 2>&1 ||
    fail "'$python -m venv' failed; on Debian and Ubuntu install it with: apt-get install python3-venv"
fi

# A larger set serves the smaller ones, so that `make run` after `make test` installs nothing.
for have in dev production base; do
  case "$have $wanted" in "base production" | "base dev" | "production dev") continue ;; esac
  list=
  for file in base production dev; do
    list="$list requirements/$file.txt"
    [ "$file" = "$have" ] && break
  done
  # shellcheck disable=SC2086
  if [ -f ".venv/installed-$have" ] && [ "$(cat $list | cksum)" = "$(cat ".venv/installed-$have")" ]; then exit 0; fi
done

arguments=
list=
for file in $files; do
  arguments="$arguments --requirement requirements/$file.txt"
  list="$list requirements/$file.txt"
done
echo "Installing the packages of$list"
# shellcheck disable=SC2002,SC2086
total=$(cat $list | grep -c '==')
# pip's hundred lines, told as one that counts.
# shellcheck disable=SC2086
{ .venv/bin/python -m pip install --disable-pip-version-check --progress-bar off $arguments && echo finished; } |
  awk -v total="$total" '
    /^Collecting/ { printf "\r  %d of %d packages", ++count, total; fflush() }
    /^Installing collected/ { printf "\r  unpacking          "; fflush() }
    /^finished$/ { ok = 1 }
    END { printf "\r                       \r"; exit !ok }' ||
  fail "Installing the packages failed; pip says why above. Nothing else was changed: run the same command again."
rm -f .venv/installed-*
# shellcheck disable=SC2086
cat $list | cksum >".venv/installed-$wanted"
