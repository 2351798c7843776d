"""`language`, `translation_of` and `comments_allowed` of posts in the API, the admin and front matter."""

import pytest
from django.urls import reverse

from apps.posts import services
from apps.posts.models import Post
from apps.site.models import Site
from tests.api.conftest import ApiClient
from tests.editor.conftest import edit, log_in  # noqa: F401
from tests.static_sites.conftest import Folder

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


@pytest.fixture
def erika_client(erika) -> ApiClient:
    return ApiClient().as_(erika)


@pytest.fixture
def folder(tmp_path) -> Folder:
    return Folder(tmp_path)


# The API


def test_the_api_accepts_and_returns_the_fields(erika_client, make_post):
    roses = make_post("Roses")
    sent = {"title": "Rosen", "language": "de", "translation_of": roses.pk, "comments_allowed": False}
    created = erika_client.post("posts/", sent).json()
    assert {name: created[name] for name in sent} == sent
    found = erika_client.get("posts/?status=any").json()["results"][0]
    assert (found["language"], found["translation_of"], found["comments_allowed"]) == ("de", roses.pk, False)


def test_put_without_the_fields_sets_their_defaults_and_patch_keeps_them(erika_client, make_post):
    post = make_post("Rosen", language="de", translation_of=make_post("Roses"), comments_allowed=False)
    path = f"posts/{post.pk}/"
    erika_client.patch(path, {"title": "Rosen!"}, If_Match="*")
    post.refresh_from_db()
    assert (post.language, post.translation_of.slug, post.comments_allowed) == ("de", "roses", False)
    erika_client.put(path, {"title": "Rosen"}, If_Match="*")
    post.refresh_from_db()
    assert (post.language, post.translation_of, post.comments_allowed) == ("", None, True)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("language", "German"),
        ("language", "de_DE"),
        ("language", 'de"><script>'),
        ("translation_of", 4711),
        ("translation_of", 2**70),
        ("translation_of", -1),
        ("translation_of", "roses"),
        ("translation_of", True),
        ("comments_allowed", "perhaps"),
    ],
)
def test_an_invalid_value_is_an_error_of_its_field(erika_client, field, value):
    response = erika_client.post("posts/", {"title": "Rosen", field: value})
    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"] == f"/{field}"


def test_a_translation_of_itself_is_refused(erika_client, make_post):
    post = make_post("Roses")
    response = erika_client.patch(f"posts/{post.pk}/", {"translation_of": post.pk}, If_Match="*")
    assert response.status_code == 400
    assert "itself" in response.json()["errors"][0]["detail"]


def test_lists_can_be_filtered_by_language(erika_client, make_post):
    for title, language in [("Roses", ""), ("Rosen", "de"), ("Tulips", "en")]:
        make_post(title, language=language)

    def titles(language: str) -> set[str]:
        return {post["title"] for post in ApiClient().get(f"posts/?language={language}").json()["results"]}

    assert titles("de") == {"Rosen"}
    assert titles("en") == {"Roses", "Tulips"}, "a post without a language is in the site's"
    Site.objects.create(pk=1, language="de")
    assert titles("de") == {"Rosen", "Roses"}
    assert titles("fr") == set()


# The admin


def test_the_admin_form_saves_the_fields(erika, log_in, edit, make_post):  # noqa: F811
    roses, rosen = make_post("Roses"), make_post("Rosen")
    editor = log_in(erika)
    url, fields = edit(editor, rosen)
    fields.pop("comments_allowed")
    assert editor.post(url, fields | {"language": "de", "translation_of": roses.pk}).status_code == 302
    rosen.refresh_from_db()
    assert (rosen.language, rosen.translation_of, rosen.comments_allowed) == ("de", roses, False)


def test_an_edit_conflict_shows_the_titles_of_originals(erika, log_in, edit, make_post):  # noqa: F811
    roses, tulips, rosen = make_post("Roses"), make_post("Tulips"), make_post("Rosen", language="de")
    editor = log_in(erika)
    url, fields = edit(editor, rosen)
    services.update_post(rosen, by=None, expected_version=1, translation_of=tulips)
    page = editor.post(url, fields | {"translation_of": roses.pk})
    assert page.status_code == 409
    differences = page.content.decode().split('class="choices"')[0]
    assert "Tulips" in differences
    assert "Roses" in differences


def test_the_history_shows_and_restores_the_fields(erika, log_in, make_post):  # noqa: F811
    post = make_post("Rosen", language="de")
    services.update_post(post, by=erika, expected_version=1, language="en", comments_allowed=False)
    editor = log_in(erika)
    page = editor.get(reverse("admin:posts_post_history", args=[post.pk])).content.decode().lower()
    assert "language" in page
    assert "comments allowed" in page
    first = post.history.get(version=1)
    editor.post(
        reverse("admin:posts_post_simple_history", args=[post.pk, first.history_id]), {"version": "2", "at_once": "1"}
    )
    post.refresh_from_db()
    assert (post.language, post.comments_allowed) == ("de", True)


# Front matter


@pytest.mark.parametrize(
    ("line", "language"),
    [
        ("lang: de", "de"),
        ("language: pt_BR", "pt-BR"),
        ("locale: de_DE.UTF-8", "de-DE"),
        ("lang: DE", "de"),
        ("x: y", ""),
    ],
)
def test_front_matter_sets_the_language(folder, line, language):
    folder.write("rosen.md", f"---\ntitle: Rosen\n{line}\n---\nText.\n")
    folder.run()
    assert Post.objects.get().language == language


def test_an_invalid_language_in_front_matter_is_reported_and_ignored(folder):
    folder.write("rosen.md", "---\ntitle: Rosen\nlang: Klingonisch\n---\nText.\n")
    run = folder.run()
    assert "`lang` is 'Klingonisch', which is no tag of a language" in " ".join(run.problems)
    assert Post.objects.get().language == ""


def test_front_matter_closes_comments_and_missing_keys_change_nothing(folder):
    folder.write("rosen.md", "---\ntitle: Rosen\ncomments: false\nlang: de\n---\nText.\n")
    folder.run()
    assert Post.objects.get().comments_allowed is False
    folder.write("rosen.md", "---\ntitle: Rosen\n---\nMore text.\n")
    folder.run()
    post = Post.objects.get()
    assert (post.comments_allowed, post.language, post.body) == (False, "de", "More text.")


def test_a_translation_without_a_language_of_its_own_is_imported_alone(folder):
    folder.write("a.md", "---\ntitle: Roses\nslug: roses\n---\nText.\n")
    folder.run()
    folder.write("b.md", "---\ntitle: Rosen\nslug: rosen\ntranslation_of: roses\n---\nText.\n")
    assert "“Roses” is the text in the language “en” already" in " ".join(folder.run().problems)
    assert Post.objects.get(slug="rosen").translation_of is None
    assert folder.run().last_line.startswith("posts: 0 created, 0 updated, 2 unchanged")


def test_front_matter_may_name_an_original_that_is_imported_later(folder):
    folder.write("a.md", "---\ntitle: Rosen\nslug: rosen\nlang: de\ntranslation_of: roses\n---\nText.\n")
    assert "there is no post with the slug “roses” yet" in " ".join(folder.run().problems)
    folder.write("b.md", "---\ntitle: Roses\nslug: roses\n---\nText.\n")
    folder.run()
    folder.run()
    assert Post.objects.get(slug="rosen").translation_of.slug == "roses"
    version = Post.objects.get(slug="rosen").version
    folder.run()
    assert Post.objects.get(slug="rosen").version == version
