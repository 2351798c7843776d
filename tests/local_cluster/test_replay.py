"""The split answers like the monolith: thousands of requests are sent to both in the same order and compared.

Both start with equal databases, the same settings and the same static files. The allowed differences are listed below
with their reasons. A listed difference that never occurs is out of date and fails the test.
"""

from __future__ import annotations

import json
import re
import socket
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http.client import HTTPException, HTTPResponse
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

import pytest

from apps.core import signing
from tests import servers
from tests.local_cluster import over_http, recording
from tests.local_cluster.recording import Request
from tests.local_cluster.sites import running

pytestmark = pytest.mark.server

SECONDS = 60
MAX_SHOWN = 15
"""The number of differences that a report shows."""

UNCOMPARED = {
    "date": "the time of the response",
    "server": "the server program, which differs on purpose",
    "connection": "hop-by-hop (RFC 9110, 7.6.1)",
    "keep-alive": "hop-by-hop",
    "transfer-encoding": "hop-by-hop",
    "content-length": "http.client checks it against the body, which is compared",
}
"""Headers that are not compared."""


class Answer(NamedTuple):
    """A response; the status is 0 if the connection was closed without one."""

    status: int
    headers: dict[str, str]
    body: bytes

    def __str__(self) -> str:
        """Return the response for the report of a difference."""
        headers = "".join(f"\n    {name}: {value}" for name, value in sorted(self.headers.items()))
        return f"{self.status}{headers}\n    {self.body[:1500]!r}"


@dataclass
class Site:
    """One of the two sites, with values of its earlier responses."""

    address: tuple[str, int]
    secrets: dict[str, str]
    tags: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    known: dict[str, str] = field(default_factory=lambda: {"next": "/api/v1/posts/", "stylesheet": "/static/"})
    connection: socket.socket | None = None

    def send(self, request: Request) -> Answer:
        """Send a request and store the values of later placeholders: ETags, the next page, the stylesheet."""
        target = self._fill_in(request.target, request)
        answer = self._send(request, target)
        path = target.split("?")[0]
        for place in {path, urlsplit(answer.headers.get("location", "")).path} - {""}:
            if tag := answer.headers.get("etag"):
                known = self.tags[place]
                if tag not in known[-1:]:
                    known.append(tag)
        if path.startswith("/api/v1/") and b'"results":' in answer.body:
            self.known["next"] = self._path(json.loads(answer.body)["next"]) or "/api/v1/posts/"
        if sheet := re.search(rb'<link rel="stylesheet" href="([^"]+)"', answer.body):
            self.known["stylesheet"] = sheet[1].decode()
        return answer

    @staticmethod
    def _path(url: str | None) -> str:
        parts = urlsplit(url or "")
        return f"{parts.path}?{parts.query}" if url else ""

    def _fill_in(self, text: str, request: Request) -> str:
        def value(match: re.Match) -> str:
            tags = ['"0-00000000"', '"0-00000000"', *self.tags.get(self._path_of(request), [])]
            named = {"etag": tags[-1], "stale": tags[-2], **self.known, **self.secrets}
            return named[match[1]]

        return re.sub("<([a-z]+)>", value, text)

    def _path_of(self, request: Request) -> str:
        return self.known.get(request.target.strip("<>"), request.target).split("?")[0]

    def _send(self, request: Request, target: str) -> Answer:
        """Send a request on the open connection, if there is one; nothing is retried."""
        message = self._message(request, target)
        if self.connection is None:
            self.connection = socket.create_connection(self.address, timeout=SECONDS)
        try:
            return self._exchange(request, message)
        except (HTTPException, OSError):
            self._close()
            return Answer(0, {}, b"")

    def _message(self, request: Request, target: str) -> bytes:
        """Return a request's bytes. (HTTP libraries refuse to send many of these requests.)"""
        headers = [("Host", request.host)] if request.host is not None else []
        headers += [(name, self._fill_in(value, request)) for name, value in request.headers]
        if request.body and not {"content-length", "transfer-encoding"} & {name.lower() for name, _value in headers}:
            headers.append(("Content-Length", str(len(request.body))))
        head = "".join(f"{name}: {value}\r\n" for name, value in headers)
        return f"{request.method} {target} HTTP/1.1\r\n{head}\r\n".encode() + request.body

    def _exchange(self, request: Request, message: bytes) -> Answer:
        with suppress(
            BrokenPipeError, ConnectionResetError
        ):  # Refused before it was sent completely; the response can be read.
            self.connection.sendall(message)
        received = HTTPResponse(self.connection, method=request.method)
        received.begin()
        headers: dict[str, str] = {}
        for name, value in received.getheaders():
            headers[name.lower()] = f"{headers[name.lower()]}, {value}" if name.lower() in headers else value
        answer = Answer(received.status, headers, received.read())
        if received.will_close:
            self._close()
        return answer

    def _close(self) -> None:
        self.connection.close()
        self.connection = None


