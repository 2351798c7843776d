"""Hugo's sites as they are: configurations in folders, several languages, formats, shortcodes in code."""

from __future__ import annotations

import pytest

from apps.posts.models import Post, PostAlias
from tests.static_sites.conftest import NO_DATE

pytestmark = pytest.mark.any_database

POST = "---\ntitle: {}\ndate: 2018-01-02\n---\n{}\n"
TWO_LANGUAGES = 'baseURL="https://h.example/"\n[languages.en]\n[languages.fr]\n'


def posts() -> dict[str, tuple[str, str, list[str]]]:
    """Slug, language and old addresses of each post by its title."""
    return {
        post.title: (post.slug, post.language, sorted(post.aliases.values_list("path", flat=True)))
        for post in Post.objects.all()
    }


def write_translations(folder, *names: str) -> None:
    for name in names:
        folder.write(name, POST.format(name, "Text."))


def test_translations_by_the_name_of_the_file(folder):
    folder.write("hugo.toml", TWO_LANGUAGES)
    write_translations(folder, "content/tea.md", "content/tea.fr.md", "content/cake/index.fr.md", "content/v1.2.md")
    assert folder.run().err == ""
    assert posts() == {
        "content/tea.md": ("tea", "en", []),
        "content/tea.fr.md": ("tea-2", "fr", ["/fr/tea/"]),
        "content/cake/index.fr.md": ("cake", "fr", ["/fr/cake/"]),
        "content/v1.2.md": ("v1-2", "en", ["/v1.2/"]),
    }
    assert Post.objects.get(slug="tea-2").translation_of.slug == "tea"


@pytest.mark.parametrize("start", ["", "content", "content/fr/blog"])
def test_translations_by_folder(folder, start):
    folder.write(
        "hugo.toml",
        'defaultContentLanguage = "de"\n[languages.de]\ncontentDir="content/de"\n[languages.fr]\ncontentDir="content/fr"\n',
    )
    write_translations(folder, "content/de/blog/tee.md", "content/fr/blog/tee.md")
    folder.run(folder=start)
    assert posts()["content/fr/blog/tee.md"][1:] == ("fr", ["/fr/blog/tee/"])


def test_a_translation_key_connects_files_of_different_names(folder):
    folder.write("hugo.toml", TWO_LANGUAGES)
    for name in ("tea.md", "the.fr.md"):
        folder.write(f"content/{name}", f"---\ntitle: {name}\ndate: 2018-01-02\ntranslationKey: tea\n---\n")
    folder.run()
    assert Post.objects.get(slug="the").translation_of.slug == "tea"


def test_a_language_that_is_switched_off_is_not_public(folder):
    folder.write("hugo.toml", f"{TWO_LANGUAGES}disabled = true\n")
    write_translations(folder, "content/tea.fr.md")
    folder.run()
    assert Post.objects.get().status == Post.Status.DRAFT


def test_zolas_translations(folder):
    folder.write("config.toml", 'base_url = "https://z.example"\ndefault_language = "en"\n[languages.fr]\n')
    folder.write("content/blog/tea.fr.md", '+++\ntitle = "Thé"\ndate = 2018-01-02\n+++\n')
    folder.run()
    assert posts() == {"Thé": ("tea", "fr", ["/fr/blog/tea/"])}


@pytest.mark.parametrize("start", ["", "content", "content/en/blog"])
@pytest.mark.parametrize(
    "files",
    [
        {
            "config/_default/hugo.toml": 'baseURL="https://h.example/"\n[permalinks]\nblog = "/:section/:year/:month/:slug/"\n'
        },
        {
            "config/_default/config.yaml": "baseURL: https://h.example/\n",
            "config/_default/permalinks.toml": 'blog = "/:section/:year/:month/:slug/"\n',
        },
        {"hugo.json": '{"baseURL": "https://h.example/", "permalinks": {"blog": "/:section/:year/:month/:slug/"}}'},
    ],
)
def test_the_configuration_may_be_a_folder_and_posts_may_be_deep(folder, files, start):
    for name, text in files.items():
        folder.write(name, text)
    folder.write("content/en/blog/2021-01-06-january.md", "---\ntitle: January\ndate: 2021-01-06\n---\n")
    folder.write("content/en/blog/_index.md", "---\ntitle: Blog\n---\n")
    folder.run(folder=start)
    assert list(PostAlias.objects.values_list("path", flat=True)) == ["/blog/2021/01/january/"]


def test_html_with_front_matter_is_a_post_and_other_formats_are_told(folder):
    folder.write("hugo.toml", "")
    folder.write("content/a.html", POST.format("HTML", "<p>Hello <b>you</b></p>"))
    folder.write("content/b.adoc", "= Title\n")
    folder.write("content/c.org", "#+title: C\n")
    folder.write("themes/x/layout.html", "<p>{{ .Title }}</p>")
    run = folder.run()
    assert [problem.partition("warning: ")[2].split(",")[0] for problem in run.problems] == ["is AsciiDoc", "is Org"]
    assert Post.objects.get().body == "Hello **you**"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{% notice tip %}}\nUse **this**.\n{{% /notice %}}", "> [!TIP]\n> Use **this**."),
        ('{{< alert type="danger" title="Hot" >}}Hands off{{< /alert >}}', "> [!CAUTION]\n> **Hot**\n>\n> Hands off"),
        ('{{< tab "One" >}}first{{< /tab >}}', "**One**\n\nfirst"),
        ("{{< mermaid >}}\ngraph TD\n{{< /mermaid >}}", "```mermaid\ngraph TD\n```"),
        ('{{< button href="https://x.example" >}}Press{{< /button >}}', "[Press](https://x.example)"),
        ("{{< param title >}}", "T"),
        (
            '{{< figure src="https://x.example/a.png" caption="Cap *x*" >}}',
            "![Cap *x*](https://x.example/a.png)\n\nCap *x*",
        ),
        ("{{< vimeo 123 >}}", "<https://vimeo.com/123>"),
        ("See http://auto.example/x.", "See <http://auto.example/x>."),
    ],
)
def test_shortcodes_of_the_usual_themes_become_markdown(folder, text, expected):
    folder.write("hugo.toml", "")
    folder.write("content/a.md", POST.format("T", text))
    assert folder.run().problems_beside(NO_DATE) == []
    assert Post.objects.get().body.strip() == expected


@pytest.mark.parametrize(
    "code",
    [
        "```go-html-template\n{{< youtube abc >}} ${{ secrets.X }}\n```",
        "    {{< youtube abc >}}",
        "Write `{{< youtube abc >}}` so.",
        "<pre>\n{{< youtube abc >}} http://auto.example\n</pre>",
    ],
)
def test_shortcodes_in_code_are_kept_as_they_are_with_a_warning(folder, code):
    folder.write("hugo.toml", "")
    folder.write("content/a.md", POST.format("T", f"Text.\n\n{code}"))
    assert "a.md:" in folder.run().err
    assert Post.objects.get().body == f"Text.\n\n{code}"
