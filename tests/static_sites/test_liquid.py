"""Liquid is rendered as in Jekyll, and unknown variables, tags and includes are left out with a warning."""

from __future__ import annotations

import pytest

from apps.posts.models import Post

pytestmark = pytest.mark.any_database

NAME = "2020-01-01-a-post.md"


@pytest.fixture
def body_of(folder):
    """Import a Jekyll post with this text without warnings; return its body."""

    def make(text: str, front_matter: str = "title: A post") -> str:
        return folder.post(NAME, f"---\n{front_matter}\n---\n{text}\n").body

    return make


def warnings_about(folder, text: str) -> tuple[str, list[str]]:
    """Import a Jekyll post with this text; return its body and the warnings, without the folder in their paths."""
    folder.write(NAME, f"---\ntitle: A post\n---\n{text}\n")
    run = folder.run()
    assert run.status == 0
    return Post.objects.get().body, [problem.removeprefix(f"{folder.path}/") for problem in run.problems]


def test_highlight_becomes_a_fenced_code_block(folder):
    post = folder.post(NAME, "---\ntitle: T\n---\n{% highlight ruby linenos %}\ndef x\n  1\nend\n{% endhighlight %}\n")
    assert post.body == "```ruby\ndef x\n  1\nend\n```"
    assert '<span class="k">def</span>' in post.body_html


def test_highlight_in_a_list_stays_in_its_item(body_of):
    body = body_of("1. one\n\n   {% highlight sh %}\n   make run\n   {% endhighlight %}\n\n2. two")
    assert body == "1. one\n\n   ```sh\n   make run\n   ```\n\n2. two"


def test_code_that_shows_a_fence_gets_a_longer_one(body_of):
    body = body_of("{% highlight markdown %}\n```ruby\n1\n```\n{% endhighlight %}")
    assert body == "````markdown\n```ruby\n1\n```\n````"


def test_raw_blocks_are_not_evaluated(folder):
    text = "{% raw %}`{{ page.title }}`{% endraw %} and `{% raw %}{% raw %}{% endraw %}`"
    post = folder.post(NAME, f"---\ntitle: T\n---\n{text}\n")
    assert post.body == "`{{ page.title }}` and `{% raw %}`"
    assert "<code>{{ page.title }}</code>" in post.body_html


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{ page.title }}", "A post"),
        ("{{ page.date | date: '%Y' }}", "2020"),
        ("{{ page.custom | upcase }}", "VALUE"),
        ("{% assign a = '1|2' | split: '|' %}{% for i in a %}({{ i }}){% endfor %}", "(1)(2)"),
        ("{% if page.flag %}yes{% else %}no{% endif %}", "no"),
        ("{{ 'a b & c' | slugify }}", "a-b-c"),
        ("{{ 'x y' | uri_escape }}", "x%20y"),
        ("{{ page.date | date_to_xmlschema }}", "2020-01-01T00:00:00+00:00"),
        ("{{ page.date | date_to_string }}", "01 Jan 2020"),
        ("{% comment %}gone{% endcomment %}left", "left"),
    ],
)
def test_variables_tags_and_filters_work(body_of, text, expected):
    assert body_of(text, "title: A post\ncustom: value\nflag: false") == expected


def test_site_variables_come_from_the_configuration(folder):
    folder.write("_config.yml", "repository: https://example.org/repo\nbaseurl: /blog\nurl: https://example.org\n")
    text = "[1]({{ site.repository }}/1) [2]({{ '/docs/' | relative_url }}) [3]({{ '/docs/' | absolute_url }})"
    expected = "[1](https://example.org/repo/1) [2](/blog/docs/) [3](https://example.org/blog/docs/)"
    folder.write(NAME, f"---\ntitle: A post\n---\n{text}\n")
    assert "warning" not in folder.run().err
    assert Post.objects.get().body == expected


def test_the_configuration_may_be_in_another_folder(folder, tmp_path):
    config = tmp_path / "elsewhere.yml"
    config.write_text("repository: https://example.org/repo\n")
    post = folder.post(NAME, "---\ntitle: T\n---\n<{{ site.repository }}>\n", "--config", str(config))
    assert post.body == "<https://example.org/repo>"


