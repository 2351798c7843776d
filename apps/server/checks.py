"""System checks of the settings and of the database; each message has a hint how to fix the problem.

A value that cannot be parsed (`WSGI_THREADS=many`) stops the process earlier, in `settings.py`. `manage.py check` runs
these checks, and gunicorn does before it starts a worker; `manage.py check --database default` and `migrate` also run
those of the database.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connections
from django.http.request import validate_host

from blog_project.addresses import MEDIA
from blog_project.roles import ALL, Role

TAG = "broadsheet"
TLS_MODES = ("DISABLED", "PREFERRED", "REQUIRED", "VERIFY_CA", "VERIFY_IDENTITY")
"""The values of `ssl_mode` that the driver knows."""
_HOST = re.compile(r"\.?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?|\[[0-9a-f:.]+\]", re.IGNORECASE)
MIN_VERSIONS = {"sqlite": (3, 34), "mysql": (8, 4), "mariadb": (10, 11)}


@register(TAG)
def check_settings(app_configs=None, **kwargs) -> list[CheckMessage]:
    """Check everything that needs no database connection."""
    checks = (
        *(_site_address, _keys, _security_addresses, _mastodon_hosts, _limits, _uploads),
        *(_static_files, _former_templates, _sqlite, _database_tls, _images),
    )
    return [message for check in checks for message in check()]


def _site_address() -> Iterator[CheckMessage]:
    address = urlsplit(settings.SITE_URL)
    if address.scheme not in ("http", "https") or not address.hostname:
        yield Error(
            f"SITE_URL={settings.SITE_URL!r} is not an absolute address.",
            hint="Set it to the blog's public address with its scheme, such as https://blog.example.org.",
            id="broadsheet.E001",
        )
        return
    if address.path.strip("/") or address.query or address.fragment:
        yield Error(
            f"SITE_URL={settings.SITE_URL!r} has more than a scheme and a host.",
            hint=f"The blog is at the root of its host. Set SITE_URL={address.scheme}://{address.netloc}.",
            id="broadsheet.E002",
        )
    if settings.HTTPS and address.scheme == "http":
        yield Error(
            f"HTTPS is on, but SITE_URL={settings.SITE_URL!r} says http.",
            hint=f"Set SITE_URL=https://{address.netloc}, or HTTPS=0 where the blog is served without TLS.",
            id="broadsheet.E003",
        )
    yield from _hosts(address)


def _hosts(address: SplitResult) -> Iterator[CheckMessage]:
    """Check that the public address, and the origins that may send the admin's forms, are ones that are answered."""
    allowed = settings.ALLOWED_HOSTS
    # Django answers to some hosts of its own where the list is empty in development.
    is_checked = allowed or not settings.DEBUG
    host = f"[{address.hostname}]" if ":" in address.hostname else address.hostname
    # Only a warning, because a proxy may send another host than that of the public address.
    if is_checked and not validate_host(host, allowed):
        yield Warning(
            f"The host of SITE_URL, {host!r}, is not in ALLOWED_HOSTS={','.join(allowed)}: every page of it is a 400.",
            hint=f"Set ALLOWED_HOSTS={','.join([host, *allowed])}, or SITE_URL to the address of one of these hosts.",
            id="broadsheet.W004",
        )
    for name in allowed:
        # A port, a scheme or a path never matches: Django compares the host alone.
        if name != "*" and not _HOST.fullmatch(name):
            yield Error(
                f"ALLOWED_HOSTS has {name!r}, which is no host, so no request matches it.",
                hint=f"Write the host alone: {_host_in(name)}.",
                id="broadsheet.E022",
            )
    for origin in settings.CSRF_TRUSTED_ORIGINS:
        if urlsplit(origin).scheme not in ("http", "https") or urlsplit(origin).path:
            yield Error(
                f"CSRF_TRUSTED_ORIGINS has {origin!r}, which is no origin, so the admin's forms are refused from there.",
                hint=f"Write its scheme and host, and its port unless it is the usual one: https://{_host_in(origin)}.",
                id="broadsheet.E023",
            )
        elif settings.HTTPS and urlsplit(origin).scheme == "http":
            yield Error(
                f"HTTPS is on, but CSRF_TRUSTED_ORIGINS has {origin!r}: no form comes from there.",
                hint=f"Write https://{urlsplit(origin).netloc}.",
                id="broadsheet.E023",
            )


