"""Concurrent writes to a real server, and a database connection that holds conflicting locks."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from tests.server.clients import Client, wait_for
from tests.servers import Server

REPEATS = int(os.environ.get("TEST_REPEATS", "2"))
"""How often tests of concurrency are repeated. To run more by hand: TEST_REPEATS=100."""

MAKE_EDITOR = """
from django.contrib.auth.models import Group, User
user = User.objects.create_user("writer")
user.groups.add(Group.objects.get(name="Editors"))
"""


class ApiResponse(NamedTuple):
    """A response with its content."""

    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def json(self) -> dict[str, Any]:
        return json.loads(self.content)

    @property
    def stored_parts(self) -> tuple:
        """The parts that are the same when the response is repeated for an Idempotency-Key."""
        return self.status, self.headers.get("Location"), self.headers.get("ETag"), self.content


class Writers:
    """Sends requests to a server with the token of an editor."""

    def __init__(self, server: Server) -> None:
        self.server = server
        server.shell(MAKE_EDITOR)
        self.token = server.manage("create_token", "--user=writer", "--scopes=create,read,update,delete").split()[-1]

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> ApiResponse:
        """Send a request. A path is relative to /api/v1/; an absolute URL is used as is."""
        headers = {"Authorization": f"Bearer {self.token}", "Content_Type": "application/json"} | headers
        url_path = urlsplit(path).path if path.startswith("http") else f"/api/v1/{path}"
        request_content = b"" if body is None else json.dumps(body).encode()
        response, content = Client(self.server.url).request(method, url_path, request_content, **headers)
        return ApiResponse(response.status, dict(response.headers), content)

    def send_concurrently(self, number: int, send: Callable[[int], ApiResponse]) -> list[ApiResponse]:
        """Call `send` with each index below `number` at the same time, and return the responses."""
        barrier = threading.Barrier(number)

        def wait_and_send(index: int) -> ApiResponse:
            barrier.wait()
            return send(index)

        with ThreadPoolExecutor(number) as executor:
            return list(executor.map(wait_and_send, range(number)))

    def evaluate(self, expression: str) -> Any:
        """Evaluate an expression with the models in a separate process, and return its JSON value."""
        imports = "import json; from apps.posts.models import *; from apps.api.models import *"
        return json.loads(self.server.shell(f"{imports}; print(json.dumps({expression}))"))


class Rival:
    """Another connection to the database of a server, which locks rows that the server's writes need."""

    def __init__(self, database_url: str) -> None:
        import MySQLdb

        parts = urlsplit(database_url)
        self.name = parts.path.strip("/")
        self.connection = MySQLdb.connect(
            host=parts.hostname,
            port=parts.port or 3306,
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            database=self.name,
            charset="utf8mb4",
        )
        # InnoDB rolls back the transaction of a deadlock that has written fewer rows.
        self.execute("CREATE TABLE IF NOT EXISTS rival (id INT PRIMARY KEY, value INT) ENGINE=InnoDB")
        self.execute("INSERT IGNORE INTO rival VALUES " + ", ".join(f"({number}, 0)" for number in range(200)))
        self.connection.commit()

    def execute(self, statement: str, *values: Any) -> tuple:
        """Run a statement in the current transaction, or in a new one, and return its rows."""
        with self.connection.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall()

    @contextmanager
    def locking_the_generation(self) -> Iterator[None]:
        """Lock the content generation, the last row that a write needs, within the block."""
        self.connection.begin()
        self.execute("UPDATE rival SET value = value + 1")
        self.execute("UPDATE core_contentgeneration SET value = value + 1 WHERE id = 1")
        try:
            yield
        finally:
            self.connection.commit()

    def wait_until_executing(self, number: int = 1, statement: str = "UPDATE `core_contentgeneration`") -> None:
        """Wait until `number` connections are executing a statement that begins with `statement`."""
        wait_for(lambda: self._count_executing(statement) >= number, f"{number} connections to execute {statement}")

    def _count_executing(self, statement: str) -> int:
        # Not FULL, because MySQL cannot show the binary data in some statements; the beginnings are enough.
        processes = self.execute("SHOW PROCESSLIST")
        return sum(row[3] == self.name and (row[7] or "").startswith(statement) for row in processes)

    def deadlocks(self) -> int:
        """Return the number of deadlocks since the start of the database server, of MariaDB or MySQL."""
        mariadb_status = self.execute("SHOW GLOBAL STATUS LIKE 'Innodb_deadlocks'")
        if mariadb_status:
            return int(mariadb_status[0][1])
        select = "SELECT count FROM information_schema.innodb_metrics WHERE name = 'lock_deadlocks'"
        return self.execute(select)[0][0]

    def close(self) -> None:
        self.connection.close()


@contextmanager
def connect_rival(server: Server) -> Iterator[Rival]:
    """Open a rival connection to the database of a server, and close it at the end."""
    with closing(Rival(server.env["DATABASE_URL"])) as rival:
        yield rival