# Allowed differences


@dataclass(frozen=True)
class Exemption:
    """Requests whose responses may differ, with the reason."""

    name: str
    reason: str
    applies: Callable[[Request, Answer, Answer], bool]


def _by_envoy(matches: Callable[[Request], bool]) -> Callable[[Request, Answer, Answer], bool]:
    """Return a condition: the request matches, and Envoy has answered it (pods would add an X-Request-ID)."""
    return lambda request, _one, two: (
        matches(request) and "x-request-id" not in two.headers and two.status in (400, 404)
    )


EXEMPTIONS = [
    Exemption(
        "no path",
        "Envoy answers 404 to CONNECT and to `OPTIONS *`, because rules match by path",
        _by_envoy(lambda request: request.method == "CONNECT" or request.target == "*"),
    ),
    Exemption(
        "no host",
        "Envoy answers 400 if Host is missing or not ASCII; gunicorn accepts both",
        _by_envoy(lambda request: request.host is None or not request.host.isascii()),
    ),
    Exemption(
        "no length",
        "Envoy refuses an invalid Content-Length with 400, as gunicorn does, but with another body",
        _by_envoy(lambda request: any(n == "Content-Length" and not v.isdigit() for n, v in request.headers)),
    ),
]


class Comparison:
    """Compares responses after normalising them with named rules; counts how often each rule applied."""

    RULES = {
        "moment": "times of writes and responses during this run",
        "cursor": "a signature contains its time; the signed value is compared",
        "tag": "ETags depend on times; each ETag of a site has to correspond to one of the other",
        "request id": "generated request ids, which problem documents repeat",
        "draft": "the key of a new post's draft is random",
        "forgery": "CSRF tokens are random",
        "policy": "the order of the directives of the Content-Security-Policy differs between processes",
    }
    MOMENT = re.compile(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|\+00:00)|[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} [\d:]{8} GMT"
    )
    CURSOR = re.compile(r"cursor=([\w.%:-]+)", re.ASCII)
    TAG = re.compile(r'(?<=")(?:\d{1,10}-[0-9a-f]{8}|[0-9a-f]{16}|[0-9a-f]{32})(?=\\?")')
    FORGERY = re.compile(r'(?<=name="csrfmiddlewaretoken" value=")\w{64}|(?<=csrftoken=)\w{32}; expires=[^;]+')
    DRAFT = re.compile(r'(?<=name="draft_key" value="new:)\w{20}(?=")')

    def __init__(self) -> None:
        self.started = datetime.now(UTC) - timedelta(seconds=1)
        self.used: Counter[str] = Counter()
        self._pairs: dict[str, str] = {}
        self._partners: dict[str, str] = {}

    def differences(self, one: Answer, two: Answer) -> list[str]:
        """Return what differs between the monolith's and the split's response: "status", names of headers, "body"."""
        self._pair(one, two)
        first, second = self._headers(one), self._headers(two, is_split=True)
        found = [name for name in sorted(first.keys() | second.keys()) if first.get(name) != second.get(name)]
        if one.body != two.body and self._text(one) != self._text(two, is_split=True):
            found.append("body")
        return ["status", *found] if one.status != two.status else found

    def _pair(self, one: Answer, two: Answer) -> None:
        """Record that two ETags correspond to each other, and to no others, from now on."""
        monolith_tag, split_tag = (
            answer.headers.get("etag", "").removeprefix("W/").strip('"') for answer in (one, two)
        )
        if monolith_tag == split_tag or not (monolith_tag and split_tag) or (one.body and one.body == two.body):
            return
        if (
            monolith_tag.split("-")[:-1] == split_tag.split("-")[:-1]
            and self._partners.setdefault(monolith_tag, split_tag) == split_tag
        ):
            self._pairs.setdefault(split_tag, monolith_tag)

    def _headers(self, answer: Answer, is_split: bool = False) -> dict[str, str]:
        headers = {name: value for name, value in answer.headers.items() if name not in UNCOMPARED}
        if policy := headers.get("content-security-policy"):
            headers["content-security-policy"] = "; ".join(sorted(policy.split("; ")))
            self.used["policy"] += 1
        return {name: self._normal(value, answer, is_split) for name, value in headers.items()}

    def _text(self, answer: Answer, is_split: bool = False) -> str:
        return self._normal(answer.body.decode("utf-8", "backslashreplace"), answer, is_split)

    def _normal(self, text: str, answer: Answer, is_split: bool) -> str:
        request_id = answer.headers.get("x-request-id", "")
        if len(request_id) >= 32:
            text = self._replaced("request id", re.compile(request_id), lambda match: "<request id>", text)
        text = self._replaced("cursor", self.CURSOR, _signed_value, text)
        text = self._replaced("moment", self.MOMENT, self._moment, text)
        if is_split:
            text = self._replaced("tag", self.TAG, lambda match: self._pairs.get(match[0], match[0]), text)
        text = self._replaced("draft", self.DRAFT, lambda match: "<random>", text)
        return self._replaced("forgery", self.FORGERY, lambda match: "<random>", text)

    def _replaced(self, rule: str, pattern: re.Pattern, replacement: Callable[[re.Match], str], text: str) -> str:
        made = pattern.sub(replacement, text)
        self.used[rule] += made != text
        return made

    def _moment(self, match: re.Match) -> str:
        text = match[0]
        try:
            moment = parsedate_to_datetime(text) if text.endswith("GMT") else datetime.fromisoformat(text)
        except ValueError:
            return text
        return "<now>" if self.started <= moment <= datetime.now(UTC) else text