def _host_in(text: str) -> str:
    """Return the host in an address that somebody has written as a host."""
    try:
        return urlsplit(text if "//" in text else f"//{text}").hostname or "blog.example.org"
    except ValueError:
        return "blog.example.org"


def _keys() -> Iterator[CheckMessage]:
    for name in () if settings.DEBUG else ("SECRET_KEY", "SIGNING_KEY"):
        if len(getattr(settings, name)) < 32:
            yield Error(
                f"{name} has {len(getattr(settings, name))} characters; what it signs can be forged.",
                hint='Make one: python -c "import secrets; print(secrets.token_urlsafe(50))".',
                id="broadsheet.E005",
            )


def check_sessions() -> list[CheckMessage]:
    """Check that a process that serves the admin has a key for sessions; commands (the migration) need none."""
    if Role.ADMIN not in settings.ROLES or settings.HAS_SESSION_KEY:
        return []
    return [
        Error(
            "SECRET_KEY is not set, and this process serves the admin, whose sessions it signs.",
            hint='Set it to 50 random characters: python -c "import secrets; print(secrets.token_urlsafe(50))".',
            id="broadsheet.E026",
        )
    ]


def _security_addresses() -> Iterator[CheckMessage]:
    for contact in settings.SECURITY_CONTACTS:
        if not re.fullmatch(r"(?:mailto:[^@\s]+@[^@\s]+|https://\S+|tel:[+0-9-]+)", contact):
            yield Error(
                f"SECURITY_CONTACTS has {contact!r}, which is no address that security.txt can name.",
                hint="Write mailto:security@example.org, https://example.org/security or tel:+41-44-000-00-00.",
                id="broadsheet.E024",
            )
    if settings.CSP_REPORT_URL and not re.fullmatch(r"(?:https://|/(?!/))[^\s\";,]*", settings.CSP_REPORT_URL):
        yield Error(
            f"CSP_REPORT_URL={settings.CSP_REPORT_URL!r} is no address to which browsers send reports.",
            hint="Set it to an address with https, such as https://reports.example.org/csp, or leave it out.",
            id="broadsheet.E025",
        )


def _mastodon_hosts() -> Iterator[CheckMessage]:
    own = urlsplit(settings.SITE_URL).hostname
    for host in settings.MASTODON_HOSTS:
        if not re.fullmatch(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]+", host) or host == own:
            yield Error(
                f"MASTODON_HOSTS has {host!r}, which is no name of another server.",
                hint="Write names of hosts in small letters, without https:// and never this blog's own: mastodon.social.",
                id="broadsheet.E028",
            )


def _limits() -> Iterator[CheckMessage]:
    minimums = {
        "WSGI_THREADS": 1,
        "HEAVY_WORK_LIMIT": 1,
        "CHANGES_DAYS": 1,
        "LOGIN_ATTEMPTS": 1,
        "LOGIN_LOCK_MINUTES": 1,
        "LOGIN_ATTEMPTS_PER_NAME": 1,
        "LOGIN_ATTEMPTS_PER_NETWORK": 1,
        "LOGIN_ATTEMPTS_IN_ALL": 1,
        "SESSION_IDLE_HOURS": 1,
        "SESSION_MAX_DAYS": 1,
        "PASSWORD_AGAIN_MINUTES": 1,
        "API_TOKEN_DAYS": 1,
        "API_TOKEN_CACHE_SECONDS": 0,
        "REQUEST_BODY_LIMIT": 1,
        # One client may have half of it, and a body in memory one of them.
        "REQUEST_BODIES_MB": 2,
        "REQUEST_HEAD_SECONDS": 1,
        "REQUEST_BODY_SECONDS": 1,
        "REQUEST_BODY_RATE": 1,
        "MAX_CONNECTIONS": 8,
        "PAGE_CACHE_MB": 0,
        "DATABASE_STATEMENT_SECONDS": 0,
        "SECURE_HSTS_SECONDS": 0,
    }
    for name, value in minimums.items():
        if getattr(settings, name) < value:
            variable = name.removeprefix("SECURE_")
            yield Error(
                f"{variable}={getattr(settings, name)} is less than {value}.",
                hint=f"Set it to {value} or more, or leave it out for the default (see .env.example).",
                id="broadsheet.E006",
            )
    if settings.DATABASES["default"]["CONN_MAX_AGE"] < 0:
        yield Error(
            f"CONN_MAX_AGE={settings.DATABASES['default']['CONN_MAX_AGE']} is less than 0.",
            hint="Set it to the seconds that a database connection is kept, or to 0 for a new one per request.",
            id="broadsheet.E006",
        )


