"""Adding, changing and deleting posts, tags and authors in the admin; each save is one version in the history."""

import html5lib
import pytest
from django.urls import reverse

from apps.posts import services
from apps.posts.models import Author, Post, Tag
from tests.editor.forms import HTML, fields_of

pytestmark = pytest.mark.any_database


def test_the_user_is_preset_as_the_author_of_a_new_post(alice, log_in, edit):
    client = log_in(alice)
    url, form = edit(client)
    response = client.post(url, {**form, "title": "First light", "body": "It is *early*.", "reason": "a start"})
    assert response.status_code == 302, response.context["errors"]
    post = Post.objects.get()
    assert (post.title, post.slug, post.version, post.status) == ("First light", "first-light", 1, "draft")
    assert "<em>early</em>" in post.body_html
    assert post.ordered_authors == [alice.author]
    (version,) = post.history.all()
    assert (version.history_user, version.history_change_reason) == (alice, "a start")


def test_a_change_is_one_version_by_the_user_who_made_it(erika, make_post, log_in, edit):
    post = make_post("Old title", tags=[services.create_tag(name="Sea")])
    client = log_in(erika)
    url, form = edit(client, post)
    assert client.post(url, {**form, "title": "New title"}).status_code == 302
    post.refresh_from_db()
    assert (post.title, post.version, post.history.count()) == ("New title", 2, 2)
    newest = post.history.first()
    assert (newest.title, newest.version, newest.history_user) == ("New title", 2, erika)
    assert [row.tag.name for row in newest.tags.all()] == ["Sea"]


def test_saving_without_a_change_makes_no_version(erika, make_post, log_in, edit):
    post = make_post(tags=[services.create_tag(name="Sea")], authors=[services.create_author(name="Zoe")])
    client = log_in(erika)
    url, form = edit(client, post)
    assert client.post(url, {**form, "reason": "nothing, really"}).status_code == 302
    assert Post.objects.get().version == 1


def test_crlf_line_ends_and_leading_spaces_are_not_a_change(erika, make_post, log_in, edit):
    post = make_post(body="    code first\n\nThen words.\n")
    client = log_in(erika)
    url, form = edit(client, post)
    sent = form["body"][0].lstrip("\n").replace("\n", "\r\n")
    assert client.post(url, {**form, "body": sent}).status_code == 302
    assert (Post.objects.get().version, Post.objects.get().body) == (1, post.body)
    client.post(url, {**form, "body": sent + "More.\r\n"})
    assert Post.objects.get().body == post.body + "More.\n"


def test_the_publication_date_keeps_its_microseconds_when_another_field_changes(erika, make_post, log_in, edit):
    post = make_post()
    client = log_in(erika)
    url, form = edit(client, post)
    client.post(url, {**form, "title": "Another"})
    assert Post.objects.get().published_at == post.published_at


def test_authors_keep_the_order_in_which_they_were_chosen(erika, make_post, log_in, edit):
    anna, zoe = services.create_author(name="Anna"), services.create_author(name="Zoe")
    post = make_post(authors=[anna, zoe])
    client = log_in(erika)
    url, form = edit(client, post)
    assert form["author_list"] == [str(anna.pk), str(zoe.pk)]
    client.post(url, {**form, "author_list": [str(zoe.pk), str(anna.pk)]})
    assert Post.objects.get().ordered_authors == [zoe, anna]
    assert edit(client, post)[1]["author_list"] == [str(zoe.pk), str(anna.pk)]


def test_the_original_of_a_translation_can_be_chosen_but_neither_added_nor_deleted_here(erika, make_post, log_in, edit):
    client = log_in(erika)
    url, form = edit(client, make_post(language="de", translation_of=make_post("The original", language="en")))
    html = client.get(url).content.decode()
    assert "The original" in html
    assert "translation_of" in form
    assert not [button for button in ("add_id_translation_of", "delete_id_translation_of") if button in html]


def test_publishing_without_a_date_sets_it_to_now(erika, make_post, log_in, edit):
    post = make_post(status="draft")
    client = log_in(erika)
    url, form = edit(client, post)
    assert client.post(url, {**form, "status": "published"}).status_code == 302
    assert Post.objects.get().is_public()


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("slug", "admin", "address that the site needs itself"),
        ("slug", "taken", "already exists"),
        ("slug", "No Slug", "a-z, 0-9"),
        ("title", "", "required"),
        ("body", "x" * 1_000_001, "1 MB"),
        ("canonical_url", "javascript:alert(1)", "valid URL"),
        ("published_at_0", "the day after", "“the day after” is no date. Write it like "),
        ("tag_list", "4711", "not one of the available choices"),
    ],
)
def test_an_invalid_value_shows_the_form_again_with_the_text_and_a_reason(
    field, value, message, erika, make_post, log_in, edit
):
    make_post("Taken", slug="taken")
    post = make_post("Mine")
    client = log_in(erika)
    url, form = edit(client, post)
    response = client.post(url, {**form, "summary": "A summary just typed", field: value})
    assert response.status_code == 200
    page = response.content.decode()
    assert message in page
    assert "A summary just typed" in page
    assert fields_of(response, "post_form")["version"] == ["1"]
    assert Post.objects.get(pk=post.pk).version == 1


