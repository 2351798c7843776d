"""A renamed or merged tag: its addresses redirect, and its posts keep their links and are found by its new name."""

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command

from apps.core.models import ContentGeneration
from apps.posts import services
from apps.posts.models import Post, PostTag, SearchDocument, Tag, TagAlias


def rename(tag: Tag, **fields) -> Tag:
    return services.update_tag(tag, expected_version=tag.version, **fields)


def indexed_tags(post: Post) -> str:
    return SearchDocument.objects.get(post=post).tags


@pytest.fixture
def sea(db) -> Tag:
    return services.create_tag(name="Sea")


@pytest.fixture
def ocean(db) -> Tag:
    return services.create_tag(name="Ocean")


def test_the_page_and_feeds_of_a_renamed_tag_redirect_permanently(sea, client):
    rename(sea, name="Seas", slug="seas")
    assert client.get("/tags/sea/").status_code == 301
    assert client.get("/tags/sea/").url == "/tags/seas/"
    for kind in ("atom", "rss", "json"):
        assert client.get(f"/tags/sea/feed.{kind}").url == f"/tags/seas/feed.{kind}"
    assert client.get("/tags/seas/").status_code == 200


def test_a_tag_that_gets_its_old_slug_back_does_not_redirect_to_itself(sea, client):
    rename(sea, slug="seas")
    rename(sea, slug="sea")
    assert client.get("/tags/sea/").status_code == 200
    assert client.get("/tags/seas/").url == "/tags/sea/"


def test_a_change_of_only_the_name_creates_no_alias(sea):
    rename(sea, name="The sea")
    assert not TagAlias.objects.exists()


def test_a_slug_that_two_tags_had_redirects_to_the_later_one(sea, ocean, client):
    rename(sea, slug="salt")
    rename(ocean, slug="sea")
    assert client.get("/tags/sea/").status_code == 200
    rename(ocean, slug="deep")
    assert client.get("/tags/sea/").url == "/tags/deep/"


def test_a_slug_made_from_a_name_is_not_a_former_slug_of_another_tag(sea):
    rename(sea, name="Salt water", slug="salt")
    assert services.create_tag(name="Sea").slug == "sea-2"


def test_former_addresses_of_a_deleted_tag_are_404(sea, client):
    rename(sea, slug="seas")
    services.delete_tag(sea)
    assert client.get("/tags/sea/").status_code == 404


def test_search_documents_have_the_new_name_of_a_tag(sea, make_post):
    post = make_post(tags=[sea])
    rename(sea, name="Ocean")
    assert indexed_tags(post) == "Ocean"
    services.delete_tag(sea)
    assert indexed_tags(post) == ""


def test_a_renamed_tag_updates_its_newest_documents_and_the_command_the_others(sea, make_post, monkeypatch, capsys):
    monkeypatch.setattr("apps.posts.services.documents.AT_ONCE", 1)
    monkeypatch.setattr("apps.posts.services.taxonomy.AT_ONCE", 1)
    older, newer = make_post(tags=[sea]), make_post(tags=[sea])
    rename(sea, name="Ocean")
    assert (indexed_tags(older), indexed_tags(newer)) == ("Sea", "Ocean")
    call_command("refresh_search")
    assert indexed_tags(older) == "Ocean"
    assert "1 search documents were changed." in capsys.readouterr().out


def test_merging_moves_the_posts_to_the_target_tag(sea, ocean, make_post, monkeypatch):
    monkeypatch.setattr("apps.posts.services.merging.BATCH", 2)
    of_sea = [make_post(tags=[sea]) for _ in range(5)]
    both = make_post(tags=[sea, ocean])
    before = ContentGeneration.objects.get().value
    services.merge_tags(sea, into=ocean)
    assert not Tag.objects.filter(name="Sea").exists()
    for post in [*of_sea, both]:
        assert list(post.tags.values_list("name", flat=True)) == ["Ocean"]
        assert indexed_tags(post) == "Ocean"
    assert PostTag.objects.count() == 6
    assert ContentGeneration.objects.get().value > before


def test_merging_creates_no_new_version_of_a_post(sea, ocean, make_post):
    post = make_post(tags=[sea])
    services.merge_tags(sea, into=ocean)
    post.refresh_from_db()
    assert post.version == 1
    assert post.history.count() == 1


def test_all_addresses_of_a_merged_tag_redirect_to_the_target_tag(sea, ocean, client):
    rename(sea, slug="seas")
    services.merge_tags(sea, into=ocean)
    assert client.get("/tags/sea/").url == "/tags/ocean/"
    assert client.get("/tags/seas/").url == "/tags/ocean/"
    assert client.get("/tags/seas/feed.atom").url == "/tags/ocean/feed.atom"


def test_merging_a_tag_into_itself_is_refused(sea):
    with pytest.raises(ValidationError, match="itself"):
        services.merge_tags(sea, into=sea)