def _signed_value(match: re.Match) -> str:
    try:
        return f"cursor={json.dumps(signing.loads(unquote(match[1]), salt='apps.api.pagination'))}"
    except signing.BadSignature:
        return match[0]


# The test


@pytest.fixture(scope="module")
def sites(rendered, tmp_path_factory, databases) -> Iterator[tuple[Site, Site]]:
    """The monolith and the split, on databases with equal content."""
    if not databases.server_url.startswith("mysql"):
        pytest.skip("the split needs a database server: set TEST_DATABASE_URL=mysql://…")
    monolith_url, split_url = databases.new(), databases.new()
    env = servers.environment(monolith_url, **over_http.environment())
    secrets = json.loads(servers.manage(env, "shell", "--no-imports", "-c", recording.SEED).stdout)
    _copy(monolith_url, split_url)
    folders = tmp_path_factory.mktemp("monolith"), tmp_path_factory.mktemp("split")
    with running(folders[1], split_url, settings=over_http.environment()) as cluster:
        # ETags depend on the release.
        (pod, *_pods) = cluster.all_pods()
        release = pod.environment["RELEASE"]
        shared = {"STATIC_ROOT": str(cluster.release.path / "var" / "static"), "RELEASE": release}
        with servers.serving(monolith_url, folders[0], **over_http.environment(), **shared) as monolith:
            yield tuple(Site(("127.0.0.1", port), secrets) for port in (monolith.port, cluster.gateway.port))


def _copy(source: str, target: str) -> None:
    """Copy all rows from one migrated database to another, and make their auto-increment values equal."""
    import MySQLdb

    parts = urlsplit(source)
    names = [urlsplit(url).path[1:] for url in (source, target)]
    connection = MySQLdb.connect(
        host=parts.hostname, port=parts.port or 3306, user=parts.username or "", password=parts.password or ""
    )
    with connection, connection.cursor() as cursor:
        cursor.execute("SET foreign_key_checks = 0")
        cursor.execute(f"SHOW TABLES FROM {names[0]}")
        for (table,) in cursor.fetchall():
            cursor.execute(f"DELETE FROM {names[1]}.{table}")
            cursor.execute(f"INSERT INTO {names[1]}.{table} SELECT * FROM {names[0]}.{table}")
            cursor.execute(f"SHOW COLUMNS FROM {names[0]}.{table} WHERE extra = 'auto_increment'")
            for column, *_rest in cursor.fetchall():
                cursor.execute(f"SELECT COALESCE(MAX({column}), 0) + 1 FROM {names[0]}.{table}")
                (following,) = cursor.fetchone()
                for name in names:
                    cursor.execute(f"ALTER TABLE {name}.{table} AUTO_INCREMENT = {following}")
        connection.commit()