def test_an_error_that_only_the_service_finds_shows_the_form_again(erika, make_post, log_in, edit):
    post = make_post("Mine")
    client = log_in(erika)
    url, form = edit(client, post)
    too_deep = "> " * 50 + "deep"
    response = client.post(url, {**form, "body": too_deep})
    assert "too deeply" in response.content.decode()
    assert fields_of(response, "post_form")["body"][0].strip() == too_deep.strip()
    assert Post.objects.get().version == 1


def test_deleting_moves_a_post_to_the_trash_and_deleting_it_again_purges_it(erika, make_post, log_in):
    post = make_post()
    client = log_in(erika)
    url = reverse("admin:posts_post_delete", args=[post.pk])
    assert "to the trash?" in client.get(url).content.decode()
    assert Post.objects.get().trashed_at is None
    assert "was moved to the trash" in client.post(url, {"post": "yes"}, follow=True).content.decode()
    assert Post.objects.get().trashed_at is not None
    assert "for good?" in client.get(url).content.decode()
    assert "was deleted for good" in client.post(url, {"post": "yes"}, follow=True).content.decode()
    assert not Post.objects.exists()


def test_a_post_in_the_trash_is_read_only(erika, make_post, log_in):
    post = make_post("Gone")
    services.trash_post(post, by=erika, expected_version=1)
    client = log_in(erika)
    url = reverse("admin:posts_post_change", args=[post.pk])
    assert "Restore it to change it" in client.get(url).content.decode()
    assert client.post(url, {"title": "Back", "version": "2"}).status_code == 403


def test_the_form_of_a_trashed_post_shows_its_tags_and_authors(erika, make_post, log_in):
    post = make_post(tags=[services.create_tag(name="Sea")], authors=[services.create_author(name="Zoe")])
    services.trash_post(post, by=erika, expected_version=1)
    page = log_in(erika).get(reverse("admin:posts_post_change", args=[post.pk])).content.decode()
    shown = [field.split("</div>")[0] for field in page.split('<div class="readonly">')[1:]]
    assert "Sea" in shown
    assert "Zoe" in shown


def test_a_trashed_post_can_be_restored_from_its_form(erika, make_post, log_in):
    post = make_post()
    services.trash_post(post, by=erika, expected_version=1)
    client = log_in(erika)
    page = html5lib.parse(client.get(reverse("admin:posts_post_change", args=[post.pk])).content.decode())
    (form,) = [form for form in page.iter(f"{HTML}form") if "state=trash" in form.get("action", "")]
    fields = {field.get("name"): field.get("value") for field in form.iter() if field.get("name")}
    assert "1 post was restored." in client.post(form.get("action"), fields, follow=True).content.decode()
    assert Post.objects.get().trashed_at is None


def test_tags_and_authors_are_written_through_their_services(erika, log_in):
    client = log_in(erika)
    client.post(reverse("admin:posts_tag_add"), {"name": "Deep sea", "slug": "", "description": ""})
    tag = Tag.objects.get()
    assert (tag.slug, tag.version) == ("deep-sea", 1)
    url = reverse("admin:posts_tag_change", args=[tag.pk])
    form = fields_of(client.get(url), "tag_form")
    client.post(url, {**form, "name": "Shallow sea"})
    tag.refresh_from_db()
    assert (tag.name, tag.slug, tag.version) == ("Shallow sea", "deep-sea", 2)
    client.post(reverse("admin:posts_author_add"), {"name": "Zoë", "slug": "", "bio": "", "website": ""})
    assert Author.objects.get(name="Zoë").slug == "zoe"
    client.post(reverse("admin:posts_tag_delete", args=[tag.pk]), {"post": "yes"})
    assert not Tag.objects.exists()


def test_deleting_an_author_with_posts_is_refused_with_a_reason(erika, make_post, log_in):
    zoe = services.create_author(name="Zoe")
    make_post(authors=[zoe])
    response = log_in(erika).post(reverse("admin:posts_author_delete", args=[zoe.pk]), {"post": "yes"}, follow=True)
    assert "has posts. Give these to somebody else first." in response.content.decode()
    assert Author.objects.filter(pk=zoe.pk).exists()


def test_a_tag_that_differs_by_case_alone_is_refused(erika, log_in):
    services.create_tag(name="Sea")
    response = log_in(erika).post(reverse("admin:posts_tag_add"), {"name": "sea", "slug": "", "description": ""})
    assert "There is a tag of this name already." in response.content.decode()