def _uploads() -> Iterator[CheckMessage]:
    folder = settings.FILE_UPLOAD_TEMP_DIR
    if folder and not (Path(folder).is_dir() and os.access(folder, os.W_OK)):
        yield Error(
            f"FILE_UPLOAD_TEMP_DIR={folder!r} is no folder that can be written to.",
            hint="Create it, or leave the variable out for the system's folder for temporary files.",
            id="broadsheet.E027",
        )


def _static_files() -> Iterator[CheckMessage]:
    has_pages = {Role.READ, Role.FRONTEND, Role.ADMIN} & settings.ROLES
    manifest = Path(settings.STATIC_ROOT) / "staticfiles.json"
    if has_pages and not settings.DEBUG and not manifest.is_file():
        yield Warning(
            f"STATIC_ROOT={settings.STATIC_ROOT!r} has no collected files: pages would answer 500.",
            hint="Run: manage.py collectstatic --noinput.",
            id="broadsheet.W007",
        )


def _former_templates() -> Iterator[CheckMessage]:
    former = Path(os.environ.get("TEMPLATE_DIR") or settings.BASE_DIR / "var" / "templates")
    if former.is_dir():
        yield Error(
            f"The templates in {former} are not read any more.",
            hint=f"Move them to {settings.THEME_DIR / 'templates'} (THEME_DIR), which can have static files too.",
            id="broadsheet.E035",
        )


def _sqlite() -> Iterator[CheckMessage]:
    database = settings.DATABASES["default"]
    if not database["ENGINE"].endswith("sqlite3") or str(database["NAME"]).startswith((":memory:", "file:")):
        return
    if settings.ROLE != ALL:
        yield Warning(
            f"ROLE={settings.ROLE} is a part of the blog, and SQLite is a file of one machine.",
            hint="Roles that run on several machines need one server: set DATABASE_URL to a MySQL or MariaDB.",
            id="broadsheet.W008",
        )
    folder = Path(database["NAME"]).absolute().parent
    if not folder.is_dir():
        yield Error(
            f"The folder of the database, {str(folder)!r}, does not exist.",
            hint="Create it, or set DATABASE_URL to a file in one that exists.",
            id="broadsheet.E009",
        )


def _database_tls() -> Iterator[CheckMessage]:
    options = settings.DATABASES["default"]["OPTIONS"]
    mode, files = options.get("ssl_mode"), options.get("ssl", {})
    verified = "Write ssl_mode=VERIFY_IDENTITY&ssl_ca=/path/of/the/authority.pem"
    if mode is not None and mode not in TLS_MODES:
        yield Error(
            f"DATABASE_URL has ssl_mode={mode}, which is none of {', '.join(TLS_MODES)}.",
            hint=f"{verified}, or ssl_mode=DISABLED for a connection without TLS.",
            id="broadsheet.E019",
        )
    elif mode == "VERIFY_CA" and _has_mariadbs_library():
        yield Error(
            "DATABASE_URL has ssl_mode=VERIFY_CA, but this driver, built with MariaDB's library, compares the name "
            "of the server with its certificate too.",
            hint="Write ssl_mode=VERIFY_IDENTITY, and as host a name that is in the certificate of the server.",
            id="broadsheet.E020",
        )
    # Unless it has to verify the server, the driver falls back to plain text with a server that offers no TLS.
    elif mode in ("PREFERRED", "REQUIRED") or (files and mode in (None, "DISABLED")):
        stated = f"ssl_mode={mode}" if mode else "certificates and no ssl_mode"
        yield Warning(
            f"DATABASE_URL has {stated}, which does not enforce TLS.",
            hint=f"{verified}, or ssl_mode=DISABLED alone to connect without TLS.",
            id="broadsheet.W012",
        )
    for name, path in files.items():
        if not Path(path).is_file():
            yield Error(
                f"DATABASE_URL has ssl_{name}={path}, and there is no such file.",
                hint="Correct the path, or put the file there. In the cluster, /etc/broadsheet/database has the keys of "
                "the ConfigMap broadsheet-database-ca.",
                id="broadsheet.E021",
            )


