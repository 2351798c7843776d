"""Deleting a post moves it to the trash."""

import pytest
from django.core.exceptions import ValidationError

from apps.posts import services
from apps.posts.models import Post, SearchDocument

pytestmark = pytest.mark.django_db


def test_a_trashed_post_is_not_public_but_stays_in_the_database(make_post):
    post = make_post()
    services.trash_post(post, by=None, expected_version=post.version)
    assert not Post.objects.published().exists()
    assert not SearchDocument.objects.exists()
    assert Post.objects.get().trashed_at


def test_a_restored_post_is_public_and_found_again(make_post):
    post = make_post(body="words")
    services.trash_post(post, by=None, expected_version=1)
    services.restore_post(post, by=None, expected_version=2)
    assert Post.objects.published().get().body == "words"
    assert SearchDocument.objects.get().body == "words"


def test_only_a_trashed_post_can_be_purged(make_post):
    post = make_post()
    with pytest.raises(ValidationError, match="in the trash"):
        services.purge_post(post, by=None)
    services.trash_post(post, by=None, expected_version=1)
    services.purge_post(post, by=None)
    assert not Post.objects.exists()
