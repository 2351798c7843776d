"""Each `ssl_mode` of a DATABASE_URL does on a server with TLS what it says, or is refused with a sentence."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests import servers
from tests.programs import need, need_driver
from tools.local_cluster.manifests import Manifests
from tools.local_cluster.server import Server

pytestmark = [pytest.mark.slow, pytest.mark.any_database]

CIPHER = """
import django
from django.core.management import call_command
from django.db import connection
django.setup()
call_command("wait_for_database", seconds=0, skip_checks=False)
with connection.cursor() as cursor:
    cursor.execute("SHOW STATUS LIKE 'Ssl_cipher'")
    print("encrypted" if cursor.fetchone()[1] else "plain text")
"""


class Authority:
    """A certificate authority of its own, which signs certificates for host names."""

    def __init__(self, folder: Path, name: str) -> None:
        """Make the authority's key and certificate in `folder`."""
        self._folder = folder
        self.certificate, self._key = folder / f"{name}.pem", folder / f"{name}.key"
        self._openssl("req", "-x509", *self._new_key(self._key), "-subj", f"/CN={name}", "-out", self.certificate)

    def sign(self, name: str, alternative: str) -> tuple[Path, Path]:
        """Return certificate and key for a `subjectAltName` such as `DNS:db.example.org`."""
        request, key, signed, extension = (self._folder / f"{name}.{end}" for end in ("csr", "key", "crt", "cnf"))
        extension.write_text(f"subjectAltName={alternative}\n")
        self._openssl("req", *self._new_key(key), "-subj", f"/CN={name}", "-out", request)
        authority = ("-CA", self.certificate, "-CAkey", self._key, "-CAcreateserial")
        self._openssl("x509", "-req", "-in", request, *authority, "-extfile", extension, "-out", signed)
        return signed, key

    @staticmethod
    def _new_key(key: Path) -> tuple:
        return "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key

    @staticmethod
    def _openssl(*words) -> None:
        subprocess.run([need("openssl"), *words], check=True, capture_output=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """The folder of certificates."""
    need_driver()
    return tmp_path_factory.mktemp("tls")


@pytest.fixture(scope="module")
def authority(folder) -> Authority:
    """The authority that signed the certificates of the servers."""
    return Authority(folder, "authority")


@pytest.fixture(scope="module")
def stranger(folder) -> Authority:
    """An authority that signed nothing."""
    return Authority(folder, "stranger")


@pytest.fixture(scope="module")
def server_as(authority, tmp_path_factory):
    """Return a function that starts a server whose certificate is for a host; it returns the database URL."""
    need("mariadbd")
    running: dict[str, Server] = {}
    urls: dict[str, str] = {}

    def start(alternative: str) -> str:
        if alternative not in running:
            certificate, key = authority.sign(f"server{len(running)}", alternative)
            files = {"ssl_ca": authority.certificate, "ssl_cert": certificate, "ssl_key": key}
            text = "[mysqld]\n" + "".join(f"{name} = {path}\n" for name, path in files.items())
            rendered = Manifests([{"kind": "ConfigMap", "data": {"tls.cnf": text}}])
            running[alternative] = Server(tmp_path_factory.mktemp("server"), rendered)
            urls[alternative] = running[alternative].__enter__()
        return urlsplit(urls[alternative])._replace(path="/mysql").geturl()

    yield start
    for server in running.values():
        server.__exit__(None, None, None)


RIGHT, OTHER = "IP:127.0.0.1", "DNS:db.example.org"


def connect(url: str, **options) -> subprocess.CompletedProcess:
    """Run a process with the checks of settings that connects, and prints whether the connection is encrypted."""
    query = "&".join(f"{name}={value}" for name, value in options.items())
    command = [sys.executable, "-c", CIPHER]
    environment = servers.environment(f"{url}?{query}") | {"DJANGO_SETTINGS_MODULE": "blog_project.settings"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd=servers.ROOT)


def test_verify_identity_accepts_a_certificate_for_the_host_of_the_address(server_as, authority):
    done = connect(server_as(RIGHT), ssl_mode="VERIFY_IDENTITY", ssl_ca=authority.certificate)
    assert "encrypted" in done.stdout, done.stderr


def test_verify_identity_refuses_a_certificate_for_another_host(server_as, authority):
    done = connect(server_as(OTHER), ssl_mode="VERIFY_IDENTITY", ssl_ca=authority.certificate)
    assert done.returncode
    assert "127.0.0.1" in done.stderr
    assert "certificate" in done.stderr


def test_a_certificate_of_another_authority_is_refused(server_as, stranger):
    done = connect(server_as(RIGHT), ssl_mode="VERIFY_IDENTITY", ssl_ca=stranger.certificate)
    assert done.returncode
    assert "certificate" in done.stderr


def test_verify_ca_ignores_the_host_name_or_is_refused(server_as, authority):
    import MySQLdb

    done = connect(server_as(OTHER), ssl_mode="VERIFY_CA", ssl_ca=authority.certificate)
    if MySQLdb.get_client_info().startswith(("8.", "9.")):
        assert "encrypted" in done.stdout, done.stderr
    else:
        assert done.returncode
        assert "broadsheet.E020" in done.stderr
        assert "Write ssl_mode=VERIFY_IDENTITY" in done.stderr


def test_a_missing_certificate_is_named(server_as, folder):
    done = connect(server_as(RIGHT), ssl_mode="VERIFY_IDENTITY", ssl_ca=folder / "missing.pem")
    assert done.returncode
    assert f"ssl_ca={folder / 'missing.pem'}, and there is no such file" in done.stderr
    assert "broadsheet-database-ca" in done.stderr