NOW = datetime.now(UTC).isoformat()


def answer(body: str = "", status: int = 200, **headers: str) -> Answer:
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, body.encode())


@pytest.mark.parametrize(
    ("one", "two", "found"),
    [
        (answer(status=404), answer(status=405), ["status"]),
        (answer(allow="GET, HEAD"), answer(allow="GET"), ["allow"]),
        (answer(vary="Cookie"), answer(), ["vary"]),
        (answer("a"), answer("b"), ["body"]),
        (answer("a", etag='"1-00000000"'), answer("a", etag='"1-00000001"'), ["etag"]),
        (answer("a", etag='"1-00000000"'), answer("b", etag='"2-00000000"'), ["etag", "body"]),
        (answer(f"at {NOW}"), answer("at 2021-01-01T00:00:00Z"), ["body"]),
        (answer("at 2021-01-01T00:00:00Z"), answer("at 2021-01-01T00:00:01Z"), ["body"]),
        (answer(link="<?cursor=a>"), answer(link="<?cursor=b>"), ["link"]),
    ],
)
def test_a_difference_is_detected(one, two, found):
    assert Comparison().differences(one, two) == found


@pytest.mark.parametrize("spelling", ["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S+00:00", "%a, %d %b %Y %H:%M:%S GMT"])
def test_timestamps_of_this_run_make_no_difference(spelling):
    comparison = Comparison()
    comparison.started -= timedelta(seconds=10)
    one, two = (f"at {datetime.now(UTC) - timedelta(seconds=ago):{spelling}}" for ago in (5, 4))
    assert comparison.differences(answer(one), answer(two)) == []


def test_bodies_and_etags_that_depend_on_the_time_make_no_difference():
    comparison = Comparison()
    bodies = [f"at {datetime.now(UTC).isoformat()}" for _site in range(2)]
    one, two = answer(bodies[0], etag='"1-0000000a"'), answer(bodies[1], etag='"1-0000000b"')
    assert comparison.differences(one, two) == []
    assert comparison.differences(answer(etag='"1-0000000a"'), answer(etag='"1-0000000b"')) == []
    assert comparison.differences(answer(etag='"1-0000000a"'), answer(etag='"1-0000000c"')) == ["etag"]


@pytest.mark.heavy
def test_the_split_answers_every_recorded_request_as_the_monolith_does(sites):
    requests = recording.record()
    comparison, exempted, statuses, differences, failed = Comparison(), Counter(), Counter(), [], []
    with ThreadPoolExecutor(2) as pool:
        for number, request in enumerate(requests):
            one, two = pool.map(lambda site, request=request: site.send(request), sites)
            statuses[one.status] += 1
            if one.status in {0, 500, 502, 503, 504}:
                failed.append(f"{number}: {request}\n  {one}")
            exemption = next((rule for rule in EXEMPTIONS if rule.applies(request, one, two)), None)
            if exemption:
                exempted[exemption.name] += 1
            elif found := comparison.differences(one, two):
                names = ", ".join(found)
                differences.append(f"{number}: {names}\n  {request}\n  monolith: {one}\n  split: {two}")
    print(f"{len(requests)} requests: {dict(sorted(statuses.items()))}; exempted: {dict(exempted)}")
    shown = "\n\n".join(differences[:MAX_SHOWN])
    assert not differences, f"{len(differences)} of {len(requests)} answers differ:\n\n{shown}"
    assert len(requests) >= 5000
    assert not failed, "\n\n".join(failed[:MAX_SHOWN])
    assert set(exempted) == {rule.name for rule in EXEMPTIONS}
    assert {rule for rule, times in comparison.used.items() if times} == set(Comparison.RULES)
