"""Set the blog up if necessary, then serve it; or run a management command with the same settings.

run.py serve            with PORT, ROLE and DEMO (0: no demo posts) from the environment
run.py manage COMMAND   any management command
"""

from __future__ import annotations

import hashlib
import os
import secrets
import socket
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.chdir(ROOT)

from blog_project import roles  # noqa: E402

ENV_FILE = ROOT / ".env"
VAR = ROOT / "var"


def fail(sentence: str) -> None:
    """Exit with status 1 and one sentence."""
    sys.exit(f"broadsheet: {sentence}")


def say(text: str) -> None:
    """Print a line about the progress at once."""
    print(text, flush=True)


def port_number() -> int:
    """Return PORT from the environment (default: 8000); exits if it is not a port."""
    value = os.environ.get("PORT", "8000")
    if not value.isdigit() or not 0 < int(value) < 65536:
        fail(f"PORT={value} is not a port; it is a number from 1 to 65535, for example PORT=8080.")
    return int(value)


def check_port(port: int, command: str = "make run") -> None:
    """Exit if the port is in use or reserved for root."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            fail(f"Port {port} is reserved for root. Choose one above 1023: {command} PORT=8080")
        except OSError:
            fail(
                f"Port {port} is in use. Stop what listens there, or choose another: {command} PORT={port % 65535 + 1}"
            )


def read_env_file() -> None:
    """Load the variables of `.env` that are not set in the environment."""
    if ENV_FILE.exists():
        import environ

        environ.Env.read_env(ENV_FILE)


def prepare_environment(port: int) -> None:
    """Write `.env` with a secret key on the first run, and set the defaults for a blog on this machine."""
    try:
        VAR.mkdir(exist_ok=True)
        if not ENV_FILE.exists():
            ENV_FILE.touch(mode=0o600)
            ENV_FILE.write_text(
                "# The settings of this blog; .env.example documents them all.\n"
                f"SECRET_KEY={secrets.token_urlsafe(50)}\n"
                "HTTPS=0\n"
            )
    except OSError as error:
        fail(f"Cannot write {error.filename}: {error.strerror}. The blog keeps its settings and its data in {ROOT}.")
    read_env_file()
    os.environ.setdefault("SITE_URL", f"http://localhost:{port}")
    os.environ.setdefault("ROLE", roles.ALL)
    os.environ["DJANGO_SETTINGS_MODULE"] = "blog_project.settings"


def set_up() -> str:
    """Update the database and the static files; in an empty blog, load the demo posts and create an account.

    Return the password of a new account, or "".
    """
    import django
    from django.core.management import call_command
    from django.db import DatabaseError, connection

    django.setup()
    from django.db.migrations.executor import MigrationExecutor

    try:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            say("Creating the database" if not executor.loader.applied_migrations else "Updating the database")
            call_command("migrate", verbosity=0)
    except DatabaseError as error:
        fail(f"The database does not answer as it should: {error}")
    collect_static_files()

    from django.contrib.auth.models import User

    from apps.posts import services
    from apps.posts.models import Post

    if not User.objects.exists():
        if not Post.objects.exists() and os.environ.get("DEMO") != "0":
            say("Loading the demo posts")
            call_command("import_markdown", "demo")
        password = secrets.token_urlsafe(12)
        editor = User.objects.create_superuser("editor", "editor@localhost", password)
        services.create_author(name="Editor", user=editor)  # Their posts need an author.
        return password
    return ""


def collect_static_files() -> None:
    """Collect the static files if the requirements or a static file, of the project or the theme, changed since the last time."""
    from django.conf import settings
    from django.core.management import call_command

    sources = [
        ROOT / "requirements" / "base.txt",
        *sorted((ROOT / "apps").glob("*/static/**/*")),
        *sorted((settings.THEME_DIR / "static").glob("**/*")),
    ]
    digest = hashlib.sha256()
    for path in sources:
        if path.is_file():
            digest.update(path.as_posix().encode() + path.read_bytes())
    stamp = Path(settings.STATIC_ROOT) / ".collected"
    if stamp.exists() and stamp.read_text() == digest.hexdigest():
        return
    say("Collecting static files")
    call_command("collectstatic", interactive=False, verbosity=0, clear=stamp.exists())
    stamp.write_text(digest.hexdigest())


def serve() -> None:
    """Set up with every role loaded, then replace this process with gunicorn in the requested role."""
    read_env_file()
    port, role = port_number(), os.environ.get("ROLE", roles.ALL)
    try:
        roles.parse(role)
    except ValueError as error:
        fail(str(error))
    check_port(port)
    prepare_environment(port)
    environment = dict(os.environ)
    # Setting up needs the tables of all roles, and migrations need no time limit.
    os.environ |= {"ROLE": roles.ALL, "DATABASE_STATEMENT_SECONDS": "0"}
    password = set_up()
    os.environ.clear()
    os.environ |= environment
    os.environ["PORT"] = str(port)
    announce(port, roles.parse(role))
    if password:
        announce_account(password)
    # Nothing follows on the screen: the lines with which gunicorn starts and stops say what these have said.
    quiet = ["--log-level", "warning"]
    gunicorn = [sys.executable, "-m", "gunicorn", "--config", "blog_project/gunicorn.conf.py", *quiet]
    os.execv(sys.executable, [*gunicorn, "blog_project.asgi:application"])


def announce(port: int, served: frozenset[roles.Role]) -> None:
    """Print the addresses that this process serves."""
    base = f"http://localhost:{port}"
    lines = [
        (roles.Role.FRONTEND, "Site", "/"),
        (roles.Role.ADMIN, "Admin", "/admin/"),
        (roles.Role.READ, "API docs", "/api/docs/"),
    ]
    for role, name, path in lines:
        if role in served:
            say(f"  {name:<9} {base}{path}")
    say(f"  Serving   {' '.join(sorted(served))}; stop with Ctrl-C\n")


def announce_account(password: str) -> None:
    """Print the name and the password of a new account, as the last thing on the screen."""
    say(f"  Log in    editor  /  {password}")
    say('            (shown this once; for another: make manage ARGS="changepassword editor")\n')


def manage(arguments: list[str]) -> None:
    """Run a management command."""
    read_env_file()
    prepare_environment(port_number())
    os.execv(sys.executable, [sys.executable, "manage.py", *arguments])


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["serve"]:
            serve()
        case ["manage", *arguments]:
            manage(arguments)
        case _:
            sys.exit(__doc__)
