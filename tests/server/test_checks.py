"""System checks: each wrong setting is reported with a hint; production settings pass all checks."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace

import pytest
from django.conf import settings as django_settings
from django.core import checks as django_checks

from apps.server import checks
from blog_project import roles
from tests import servers
from tests.programs import need_driver

pytestmark = pytest.mark.slow


def message_ids(**_) -> list[str]:
    return [message.id for message in checks.check_settings()]


@pytest.fixture
def production(settings, tmp_path, monkeypatch):
    """Valid production settings."""
    (tmp_path / "staticfiles.json").write_text("{}")
    settings.DEBUG = False
    settings.HTTPS = True
    settings.SITE_URL = "https://blog.example.org"
    settings.ALLOWED_HOSTS = ["blog.example.org"]
    settings.STATIC_ROOT = str(tmp_path)
    settings.SECRET_KEY = "k" * 50
    database = {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": tmp_path / "blog.sqlite3",
        "CONN_MAX_AGE": 0,
        "OPTIONS": {},
    }
    monkeypatch.setattr(django_settings._wrapped, "DATABASES", {"default": database})
    return settings


def test_valid_production_settings_cause_no_messages(production):
    assert message_ids() == []


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("SITE_URL", "blog.example.org", "broadsheet.E001"),
        ("SITE_URL", "ftp://blog.example.org", "broadsheet.E001"),
        ("SITE_URL", "https://", "broadsheet.E001"),
        ("SITE_URL", "https://blog.example.org/blog/", "broadsheet.E002"),
        ("SITE_URL", "https://blog.example.org/?a=b", "broadsheet.E002"),
        ("SITE_URL", "http://blog.example.org", "broadsheet.E003"),
        ("ALLOWED_HOSTS", ["www.example.org"], "broadsheet.W004"),
        ("ALLOWED_HOSTS", [], "broadsheet.W004"),
        ("ALLOWED_HOSTS", ["blog.example.org", "https://www.example.org"], "broadsheet.E022"),
        ("ALLOWED_HOSTS", ["blog.example.org", "www.example.org:8443"], "broadsheet.E022"),
        ("ALLOWED_HOSTS", ["blog.example.org", "*.example.org"], "broadsheet.E022"),
        ("CSRF_TRUSTED_ORIGINS", ["admin.example.org"], "broadsheet.E023"),
        ("CSRF_TRUSTED_ORIGINS", ["https://admin.example.org/admin/"], "broadsheet.E023"),
        ("CSRF_TRUSTED_ORIGINS", ["http://admin.example.org"], "broadsheet.E023"),
        ("SECRET_KEY", "short", "broadsheet.E005"),
        ("SECURITY_CONTACTS", ["security@example.org"], "broadsheet.E024"),
        ("SECURITY_CONTACTS", ["http://example.org/security"], "broadsheet.E024"),
        ("MASTODON_HOSTS", ["https://social.example"], "broadsheet.E028"),
        ("MASTODON_HOSTS", ["social.example; script-src *"], "broadsheet.E028"),
        ("CSP_REPORT_URL", "http://reports.example.org", "broadsheet.E025"),
        ("CSP_REPORT_URL", "https://reports.example.org/; script-src *", "broadsheet.E025"),
        ("WSGI_THREADS", 0, "broadsheet.E006"),
        ("REQUEST_BODY_LIMIT", -1, "broadsheet.E006"),
        ("REQUEST_BODIES_MB", 1, "broadsheet.E006"),
        ("REQUEST_HEAD_SECONDS", 0, "broadsheet.E006"),
        ("REQUEST_BODY_SECONDS", 0, "broadsheet.E006"),
        ("REQUEST_BODY_RATE", 0, "broadsheet.E006"),
        ("MAX_CONNECTIONS", 1, "broadsheet.E006"),
        ("FILE_UPLOAD_TEMP_DIR", "/no/such/folder", "broadsheet.E027"),
        ("PAGE_CACHE_MB", -1, "broadsheet.E006"),
        ("DATABASE_STATEMENT_SECONDS", -1, "broadsheet.E006"),
        ("SECURE_HSTS_SECONDS", -1, "broadsheet.E006"),
        ("STATIC_ROOT", "no/such/folder", "broadsheet.W007"),
        ("ROLE", "read", "broadsheet.W008"),
    ],
)
def test_a_wrong_setting_is_reported_with_a_hint(production, name, value, expected):
    setattr(production, name, value)
    (message,) = checks.check_settings()
    assert message.id == expected
    assert message.hint


def test_a_missing_database_folder_is_reported(production, tmp_path):
    production.DATABASES["default"]["NAME"] = tmp_path / "missing" / "blog.sqlite3"
    assert message_ids() == ["broadsheet.E009"]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"ssl_mode": "VERIFY_IDENTITY"}, []),
        ({"ssl_mode": "VERIFY_IDENTITY", "ssl": {"ca": __file__}}, []),
        ({"ssl_mode": "DISABLED"}, []),
        ({"ssl_mode": "PREFERRED"}, ["broadsheet.W012"]),
        ({"ssl_mode": "REQUIRED"}, ["broadsheet.W012"]),
        ({"ssl_mode": "REQUIRED", "ssl": {"ca": __file__}}, ["broadsheet.W012"]),
        # The driver uses a certificate in both cases, if the server offers TLS.
        ({"ssl_mode": "DISABLED", "ssl": {"ca": __file__}}, ["broadsheet.W012"]),
        ({"ssl": {"ca": __file__}}, ["broadsheet.W012"]),
        ({"ssl_mode": "verify_identity"}, ["broadsheet.E019"]),
        ({"ssl_mode": ""}, ["broadsheet.E019"]),
        ({"ssl_mode": "VERIFY_IDENTITY", "ssl": {"ca": "no/such/file"}}, ["broadsheet.E021"]),
        ({"ssl_mode": "VERIFY_IDENTITY", "ssl": {"cert": "no/such", "key": "file"}}, ["broadsheet.E021"] * 2),
    ],
)
def test_database_tls_that_is_not_enforced_or_cannot_work_is_reported(production, options, expected):
    production.DATABASES["default"]["OPTIONS"] = options
    assert message_ids() == expected


def test_a_negative_connection_age_is_reported(production):
    production.DATABASES["default"]["CONN_MAX_AGE"] = -1
    assert message_ids() == ["broadsheet.E006"]


def test_a_role_without_pages_needs_no_static_files(production):
    production.STATIC_ROOT = "no/such/folder"
    production.ROLES = frozenset({roles.Role.CREATE})
    assert message_ids() == []


def test_in_development_too_a_public_address_that_is_not_answered_is_reported(production):
    production.DEBUG, production.HTTPS = True, False
    production.SITE_URL, production.ALLOWED_HOSTS = "http://blog.test:8000", ["localhost"]
    (message,) = checks.check_settings()
    assert message.id == "broadsheet.W004"
    assert "'blog.test'" in message.msg
    assert "ALLOWED_HOSTS=blog.test,localhost" in message.hint
    production.ALLOWED_HOSTS = []
    assert message_ids() == []


@pytest.mark.parametrize(
    ("address", "hosts"),
    [
        ("https://blog.example.org:8443", ["blog.example.org"]),
        ("https://[::1]:8443", ["[::1]"]),
        ("https://Blog.Example.org", ["blog.example.org"]),
        ("https://blog.example.org", ["*"]),
        ("https://blog.example.org", ["10.0.0.1", "blog.example.org.", "my_host", ".example.org"]),
    ],
)
def test_valid_hosts_cause_no_messages(production, address, hosts):
    production.SITE_URL, production.ALLOWED_HOSTS = address, hosts
    production.CSRF_TRUSTED_ORIGINS = ["https://admin.example.org", "https://*.example.org:8443"]
    assert message_ids() == []


def test_a_trailing_slash_and_a_wildcard_host_are_valid(production):
    production.SITE_URL = "https://blog.example.org/"
    production.ALLOWED_HOSTS = [".example.org"]
    assert message_ids() == []


def test_the_database_of_the_tests_is_new_enough(db):
    assert django_checks.run_checks(tags=[django_checks.Tags.database], databases=["default"]) == []


@pytest.mark.parametrize(
    ("vendor", "is_mariadb", "version", "expected"),
    [
        ("sqlite", False, (3, 31, 1), "broadsheet.E011"),
        ("mysql", False, (8, 0, 40), "broadsheet.E011"),
        ("mysql", True, (10, 6, 4), "broadsheet.E011"),
        ("postgresql", False, (17,), "broadsheet.E010"),
    ],
)
def test_an_old_or_unsupported_database_is_reported(monkeypatch, vendor, is_mariadb, version, expected):
    connection = SimpleNamespace(vendor=vendor, mysql_is_mariadb=is_mariadb, get_database_version=lambda: version)
    monkeypatch.setattr(checks, "connections", {"default": connection})
    (message,) = checks.check_database(databases=["default"])
    assert (message.id, bool(message.hint)) == (expected, True)


@pytest.mark.parametrize("role", [roles.ALL, *roles.Role])
def test_production_settings_pass_the_deployment_checks_in_every_role(bare_environment, tmp_path, role):
    need_driver()
    (tmp_path / "staticfiles.json").write_text("{}")
    environment = bare_environment | {
        "ROLE": role,
        "DEBUG": "0",
        "SECRET_KEY": "Zq3n-8Kd_wV5tYb1Xh7Rm2Lc9Pf4Gs6Jj0UaEeTiOoNyBuCvWxQ",
        "SITE_URL": "https://blog.example.org",
        "ALLOWED_HOSTS": "blog.example.org",
        "DATABASE_URL": "mysql://blog:secret@db.example.org/blog",
        "STATIC_ROOT": str(tmp_path),
    }
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        env=environment,
        cwd=servers.ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout
