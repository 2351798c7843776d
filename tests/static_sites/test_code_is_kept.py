"""Nothing in code is changed: what Liquid does not know or would leave empty stays as it was written, with a warning."""

from __future__ import annotations

import pytest

from apps.posts.models import Post

pytestmark = pytest.mark.any_database

NAME = "2020-01-01-a-post.md"


def body_and_problems(folder, text: str) -> tuple[str, list[str]]:
    """Import a Jekyll post with this text; return its body and the warnings."""
    folder.write(NAME, f"---\ntitle: A post\n---\n{{% raw %}}{{% endraw %}}\n\n{text}\n")
    run = folder.run()
    assert run.status == 0
    return Post.objects.get().body, run.problems


@pytest.mark.parametrize(
    "code",
    [
        "```yaml\nkey: ${{ secrets.API_TOKEN }}\n```",
        "~~~\n{{ item.name.first | upcase }}\n~~~",
        "    {{ secrets.X }}",
        "- item\n\n  ```\n  ${{ secrets.X }}\n  ```",
        "Write `${{ secrets.X }}` so.",
        "Write ``{% youtube x %}`` so.",
        "<pre>\n${{ secrets.X }} {: .x} *a* [b](c)\n</pre>",
        "<pre><code>{{ secrets.X }}</code></pre>",
        "<code>{{ secrets.X }}</code>",
        "```\n{% for host in groups['all'] %}\n{{ host }}\n{% endfor %}\n```",
        "```\n{% for i in (1..2) %}{{ i }}{{ unknown.y }}{% endfor %}\n```",
        "```\n{% assign a = 1 %}\n{% comment %}x{% endcomment %}\n```",
        "```\n{{- if .Values.x -}}\n{{ .Values.y | quote }}\n{{- end }}\n```",
        "```\nx: ${{ github.event_name == 'push' && 'a' || 'b' }}\n```",
        "```\n{% for host in groups %}\n```",
        "```\n{% endfor %} {{ open\n```",
        "```\nuse {{ 'a' \n```",
    ],
)
def test_code_with_what_liquid_does_not_know_is_kept_with_a_warning(folder, code):
    body, problems = body_and_problems(folder, code)
    assert body == code
    assert problems
    assert all("kept as it is" in problem for problem in problems)


def test_highlighted_code_is_kept_too(folder):
    text = "{% highlight yaml %}\nkey: ${{ secrets.X }}\n{% endhighlight %}"
    assert body_and_problems(folder, text)[0] == "```yaml\nkey: ${{ secrets.X }}\n```"


def test_what_liquid_knows_is_evaluated_in_code_as_jekyll_does(folder):
    text = (
        "{% assign v = '1.2' %}\n\n```\ngem install x -v {{ v }} # {{ page.title }}{% if page.title %}!{% endif %}\n```"
    )
    assert body_and_problems(folder, text) == ("```\ngem install x -v 1.2 # A post!\n```", [])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{% youtube abc %}", "<https://www.youtube.com/watch?v=abc>"),
        ("{% gist ann/123 %}", "<https://gist.github.com/ann/123>"),
        ('{% img left https://x.example/a.png 10 20 "Title" "Words" %}', "![Words](https://x.example/a.png)"),
        (
            '{% include figure image_path="https://x.example/p.png" alt="A" caption="Cap" %}',
            "![A](https://x.example/p.png)\n\n*Cap*",
        ),
        ('{% include video id="abc" provider="vimeo" %}', "<https://vimeo.com/abc>"),
    ],
)
def test_tags_of_the_usual_plugins_become_markdown(folder, text, expected):
    assert body_and_problems(folder, text) == (expected, [])