def test_post_url_and_link_tags_become_new_addresses(folder):
    folder.write("_posts/2019-01-01-older.md", "---\ntitle: Older\n---\n")
    folder.write(
        "_posts/2020-01-01-newer.md",
        "---\ntitle: Newer\n---\n[a]({% post_url 2019-01-01-older %}) [b]({% link _posts/2019-01-01-older.md %}#x)\n"
        "[c]({{ site.baseurl }}{% link\n_posts/2019-01-01-older.md %})\n\n[d]: {% post_url 2019-01-01-older %}\n",
    )
    assert folder.run().err == ""
    assert Post.objects.get(slug="newer").body == "[a](/older/) [b](/older/#x)\n[c](/older/)\n\n[d]: /older/"


def test_a_link_with_an_unresolved_target_is_reduced_to_its_text(folder):
    body, problems = warnings_about(
        folder,
        "[Issue *1*]({{ site.repository }}/1), [`code`]({{ site.repository }}/2), [three][3], [4][],\n"
        '<a class="x" href="{{ site.repository }}">five</a>, [six]({% link _docs/x.md %}) and [kept](#there).\n\n'
        "[3]: {{ site.repository }}/3\n[4]: {{ site.repository }}/4",
    )
    assert body.strip() == ('Issue *1*, `code`, three, 4,\n<a class="x">five</a>, six and [kept](#there).')
    assert problems == [
        f"{NAME}:4: warning: {{{{ site.repository }}}}, the target of 5 links, is not known; the links' texts are kept"
        " (--config FILE can tell it)",
        f"{NAME}:5: warning: {{% link _docs/x.md %}}, the target of a link, is not known; the link's text is kept",
    ]


def test_unknown_variables_tags_and_includes_are_left_out_with_a_warning(folder):
    body, problems = warnings_about(
        folder,
        "One {{ site.nothing }}\n{% wordcloud abc %}\nthree {% note %}inner{% endnote %}\n"
        '{% include missing.html a="b" %}\n`{{ site.shown }}`',
    )
    assert body == "One \n\nthree inner\n\n`{{ site.shown }}`"
    assert [problem.removeprefix(f"{NAME}:") for problem in problems] == [
        "4: warning: {{ site.nothing }} is not known; left out",
        "5: warning: the tag wordcloud is not known; left out",
        "6: warning: the tag note is not known; left out",
        "7: warning: the include missing.html was not found; left out",
        "8: warning: {{ site.shown }} is code; kept as it is",
    ]


def test_includes_are_found_beside_the_configuration(folder):
    folder.write("_config.yml", "title: Old blog\n")
    folder.write("_includes/note.html", "**{{ include.text }}** by {{ page.title }}")
    folder.write("_posts/2020-01-01-a.md", '---\ntitle: T\n---\n{% include note.html text="Look" %}\n')
    assert folder.run().err == ""
    assert Post.objects.get().body == "**Look** by T"


@pytest.mark.parametrize(
    ("name", "problem"),
    [("../../secret.txt", "was not found"), ("/etc/hostname", "was not found"), ("loop.html", "is nested too deeply")],
)
def test_includes_outside_of_their_folder_and_endless_includes_are_left_out(folder, name, problem):
    folder.write("_config.yml", "title: Old blog\n")
    folder.write("_includes/loop.html", "{% include loop.html %}")
    (folder.path.parent / "secret.txt").write_text("secret")
    folder.write("_posts/2020-01-01-a.md", f"---\ntitle: T\n---\nText {{% include {name} %}}\n")
    run = folder.run()
    assert f"the include {name} {problem}; left out" in run.err
    assert Post.objects.get().body.strip() == "Text"


def test_a_text_with_liquid_only_in_code_is_not_changed(folder):
    text = "Write `{% raw %}` or\n\n```liquid\n{{ page.title }} {% highlight ruby %}\n```"
    assert folder.post("about-liquid.md", f"---\ntitle: T\ndate: 2026-01-01\n---\n{text}\n").body == text


def test_kramdowns_attribute_lists_are_removed_except_in_code(body_of):
    text = (
        '* TOC\n{:toc}\n\n# Heading {#id}\n\nA *word*{: .red} and [link](#x){:target="_blank"}.\n{: .note #x}\n\n'
        "An Elixir tuple {:ok, value} and `{: .kept}`.\n\n{::comment}\nhidden\n{:/comment}\n\n    {: .kept}"
    )
    assert body_of(text) == (
        '# <span id="id"></span>Heading\n\n<span id="x"></span>A *word* and [link](#x).\n\n'
        "An Elixir tuple {:ok, value} and `{: .kept}`.\n\n\n    {: .kept}"
    )
