"""Database connections: each option takes effect on the real server."""

from __future__ import annotations

import json

import pytest
from django.db import OperationalError

from tests import servers
from tests.programs import need_driver

SHOW = """
import json
from django.db import connection
with connection.cursor() as cursor:
    answers = {}
    for statement in %r:
        cursor.execute(statement)
        answers[statement] = cursor.fetchone()[0]
settings = connection.settings_dict
answers["CONN_MAX_AGE"], answers["CONN_HEALTH_CHECKS"] = settings["CONN_MAX_AGE"], settings["CONN_HEALTH_CHECKS"]
answers["OPTIONS"] = settings["OPTIONS"]
print(json.dumps(answers, default=str))
"""


def show(url: str, *statements: str, **extra: str) -> dict:
    """Return the result of each statement in a process on the database at `url`, and its connection settings."""
    environment = servers.environment(url, DATABASE_STATEMENT_SECONDS="10") | extra
    done = servers.manage(environment, "shell", "--no-imports", "-c", SHOW % (statements,))
    return json.loads(done.stdout)


def test_sqlite_uses_wal_and_immediate_transactions(tmp_path):
    url = f"sqlite:///{tmp_path / 'blog.sqlite3'}"
    found = show(url, "PRAGMA journal_mode", "PRAGMA synchronous", "PRAGMA busy_timeout", "PRAGMA foreign_keys")
    assert found["PRAGMA journal_mode"] == "wal"
    assert found["PRAGMA synchronous"] == 1
    assert found["PRAGMA busy_timeout"] == 5000
    assert found["PRAGMA foreign_keys"] == 1
    assert found["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert found["CONN_MAX_AGE"] == 300


@pytest.fixture(scope="module")
def mysql(databases) -> str:
    """The URL of a database on the server of the tests."""
    if not databases.server_url.startswith("mysql"):
        pytest.skip("needs TEST_DATABASE_URL=mysql://…")
    return databases.new()


def test_mysql_is_strict_and_uses_read_committed_and_utf8mb4(mysql):
    found = show(
        mysql,
        "SELECT @@sql_mode",
        "SELECT @@transaction_isolation" if not _is_mariadb() else "SELECT @@tx_isolation",
        "SELECT @@character_set_connection",
        "SELECT @@innodb_lock_wait_timeout",
    )
    modes = found["SELECT @@sql_mode"].split(",")
    assert {"STRICT_TRANS_TABLES", "STRICT_ALL_TABLES", "ONLY_FULL_GROUP_BY", "NO_ZERO_DATE"} <= set(modes)
    assert "READ-COMMITTED" in found.values()
    assert found["SELECT @@character_set_connection"] == "utf8mb4"
    assert found["SELECT @@innodb_lock_wait_timeout"] == 5
    assert (found["CONN_MAX_AGE"], found["CONN_HEALTH_CHECKS"]) == (300, True)
    timeouts = {name: value for name, value in found["OPTIONS"].items() if name.endswith("_timeout")}
    assert timeouts == {"connect_timeout": 2, "read_timeout": 15, "write_timeout": 15}


def test_the_statement_timeout_on_mysql_is_set_and_can_be_disabled(mysql):
    variable = "SELECT @@max_statement_time" if _is_mariadb() else "SELECT @@max_execution_time / 1000"
    assert float(show(mysql, variable)[variable]) == 10
    unbounded = show(mysql, variable, DATABASE_STATEMENT_SECONDS="0")
    assert float(unbounded[variable]) == 0
    assert "read_timeout" not in unbounded["OPTIONS"]


def test_a_statement_that_exceeds_its_timeout_is_aborted_by_the_server(mysql):
    if not _is_mariadb():
        pytest.skip("MySQL lets SLEEP run into its limit and return 1 without an error")
    code = "from django.db import connection; connection.cursor().execute('SELECT SLEEP(20)')"
    environment = servers.environment(mysql, DATABASE_STATEMENT_SECONDS="1")
    with pytest.raises(servers.subprocess.CalledProcessError) as caught:
        servers.manage(environment, "shell", "--no-imports", "-c", code)
    assert OperationalError.__name__ in caught.value.stderr
    assert "max_statement_time exceeded" in caught.value.stderr


def test_options_in_the_url_are_passed_to_the_driver_and_override_defaults(mysql):
    found = show(
        f"{mysql}?connect_timeout=7&init_command=SET+innodb_lock_wait_timeout=9",
        "SELECT 1",
        "SELECT @@innodb_lock_wait_timeout",
    )
    assert found["OPTIONS"]["connect_timeout"] == 7
    assert found["SELECT @@innodb_lock_wait_timeout"] == 9
    assert found["OPTIONS"]["charset"] == "utf8mb4"


def test_certificates_in_the_url_are_passed_to_the_driver(bare_environment):
    need_driver()
    environment = bare_environment | {
        "DEBUG": "1",
        "DATABASE_URL": "mysql://u:p@h/blog?ssl_mode=VERIFY_IDENTITY&ssl_ca=/etc/ca.pem&ssl_cert=/c.pem&ssl_key=/k.pem",
    }
    code = (
        "from blog_project.settings import DATABASES; import json; print(json.dumps(DATABASES['default']['OPTIONS']))"
    )
    done = servers.subprocess.run(
        [servers.sys.executable, "-c", code],
        env=environment,
        cwd=servers.ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    options = json.loads(done.stdout)
    assert options["ssl"] == {"ca": "/etc/ca.pem", "cert": "/c.pem", "key": "/k.pem"}
    assert options["ssl_mode"] == "VERIFY_IDENTITY"
    assert not [name for name in options if name.startswith("ssl_c") or name == "ssl_key"]


def _is_mariadb() -> bool:
    from django.db import connection

    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT VERSION()")
        return "MariaDB" in cursor.fetchone()[0]


@pytest.fixture(autouse=True)
def _database_allowed(db):
    """`_is_mariadb` queries the version on the tests' own connection."""
