"""The examples in docs/api.md work unchanged against a real server."""

import os
import re
import subprocess
import sys

import pytest

from tests.programs import need
from tests.servers import ROOT

pytestmark = [pytest.mark.server, pytest.mark.any_database, pytest.mark.heavy]

MAKE_USER = """
from django.contrib.auth.models import Group, User
user = User.objects.create_user("writer")
user.groups.add(Group.objects.get(name="Editors"))
"""


GUIDE = (ROOT / "docs" / "api.md").read_text()


@pytest.fixture
def site(serve) -> dict[str, str]:
    """The environment variables of the guide's examples."""
    server = serve()
    server.shell(MAKE_USER)
    command = ["create_token", "--user", "writer", "--scopes", "create,read,update,delete"]
    return {"SITE": server.url, "TOKEN": server.manage(*command).splitlines()[-1]}


def test_the_shell_examples_of_the_guide_work(site, tmp_path):
    need("curl")
    blocks = re.findall(r"```sh\n(.*?)```", GUIDE, re.S)
    script = "\n".join(f"echo '--- {number}'\n{block}\necho" for number, block in enumerate(blocks))
    run = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        env=os.environ | site,
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    parts = re.split(r"--- \d+\n", run.stdout)[1:]
    lists, found, drafts, changes, made, published, at_once, trash, unchanged, again, batch, short, wrong, me = parts
    assert lists.count('"results":[]') == 3
    assert '"results":[]' in found
    assert '"results":[]' in drafts
    assert '"more":false,"results":[]' in changes
    assert "HTTP/1.1 201" in made
    assert '"slug":"pruning-roses"' in made
    assert '"status":"published"' in published
    assert at_once.strip().endswith("200")
    assert '"trashed":false' in trash
    assert unchanged.strip() == "304"
    assert again.split("\n")[:3] == ["201", "201", "the same post"]
    assert "HTTP/1.1 201" in short
    assert "Preference-Applied: return=minimal" in short
    assert "{" not in short
    assert "1 to 100" in wrong
    assert '"name":"writer"' in me
    assert batch.count('"status":201') == 2
    assert '"status":404' in batch


def test_the_mirror_of_the_guide_follows_a_site(site):
    client, mirror = (
        next(block for block in re.findall(r"```python\n(.*?)```", GUIDE, re.S) if block.startswith(start))
        for start in ("import", "class Mirror")
    )
    followed = """
mirror = Mirror(os.environ["SITE"], requests.Session())
first = sorted(kind for kind, _id in mirror.copy)
tag = blog.create("tags", name="Flowers").headers["Location"]
tagged = blog.create("posts", title="Lilies", tags=["flowers"], status="published").json()
mirror.follow()
blog.change(tag, lambda tag: {"name": "Bulbs", "slug": "bulbs"})
blog.change(made.headers["Location"], lambda post: {"status": "draft"})
mirror.follow()
print(first, sorted(kind for kind, _id in mirror.copy), mirror.copy["post", tagged["id"]]["tags"])
"""
    code = client + mirror + followed
    run = subprocess.run([sys.executable, "-c", code], env=os.environ | site, capture_output=True, text=True)
    assert run.stdout.splitlines()[-1] == "['post'] ['post', 'tag'] ['bulbs']", run.stderr


def test_the_python_example_of_the_guide_works(site):
    (client,) = [block for block in re.findall(r"```python\n(.*?)```", GUIDE, re.S) if block.startswith("import")]
    run = subprocess.run([sys.executable, "-c", client], env=os.environ | site, capture_output=True, text=True)
    assert run.stdout == "Dahlias! ['dahlias']\n", run.stderr
