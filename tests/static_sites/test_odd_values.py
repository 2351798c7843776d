"""Values that make no sense, in a configuration or in front matter, are refused with a sentence, or read as nothing."""

from __future__ import annotations

import pytest
from django.core.management import CommandError

from apps.posts.models import Post

POST = "---\ntitle: Post\ndate: 2026-01-01\n---\nText.\n"
BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9)
)
MERGED = "a0: &a0 {x: 1}\n" + "".join(f"a{n}: &a{n}\n  <<: [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9))


@pytest.mark.parametrize(
    ("configuration", "words"),
    [
        ("timezone: Europe", "the time zone is unknown"),
        ("timezone: [a]", "the time zone is unknown"),
        ('url: "http://[x"', "the address of the site cannot be read"),
        ("x: !!timestamp foo", "cannot be read: a value is not of the type"),
        ("x: !!bool foo", "cannot be read: a value is not of the type"),
        ("x: !!int ''", "cannot be read"),
        ("x: 2026-02-31", "cannot be read"),
        ("x: &a [*a]", "stands for what it is itself in"),
        (BOMB, "its aliases (*name) stand for more than 100,000 characters"),
        (MERGED, "its aliases (*name) stand for more than 100,000 characters"),
    ],
)
def test_a_configuration_that_cannot_be_used_is_refused(folder, configuration, words):
    folder.write("_config.yml", f"{configuration}\n")
    folder.write("post.md", POST)
    with pytest.raises(CommandError) as caught:
        folder.run()
    assert str(caught.value).startswith("_config.yml")
    assert words in str(caught.value)


@pytest.mark.parametrize("name", ["_config.yml", "hugo.yaml"])
@pytest.mark.parametrize("value", ["3", "text", "[3]", "{x: 3}", "[{scope: 3, values: 3}]", "[[3]]", "true"])
def test_a_value_of_another_shape_is_read_as_nothing(folder, name, value):
    keys = "defaults exclude collections permalinks languages disableLanguages cascade ignoreFiles author markdown_ext"
    folder.write(name, "".join(f"{key}: {value}\n" for key in keys.split()))
    for relative in ("_posts/a.md", "_notes/b.md", "content/blog/c.md", "d.md"):
        folder.write(relative, POST)
    assert folder.run().status == 0
    assert Post.objects.exists()


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ('permalink: "http://[x"', "`permalink` is 'http://[x', which is no address"),
        ('redirect_from: ["http://[x"]', "`redirect_from` is 'http://[x', which is no address"),
        ("x: &a [*a]", "stands for what it is itself in"),
        (BOMB, "its aliases (*name) stand for more than 100,000 characters"),
    ],
)
def test_front_matter_that_cannot_be_used_is_refused(folder, field, words):
    folder.write("bad.md", POST.replace("title", f"{field}\ntitle"))
    folder.write("good.md", POST)
    result = folder.run()
    assert words in result.err
    assert result.last_line == "posts: 1 created, 0 updated, 0 unchanged, 1 failed"


@pytest.mark.parametrize("value", ["!!timestamp foo", "!!bool foo", "!!int ''", "9999-12-31T23:59:59-14:00"])
@pytest.mark.parametrize("configuration", ["_config.yml", "broadsheet.yml"])
def test_a_value_that_is_not_of_its_type_does_not_end_the_import(folder, configuration, value):
    folder.write(configuration, "generator: x\n")
    folder.write("bad.md", POST.replace("title", f"x: {value}\ntitle").replace("Text", "{{ page.title }}"))
    folder.write("good.md", POST)
    assert folder.run().last_line.startswith(("posts: 2 created", "posts: 1 created"))
