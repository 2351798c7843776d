"""CI fails for a known vulnerability of a package of production, unless it is accepted for a while."""

from __future__ import annotations

import json
import threading
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.servers import free_port
from tools import audit

pytestmark = [pytest.mark.any_database, pytest.mark.slow]

TODAY = date(2026, 1, 15)
ID = "PYSEC-2026-1"


class Database(BaseHTTPRequestHandler):
    """Knows one vulnerability, in every version of Django below 99, in the form of OSV."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        name = asked["package"]["name"].lower()
        affected = [
            {
                "package": {"name": "django", "ecosystem": "PyPI"},
                "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "99"}]}],
            }
        ]
        known = {"id": ID, "summary": "Made up", "published": "2026-01-01T00:00:00Z", "affected": affected}
        answer = json.dumps({"vulns": [known]} if name == "django" else {}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *words: object) -> None:
        """Log nothing."""


@pytest.fixture
def database(monkeypatch):
    """A server that answers like OSV."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Database) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("OSV_URL", f"http://127.0.0.1:{server.server_port}/v1/query")
        yield
        server.shutdown()


def test_a_known_vulnerability_is_a_problem(database):
    [line] = audit.problems(TODAY)
    assert line.startswith("django 5.2.")
    assert line.endswith(f": {ID}, fixed in 99")


@pytest.mark.parametrize(("until", "expected"), [(date(2026, 1, 15), 0), (date(2026, 1, 14), 1)])
def test_it_is_accepted_until_a_day(database, monkeypatch, until, expected):
    monkeypatch.setattr(audit, "ACCEPTED", {ID: audit.Accepted("nobody calls it", until)})
    assert len(audit.problems(TODAY)) == expected


def test_an_acceptance_of_what_is_not_found_is_a_problem(database, monkeypatch):
    accepted = {ID: audit.Accepted("nobody calls it", TODAY), "PYSEC-2026-2": audit.Accepted("old", TODAY)}
    monkeypatch.setattr(audit, "ACCEPTED", accepted)
    assert audit.problems(TODAY) == ["ACCEPTED names PYSEC-2026-2, which is not found any more"]


def test_a_database_that_does_not_answer_is_not_taken_for_one_that_finds_nothing(monkeypatch):
    monkeypatch.setenv("OSV_URL", f"http://127.0.0.1:{free_port()}/v1/query")
    with pytest.raises(audit.NoAnswer):
        audit.problems(TODAY)
