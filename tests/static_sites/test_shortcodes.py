"""Hugo's and Zola's shortcodes are converted to Markdown if it has an equivalent."""

from __future__ import annotations

import pytest

from apps.posts.models import Post
from apps.static_sites.shortcodes import Shortcodes
from tests.static_sites.conftest import NO_DATE

pytestmark = [pytest.mark.any_database, pytest.mark.slow]

HUGO = '+++\ntitle = "T"\n+++\n'
ZOLA = '+++\ntitle = "T"\n[extra]\nx = 1\n+++\n'


def body_of(folder, text: str) -> str:
    """Import a post with this text without warnings, but those of missing pictures; return its body."""
    folder.write("a.md", text)
    assert [problem for problem in folder.run().problems_beside(NO_DATE) if "warning" in problem] == []
    return Post.objects.get().body


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{{< figure src="a.jpg" alt="A hand" caption="Setting type" >}}', "![A hand](a.jpg)\n\n*Setting type*"),
        ('{{< figure src="a.jpg" link="#b" alt="x" />}}', "[![x](a.jpg)](#b)"),
        ('{{< highlight go "linenos=table" >}}\nx := 1\n{{< /highlight >}}', "```go\nx := 1\n```"),
        ("{{< youtube abc123 >}}", "<https://www.youtube.com/watch?v=abc123>"),
        ("{{< gist user 123 >}}", "<https://gist.github.com/user/123>"),
        ("Show `{{</* youtube x */>}}` so.", "Show `{{< youtube x >}}` so."),
        ("{{< never closed, {{< youtube abc />}} is", "{{< never closed, <https://www.youtube.com/watch?v=abc> is"),
        ("A Go template: `{{ .Title }}`", "A Go template: `{{ .Title }}`"),
        (
            '{{< details summary="More" >}}\nInner\n{{< /details >}}',
            "<details>\n<summary>More</summary>\n\nInner\n\n</details>",
        ),
    ],
)
def test_hugos_shortcodes_become_markdown(folder, text, expected):
    assert body_of(folder, f"{HUGO}{text}\n") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{{ youtube(id="abc") }}', "<https://www.youtube.com/watch?v=abc>"),
        ("Show `{{/* youtube(id=1) */}}`", "Show `{{ youtube(id=1) }}`"),
        ("`{{ page.title }}`", "`{{ page.title }}`"),
    ],
)
def test_zolas_shortcodes_become_markdown(folder, text, expected):
    assert body_of(folder, f"{ZOLA}{text}\n") == expected


@pytest.mark.parametrize(
    ("front_matter", "text"),
    [
        (HUGO, "One\n{{% lead tip %}}**kept**{{% /lead %}}"),
        (HUGO, "One\n{{< lead >}}**kept**{{< /lead >}}"),
        (ZOLA, 'One\n{% lead(kind="tip") %}**kept**{% end %}'),
    ],
)
def test_an_unknown_shortcode_is_replaced_by_its_inner_text_with_a_warning(folder, front_matter, text):
    folder.write("a.md", front_matter + text)
    run = folder.run()
    line = front_matter.count("\n") + 2
    assert f"a.md:{line}: warning: the shortcode lead is not known; what it holds is kept" in run.err
    assert Post.objects.get().body == "One\n**kept**"


def test_references_become_new_addresses_and_unresolved_ones_become_text(folder):
    folder.write("hugo.toml", 'baseURL = "https://example.org/"\n')
    folder.write("content/posts/one.md", '+++\ntitle = "One"\n+++\n')
    folder.write(
        "content/posts/two.md",
        '+++\ntitle = "Two"\n+++\n[a]({{< ref "one.md" >}}) [b]({{< relref "/posts/one#x" >}}) [c]({{< ref "no.md" >}})\n',
    )
    run = folder.run(folder="content")
    assert Post.objects.get(slug="two").body == "[a](/one/) [b](/one/#x) c"
    assert "two.md:4: warning: ref no.md, the target of a link, is not known" in run.err


def test_section_pages_are_skipped(folder):
    folder.write("hugo.toml", 'baseURL = "https://example.org/"\n')
    folder.write("content/posts/_index.md", '+++\ntitle = "All posts"\n+++\n')
    run = folder.run(folder="content")
    assert "_index.md:1: note: describes a section and is no post; skipped" in run.err
    assert run.last_line == "posts: 0 created, 0 updated, 0 unchanged, 0 failed"


@pytest.mark.parametrize("opening", ["{{< never ", "{{< never >}}", "{% never() %}"])
def test_unclosed_shortcodes_are_scanned_in_linear_time(opening):
    """Searching the rest of the text for the end of each opening would take minutes."""
    warned: list[int] = []
    shortcodes = Shortcodes(lambda path: None, first_line=1, warn=lambda line, problem: warned.append(line))
    convert = shortcodes.zola if opening.startswith("{%") else shortcodes.hugo
    assert convert(opening * 40_000) in (opening * 40_000, "")
