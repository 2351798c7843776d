"""Many writers at once against a real server, and a database connection that gets in their way."""

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
"""How often what must hold each time is tried. By hand: TEST_REPEATS=100."""

MAKE_EDITOR = """
from django.contrib.auth.models import Group, User
user = User.objects.create_user("writer")
user.groups.add(Group.objects.get(name="Editors"))
"""


class Answer(NamedTuple):
    """What a writer is told."""

    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def json(self) -> dict[str, Any]:
        return json.loads(self.content)

    @property
    def kept(self) -> tuple:
        """All that must be the same where a request is answered again."""
        return self.status, self.headers.get("Location"), self.headers.get("ETag"), self.content


class Writers:
    """Editors with a token of one server."""

    def __init__(self, server: Server) -> None:
        self.server = server
        server.shell(MAKE_EDITOR)
        self.token = server.manage("create_token", "--user=writer", "--scopes=create,read,update,delete").split()[-1]

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Send one request; paths are relative to /api/v1/ unless they are whole."""
        headers = {"Authorization": f"Bearer {self.token}", "Content_Type": "application/json"} | headers
        address = urlsplit(path).path if path.startswith("http") else f"/api/v1/{path}"
        content = b"" if body is None else json.dumps(body).encode()
        response, answer = Client(self.server.url).ask(method, address, content, **headers)
        return Answer(response.status, dict(response.headers), answer)

    def together(self, number: int, send: Callable[[int], Answer]) -> list[Answer]:
        """Have so many send at the same moment; return what they were answered."""
        ready = threading.Barrier(number)

        def one(which: int) -> Answer:
            ready.wait()
            return send(which)

        with ThreadPoolExecutor(number) as crowd:
            return list(crowd.map(one, range(number)))

    def ask(self, expression: str) -> Any:
        """Evaluate an expression over the models, in a process of its own."""
        imports = "import json; from apps.posts.models import *; from apps.api.models import *"
        return json.loads(self.server.shell(f"{imports}; print(json.dumps({expression}))"))


class Rival:
    """A connection of somebody else to the database of a server, which holds what its writers need."""

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
        # Of two in a deadlock the one that has written less is chosen.
        self.execute("CREATE TABLE IF NOT EXISTS rival (id INT PRIMARY KEY, value INT) ENGINE=InnoDB")
        self.execute("INSERT IGNORE INTO rival VALUES " + ", ".join(f"({number}, 0)" for number in range(200)))
        self.connection.commit()

    def execute(self, statement: str, *values: Any) -> tuple:
        """Run a statement in the transaction that is open, or in a new one; return its rows."""
        with self.connection.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall()

    @contextmanager
    def holding_the_counter(self) -> Iterator[None]:
        """Hold the row that every writer of public content needs last; let go of it afterwards."""
        self.connection.begin()
        self.execute("UPDATE rival SET value = value + 1")
        self.execute("UPDATE core_contentgeneration SET value = value + 1 WHERE id = 1")
        try:
            yield
        finally:
            self.connection.commit()

    def wait_for_writers(self, number: int = 1, statement: str = "UPDATE `core_contentgeneration`") -> None:
        """Wait until so many others are in the middle of a statement."""
        wait_for(lambda: self._at(statement) >= number, f"{number} to be at {statement}")

    def _at(self, statement: str) -> int:
        # Without FULL it shows the beginnings of statements: MySQL cannot show the bytes that come later in some.
        listed = self.execute("SHOW PROCESSLIST")
        return sum(row[3] == self.name and (row[7] or "").startswith(statement) for row in listed)

    def deadlocks(self) -> int:
        """Return how many the server has seen since it was started; MariaDB and MySQL count in different places."""
        of_mariadb = self.execute("SHOW GLOBAL STATUS LIKE 'Innodb_deadlocks'")
        if of_mariadb:
            return int(of_mariadb[0][1])
        select = "SELECT count FROM information_schema.innodb_metrics WHERE name = 'lock_deadlocks'"
        return self.execute(select)[0][0]

    def close(self) -> None:
        """Leave."""
        self.connection.close()


@contextmanager
def rival_of(server: Server) -> Iterator[Rival]:
    """Connect one."""
    with closing(Rival(server.env["DATABASE_URL"])) as rival:
        yield rival
