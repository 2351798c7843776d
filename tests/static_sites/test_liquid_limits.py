"""Templates and data that would take all memory or time are reported by name; the other files are imported."""

from __future__ import annotations

import os
import resource
import subprocess
import sys

import pytest

from apps.posts.models import Post
from apps.static_sites import liquid_limits, yaml_values
from tests import servers

pytestmark = [pytest.mark.any_database, pytest.mark.slow]

TEN = ",".join(["*{0}"] * 10)
BILLION = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{TEN.format(before)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
LONG = "x" * 1000
HOSTILE = {
    "replace": "{{ 'aaaaaaaaaa'" + " | replace: 'a', 'aaaaaaaaaa'" * 12 + " | size }}",
    "append": "{% assign a = 'x' %}" + "{% assign a = a | append: a %}" * 40,
    "prepend": "{% assign a = 'x' %}" + "{% assign a = a | prepend: a %}" * 40,
    "concat": "{% assign a = 'x,y' | split: ',' %}" + "{% assign a = a | concat: a %}" * 40,
    "times": "{% assign a = 9 %}" + "{% assign a = a | times: a %}" * 40,
    "range and join": "{% assign r = (1..1000000000) %}{{ r | join: ',' | size }}",
    "range of variables": "{% assign n = 1000000000 %}{% assign r = (1..n) %}{{ r | reverse | size }}",
    "range, searched": "{% if (1..1000000000) contains 'x' %}a{% endif %}",
    "range, searched in a branch": "{% if false %}{% elsif (1..1000000000) contains 'x' %}a{% endif %}",
    "range, reversed": "{% for i in (1..1000000000) reversed %}{{ i }}{% endfor %}",
    "nested loops": "{% for i in (1..9999) %}{% for j in (1..9999) %}x{% endfor %}{% endfor %}",
    "loops in a row": "{% for i in (1..9999) %}{% endfor %}" * 100,
    "table rows": "{% tablerow i in (1..1000000000) cols: 2 %}{{ i }}{% endtablerow %}",
    "tenfold includes": "{% include a.html %}",
    "separator": "{% assign s = 'x'" + f" | append: '{LONG}'" * 500 + " %}{{ (1..9999) | join: s | size }}",
    "uniq": "{{ (1..99999) | uniq | size }}",
    "large variables": f"{{% assign a = '{LONG}' %}}"
    + "{% assign a = a | append: a %}" * 9
    + "".join(f"{{% assign b{n} = a | append: '{n}' %}}" for n in range(100)),
    "format of a date": "{% assign f = '%c' %}" + "{% assign f = f | append: f %}" * 15 + "{{ 'now' | date: f }}",
    "captured": "{% capture a %}x{% endcapture %}" + "{% capture a %}{{ a }}{{ a }}{% endcapture %}" * 40,
    "output": f"{{% assign a = '{LONG}' %}}" + "{% assign a = a | append: a %}" * 9 + "{{ a }}" * 100,
    "nesting": "{% if true %}" * 500 + "{% endif %}" * 500,
}
"""Bodies of files of Jekyll."""
HOSTILE_FIELDS = {
    "aliases": f"{BILLION}",
    "aliases as tags": f"{BILLION}tags: *i\n",
    "aliases of a long text": f"a: &a {LONG}\ntags: [{','.join(['*a'] * 200)}]\n",
    "merged aliases": "a: &a {k: v}\n" + "".join(f"b{n}: &b{n} {{<<: [*a, *a, *a, *a]}}\n" for n in range(9)) + BILLION,
    "itself": "a: &a [*a]\n",
    "nesting": "a: " + "[" * 50_000 + "\n",
    "nested mappings": "a: " + "{a: " * 50_000 + "\n",
}
"""Front matter in YAML."""
SLACK = 150_000_000
"""Bytes of memory that the hostile files may take beside what an import of one file takes."""


def write_includes(folder) -> None:
    for name, following in zip("abcdefghi", "bcdefghij", strict=True):
        folder.write(f"_includes/{name}.html", f"{{% include {following}.html %}}" * 10)
    folder.write("_includes/j.html", "x")


def write_files(folder) -> dict[str, str]:
    """Write a site of hostile files and a good one; return what each hostile file has to be told for, by its name."""
    folder.write("_config.yml", "title: T\n")
    write_includes(folder)
    names = {}
    for number, (name, body) in enumerate(HOSTILE.items()):
        names[f"2020-01-01-liquid-{number}.md"] = name
        folder.write(f"_posts/2020-01-01-liquid-{number}.md", f"---\ntitle: T\n---\n{body}\n")
    for number, (name, fields) in enumerate(HOSTILE_FIELDS.items()):
        names[f"2020-01-01-fields-{number}.md"] = name
        folder.write(
            f"_posts/2020-01-01-fields-{number}.md", f"---\ntitle: T\n{fields}---\nText {{{{ page.i | jsonify }}}}\n"
        )
    folder.write("_posts/2020-01-02-good.md", "---\ntitle: Good\n---\n{% for i in (1..3) %}{{ i }}{% endfor %}\n")
    return names


def peak_of(process: subprocess.Popen) -> int:
    """Wait for a process and return the most memory that it had, in bytes."""
    _pid, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_maxrss * 1024


def import_in_process(folder, url: str, limit: int | None = None) -> tuple[str, int]:
    """Import the folder in a process of its own that may have `limit` bytes; return what it said, and its peak."""

    def restrict() -> None:
        if limit:
            resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))

    command = [sys.executable, "manage.py", "import_markdown", str(folder.path)]
    with (folder.path.parent / "said").open("w+") as said:
        process = subprocess.Popen(
            command,
            cwd=servers.ROOT,
            env=os.environ | servers.environment(url),
            stdout=said,
            stderr=subprocess.STDOUT,
            preexec_fn=restrict,
        )
        peak = peak_of(process)
        said.seek(0)
        return said.read(), peak


