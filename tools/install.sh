#!/bin/sh
# Install the packages that requirements/ pins into .venv: `base` (to run the blog), `production` (also for MySQL), `dev`
# (also for the tests) or `dev-without-driver` (for the tests if the MySQL driver cannot be compiled). If they are
# installed already, this returns within milliseconds.
set -eu
cd "$(dirname "$0")/.."
wanted=${1:-base}

fail() { echo "broadsheet: $*" >&2; exit 1; }

# The MySQL driver needs a compiler, so it is installed only if DATABASE_URL is one of MySQL.
database=${DATABASE_URL:-$(sed -n 's/^DATABASE_URL=//p' .env 2>/dev/null | tail -n 1)}
case "$wanted $database" in "base "*mysql:*) wanted=production ;; esac

# Print the requirement files of a set.
files_of() {
  case $1 in
    base) echo requirements/base.txt ;;
    production) echo requirements/base.txt requirements/production.txt ;;
    dev | dev-without-driver) echo requirements/base.txt requirements/production.txt requirements/dev.txt ;;
    *) fail "install.sh takes base, production, dev or dev-without-driver, not '$1'." ;;
  esac
}
files=$(files_of "$wanted")

[ -w . ] || fail "This folder ($(pwd)) is read-only; the blog keeps its environment and its data in it. Clone it where you may write."

python=$(tools/python.sh) || exit 1
if [ "$python" != .venv/bin/python ]; then
  echo "Making a virtual environment in .venv"
  rm -rf .venv
  "$python" -m venv .venv >/dev/null 2>&1 ||
    fail "'$python -m venv' failed; on Debian and Ubuntu install it with: apt-get install python3-venv"
fi

# A larger set includes the smaller ones, so that `make run` after `make test` installs nothing.
for installed in dev dev-without-driver production base; do
  case "$installed $wanted" in
    *" base" | "dev "* | "$wanted $wanted") ;;
    *) continue ;;
  esac
  # shellcheck disable=SC2046
  if [ -f ".venv/installed-$installed" ] && [ "$(cat $(files_of "$installed") | cksum)" = "$(cat ".venv/installed-$installed")" ]; then exit 0; fi
done

arguments=
for file in $files; do
  if [ "$wanted $file" = "dev-without-driver requirements/production.txt" ]; then
    # An entry begins in the first column; its hashes and comments are indented.
    awk '/^[^ ]/ { skip = /^mysqlclient==/ } !skip' "$file" >.venv/production-without-driver.txt
    file=.venv/production-without-driver.txt
  fi
  arguments="$arguments --requirement $file"
done
echo "Installing the packages of $files"
# shellcheck disable=SC2002,SC2086
total=$(cat $files | grep -c '==')
# Show pip's output as one counter line; print nothing if the output is not a terminal.
terminal=0
[ ! -t 1 ] || terminal=1
# shellcheck disable=SC2086
{ .venv/bin/python -m pip install --disable-pip-version-check --progress-bar off $arguments && echo finished; } |
  awk -v total="$total" -v terminal="$terminal" '
    !terminal { if ($0 == "finished") ok = 1; next }
    /^Collecting/ { printf "\r  %d of %d packages", ++count, total; fflush() }
    /^Installing collected/ { printf "\r  unpacking          "; fflush() }
    /^finished$/ { ok = 1 }
    END { if (terminal) printf "\r                       \r"; exit !ok }' ||
  fail "Installing the packages failed; pip says why above. Nothing else was changed: run the same command again."
rm -f .venv/installed-*
# shellcheck disable=SC2086
cat $files | cksum >".venv/installed-$wanted"
