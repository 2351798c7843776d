"""The first day: a card with what a new blog lacks, which goes away when it is done, and a button removes the demo."""

from __future__ import annotations

import re
import shutil

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command, get_commands

from apps.comments.services import create_comment
from apps.core import content_state
from apps.media.models import Image
from apps.posts import services
from apps.posts.models import Author, Post, Series, Tag
from apps.site.models import Site
from tests.demo import DEMO, part_of_the_demo

REMOVE = "/admin/remove-demo/"


@pytest.fixture
def owner(db):
    user = User.objects.create_superuser("editor", "editor@localhost", "a-long-password")
    services.create_author(name="Editor", user=user)
    return user


@pytest.fixture
def demo(db, capsys, tmp_path):
    call_command(
        "import_markdown", str(part_of_the_demo(tmp_path, "about", "nothing-you-type-is-lost", "the-bell-is-back"))
    )
    return Post.objects.filter(source_id__startswith="markdown:demo/")


def has_card(client) -> bool:
    return 'id="start-first"' in client.get("/admin/").content.decode()


def test_the_card_goes_away_when_site_account_and_demo_are_done(owner, demo, log_in):
    client = log_in(owner)
    page = client.get("/admin/").content.decode()
    assert "Remove the demo</button>" in page
    client.post(REMOVE)
    assert "Remove the demo</button>" not in client.get("/admin/").content.decode()
    Site.objects.update_or_create(pk=1, defaults={"name": "Low Water"})
    content_state.invalidate()
    assert has_card(client)
    User.objects.filter(pk=owner.pk).update(email="owner@example.org")
    assert not has_card(client)


def test_the_card_leads_to_the_steps_of_an_import_which_need_no_copy_of_the_documentation(owner, log_in):
    client = log_in(owner)
    card = client.get("/admin/").content.decode()
    assert '<a href="/admin/moving/">Bring your posts</a>' in card
    page = client.get("/admin/moving/").content.decode()
    commands = re.findall(r"<code>python manage.py (import_\w+) [^<]+ --dry-run</code>", page)
    assert commands == ["import_wordpress", "import_ghost", "import_markdown"]
    assert {*commands} <= {*get_commands()}
    assert "docs/" not in card + page


@pytest.mark.parametrize("who", ["alice", "erika"])
def test_who_cannot_do_all_of_it_sees_no_card_and_removes_nothing(who, demo, log_in, request):
    client = log_in(request.getfixturevalue(who))
    assert not has_card(client)
    assert client.post(REMOVE).status_code == 403
    assert demo.exists()


def test_removing_the_demo_deletes_its_posts_tags_and_authors_and_nothing_else(owner, demo, log_in, make_post):
    own = make_post("Mine", authors=[owner.author], tags=services.tags_named(["Writing", "Tides"]))
    number = demo.count()
    page = log_in(owner).post(REMOVE, follow=True).content.decode()
    assert f"{number} posts of the demo were deleted." in page
    assert list(Post.objects.all()) == [own]
    assert set(Tag.objects.values_list("name", flat=True)) == {"Writing", "Tides"}
    assert list(Author.objects.all()) == [owner.author]


def test_its_series_and_pictures_go_too_unless_somebody_uses_them(owner, log_in, make_post, capsys, tmp_path):
    part = part_of_the_demo(tmp_path, "the-night-train-1", "the-night-train-2")
    shutil.copytree(DEMO / "pictures", part / "pictures")
    call_command("import_markdown", str(part))
    post = Post.objects.filter(cover_image__isnull=False).first()
    own = make_post("Mine", authors=[owner.author], cover_image=post.cover_image)
    assert Image.objects.count() > 1
    log_in(owner).post(REMOVE)
    assert list(Image.objects.all()) == [own.cover_image]
    assert not Series.objects.exists()


def test_what_somebody_changed_or_commented_on_is_kept_in_the_trash(owner, demo, log_in):
    Site.objects.update_or_create(pk=1, defaults={"comments": "open"})
    content_state.invalidate()
    changed, discussed = demo.filter(kind="post").order_by("pk")[:2]
    services.update_post(changed, by=owner, expected_version=1, title="Mine now")
    create_comment(by=None, post=discussed, body="A comment.", name="Rita")
    page = log_in(owner).post(REMOVE, follow=True).content.decode()
    assert "2 that were changed or have comments are in the trash." in page
    assert set(Post.objects.filter(trashed_at__isnull=False)) == set(Post.objects.all()) == {changed, discussed}


def test_looking_at_the_address_removes_nothing(owner, demo, log_in):
    assert log_in(owner).get(REMOVE).status_code == 405
    assert demo.exists()


def test_an_empty_front_page_tells_its_owner_what_to_do(client, make_post, db):
    sentence = '<a href="/admin/posts/post/add/">Write the first post</a>'
    assert sentence in client.get("/").content.decode()
    make_post("First")
    content_state.invalidate()
    assert sentence not in client.get("/").content.decode()