@pytest.mark.server
@pytest.mark.heavy
def test_a_process_with_little_memory_imports_the_good_file_and_names_each_hostile_one(databases, folder):
    url = databases.new()
    folder.write("_posts/2020-01-03-first.md", "---\ntitle: First\n---\n{{ page.title }}\n")
    first, usual = import_in_process(folder, url)
    assert "posts: 1 created, 0 updated, 0 unchanged, 0 failed" in first
    names = write_files(folder)
    said, peak = import_in_process(folder, url, limit=usual + SLACK)
    assert f"posts: 1 created, 0 updated, 1 unchanged, {len(names)} failed" in said
    assert "Memory" not in said
    assert {name for name in names if f"{name}:" not in said} == set()
    assert peak < usual + SLACK


@pytest.mark.parametrize("name", HOSTILE)
def test_liquid_that_does_too_much_is_told_and_other_files_are_imported(folder, name):
    folder.write("_config.yml", "title: T\n")
    write_includes(folder)
    folder.write("_posts/2020-01-01-bad.md", f"---\ntitle: T\n---\n{HOSTILE[name]}\n")
    folder.write("_posts/2020-01-02-good.md", "---\ntitle: Good\n---\nText.\n")
    result = folder.run()
    (problem,) = result.problems
    assert "2020-01-01-bad.md:" in problem
    assert "Liquid" in problem
    assert Post.objects.get().title == "Good"


@pytest.mark.parametrize("name", HOSTILE_FIELDS)
def test_yaml_that_stands_for_too_much_is_told(folder, name):
    folder.write("bad.md", f"---\ntitle: T\n{HOSTILE_FIELDS[name]}---\nText.\n")
    folder.write("good.md", "---\ntitle: Good\ndate: 2020-01-01\n---\nText.\n")
    result = folder.run()
    assert "bad.md:" in result.err
    assert Post.objects.get().title == "Good"


def test_aliases_of_ordinary_size_are_read(folder):
    folder.write("a.md", "---\ntitle: T\ndate: 2020-01-01\nx: &x [one, two]\ntags: *x\n---\n{{ page.x | join: '-' }}\n")
    folder.write("_config.yml", "title: T\n")
    assert folder.run().err == ""
    assert Post.objects.get().body == "one-two"


@pytest.mark.parametrize(
    ("value", "size"),
    [("abc", 3), (["ab", "cd"], 6), ({"a": [1]}, 4), (range(1, 11), 10), (None, 1), (True, 1), (2**300, 101)],
)
def test_the_weight_of_a_value_is_about_its_length_when_it_is_written(value, size):
    assert liquid_limits.weight(value) == size


def test_the_limit_of_yaml_is_its_own_length_and_a_little_more():
    own = [f"v{number}: {LONG}" for number in range(300)]
    assert len(yaml_values.load("\n".join(own), yaml_values.yaml.SafeLoader)) == 300
