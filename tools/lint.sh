#!/bin/bash
# `make lint`: all checks that run no tests.
set -euo pipefail
cd "$(dirname "$0")/.."
tools/prepare.sh lint

step() { echo "-- $1"; shift; "$@"; }
bin=.venv/bin

step "code" $bin/python -m ruff check .
step "format" $bin/python -m ruff format --check .
# ruff's rules S are Bandit's, but for these two: HTML that is marked as safe, and text in another order than it is read.
# It warns of an exception once for each other call in the line.
step "code, by Bandit" $bin/python -m bandit --quiet --recursive --tests B613,B703 apps blog_project tools benchmarks \
  2> >(grep -v "nosec encountered" >&2)
step "secrets" $bin/python tools/secrets_check.py
step "imports" $bin/lint-imports
step "requirements" $bin/python tools/requirements_check.py
step "templates" $bin/djlint --lint --quiet apps
step "missing migrations" env DEBUG=1 ROLE=all DATABASE_URL=sqlite://:memory: $bin/python manage.py makemigrations --check --dry-run
step "migrations that break" env DEBUG=1 ROLE=all DATABASE_URL=sqlite://:memory: $bin/python tools/migrations.py

if ! $bin/python -c "import MySQLdb" 2>/dev/null; then
  echo "not run here: production settings (the MySQL driver is not installed)"
  exit
fi
production=(
  DEBUG=0 SECRET_KEY="$($bin/python -c 'import secrets; print(secrets.token_urlsafe(50))')"
  SITE_URL=https://blog.example.org ALLOWED_HOSTS=blog.example.org HTTPS=1
  STATIC_ROOT="$PWD/var/lint-static" DATABASE_URL="mysql://blog:secret@db.example.org/blog"
)
env "${production[@]}" ROLE=all $bin/python manage.py collectstatic --noinput -v0
for role in all $($bin/python -c 'from blog_project.roles import Role; print(*Role)'); do
  step "production settings, ROLE=$role" env "${production[@]}" ROLE=$role $bin/python manage.py check --deploy --fail-level WARNING
done