def _has_mariadbs_library() -> bool:
    """Return whether the driver was built with MariaDB Connector/C, and not with MySQL's library.

    The former has versions such as 3.3.20 (or those of its server, 10 and 11), the latter those of MySQL: 5.7, 8, 9.
    """
    import MySQLdb  # Imported here, because the driver is only installed where it is used.

    major = int(MySQLdb.get_client_info().partition(".")[0])
    return not 5 <= major <= 9


def _images() -> Iterator[CheckMessage]:
    yield from _media_url()
    yield from (_bucket() if settings.MEDIA_BUCKET else _no_bucket())


def _media_url() -> Iterator[CheckMessage]:
    address, is_path = settings.MEDIA_URL, settings.MEDIA_URL == MEDIA
    if not is_path and (not address.startswith(("https://", "http://")) or not address.endswith("/")):
        yield Error(
            f"MEDIA_URL={address!r} is neither {MEDIA} nor a full address that ends with a slash.",
            hint="Set it to where readers find images, such as https://images.example.org/blog/.",
            id="broadsheet.E013",
        )
    elif settings.HTTPS and address.startswith("http://"):
        yield Error(
            f"HTTPS is on, but MEDIA_URL={address!r} says http: browsers block such images.",
            hint="Set MEDIA_URL to an address with https.",
            id="broadsheet.E013",
        )


def _bucket() -> Iterator[CheckMessage]:
    options = settings.MEDIA_BUCKET_OPTIONS
    if settings.MEDIA_URL == MEDIA:
        yield Error(
            "MEDIA_BUCKET is set and MEDIA_URL is not, so readers would be led from /media/ to /media/.",
            hint="Set MEDIA_URL to the public address of the bucket, or of the CDN before it.",
            id="broadsheet.E014",
        )
    if bool(options["MEDIA_ACCESS_KEY"]) != bool(options["MEDIA_SECRET_KEY"]):
        yield Error(
            "Of MEDIA_ACCESS_KEY and MEDIA_SECRET_KEY only one is set.",
            hint="Set both, or neither where the machine has an identity of its own (an IAM role).",
            id="broadsheet.E015",
        )
    if options["MEDIA_ENDPOINT"] and not options["MEDIA_ENDPOINT"].startswith(("https://", "http://")):
        yield Error(
            f"MEDIA_ENDPOINT={options['MEDIA_ENDPOINT']!r} is not an absolute address.",
            hint="Set it to the server of the bucket, such as https://s3.example.org; leave it out for Amazon's.",
            id="broadsheet.E016",
        )


def _no_bucket() -> Iterator[CheckMessage]:
    if ignored := [name for name, value in settings.MEDIA_BUCKET_OPTIONS.items() if value]:
        yield Error(
            f"{', '.join(ignored)} without MEDIA_BUCKET: images would be kept on disk.",
            hint="Set MEDIA_BUCKET to the name of the bucket, or take the others out.",
            id="broadsheet.E017",
        )
    root = Path(settings.MEDIA_ROOT).absolute()
    nearest = next(path for path in (root, *root.parents) if path.exists())
    writes = {Role.CREATE, Role.DELETE, Role.ADMIN} & settings.ROLES
    if writes and not (nearest.is_dir() and os.access(nearest, os.W_OK)):
        yield Warning(
            f"MEDIA_ROOT={settings.MEDIA_ROOT!r} cannot be written to, so no image can be uploaded.",
            hint="Set it to a folder that all roles share, or set MEDIA_BUCKET (docs/images.md).",
            id="broadsheet.W018",
        )


@register(Tags.database)
def check_database(app_configs=None, databases=None, **kwargs) -> list[CheckMessage]:
    """Check that each of `databases` is of a supported kind and version."""
    return [message for alias in databases or () for message in _database_version(connections[alias])]


def _database_version(connection) -> Iterator[CheckMessage]:
    name = "mariadb" if getattr(connection, "mysql_is_mariadb", False) else connection.vendor
    minimum, found = MIN_VERSIONS.get(name), connection.get_database_version()
    if minimum is None:
        yield Error(
            f"The blog does not run on {connection.vendor}.",
            hint="Set DATABASE_URL to a SQLite file, or to a MySQL or MariaDB server.",
            id="broadsheet.E010",
        )
    elif found < minimum:
        yield Error(
            f"{name} {'.'.join(map(str, found))} is too old: the blog needs {'.'.join(map(str, minimum))}.",
            hint="Upgrade the server, or set DATABASE_URL to another.",
            id="broadsheet.E011",
        )
