"""What a write changes: history, aliases, links, the search document, the content generation."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, models, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.core import content_state
from apps.core.models import ContentGeneration
from apps.markdown import rendering
from apps.posts import services
from apps.posts.models import BODY_LIMIT, Author, Post, PostAlias, SearchDocument, Tag

pytestmark = pytest.mark.django_db


def update(post, **fields):
    return services.update_post(post, by=fields.pop("by", None), expected_version=post.version, **fields)


def aliases():
    return list(PostAlias.objects.order_by("path").values_list("path", flat=True))


def statements(write) -> list[tuple[str, str]]:
    """Return the verb and the table of each SQL statement that `write` runs, except transaction statements."""
    with CaptureQueriesContext(connection) as captured:
        write()
    found = []
    for query in captured:
        words = query["sql"].replace("`", "").replace('"', "").split()
        table_index = {"INSERT": 2, "UPDATE": 1, "DELETE": 2, "SELECT": 0}.get(words[0])
        if table_index is not None:
            found.append((words[0], words[table_index] if table_index else ""))
    return found


# History


def test_each_version_has_one_history_row_with_its_user_tags_and_ordered_authors(alice, erika):
    first, second = Author.objects.get(), services.create_author(name="Zoe")
    post = services.create_post(
        by=alice, title="One", authors=[second, first], tags=services.tags_named(["x", "y"]), status="draft"
    )
    update(post, by=erika, title="Two", authors=[first, second], reason="turned")
    update(post, by=erika, tags=[])
    history = list(post.history.order_by("version"))
    assert [(row.version, row.title, row.history_type) for row in history] == [
        (1, "One", "+"), (2, "Two", "~"), (3, "Two", "~"),
    ]  # fmt: skip
    assert [row.history_user for row in history] == [alice, erika, erika]
    assert history[1].history_change_reason == "turned"
    authors = [[link.author for link in row.authors.order_by("position")] for row in history]
    assert authors == [[second, first], [first, second], [first, second]]
    assert [{link.tag.name for link in row.tags.all()} for row in history] == [{"x", "y"}, {"x", "y"}, set()]


def test_a_change_of_the_date_keeps_the_order_of_authors_and_takes_few_queries(make_post):
    authors = [services.create_author(name=f"A{number}") for number in range(10)]
    post = make_post(authors=authors[::-1])
    with CaptureQueriesContext(connection) as captured:
        update(post, published_at=timezone.now() - timedelta(days=1))
    assert Post.objects.get().ordered_authors == authors[::-1]
    assert len(captured) < 25


def test_an_unknown_field_raises(make_post):
    with pytest.raises(TypeError, match="titel"):
        update(make_post(), titel="x")


# Aliases


def test_changing_the_slug_of_a_public_post_creates_an_alias(make_post):
    update(make_post(slug="a"), slug="b")
    assert aliases() == ["/a/"]


def test_changing_the_slug_of_a_draft_creates_no_alias(make_post):
    update(make_post(slug="a", status="draft"), slug="b")
    assert aliases() == []


def test_a_scheduled_post_gets_aliases_only_after_its_date_has_passed(make_post):
    post = make_post(slug="a", published_at=timezone.now() + timedelta(days=1))
    update(post, slug="b")
    assert aliases() == []
    Post.objects.update(published_at=timezone.now() - timedelta(seconds=1))
    update(Post.objects.get(), slug="c")
    assert aliases() == ["/b/"]


def test_changing_the_slug_of_an_unpublished_post_that_was_public_creates_an_alias(make_post):
    post = update(make_post(slug="a"), status="draft")
    update(post, slug="b")
    assert aliases() == ["/a/"]


def test_a_post_that_returns_to_its_old_slug_does_not_redirect_to_itself(make_post):
    post = update(update(make_post(slug="a"), slug="b"), slug="a")
    assert aliases() == ["/b/"]
    assert PostAlias.objects.get().post == post


def test_an_address_that_two_posts_had_redirects_to_the_later_one(make_post):
    update(make_post(slug="a"), slug="b")
    later = update(make_post(slug="a"), slug="c")
    assert PostAlias.objects.get(path="/a/").post == later


@pytest.mark.parametrize("year", [1, 999, 9999])
def test_a_date_out_of_the_supported_years_is_an_error_of_its_field(make_post, year):
    with pytest.raises(ValidationError, match="from 1000 to 9998") as error:
        make_post(published_at=datetime(year, 1, 1, tzinfo=UTC))
    assert list(error.value.message_dict) == ["published_at"]


@pytest.mark.parametrize("path", ["relative", "/" + "a" * 255])
def test_an_alias_that_is_not_a_path_is_refused_and_nothing_is_written(make_post, path):
    with pytest.raises(ValidationError, match="is no path"):
        make_post(aliases=[path])
    assert not Post.objects.exists()


# Validation


def test_a_body_over_the_limit_is_refused_before_it_is_rendered(make_post, monkeypatch):
    monkeypatch.setattr(rendering, "render", lambda source: pytest.fail("rendered"))
    with pytest.raises(ValidationError, match="1,000,002 bytes.*at most 1,000,000"):
        make_post(body="é" * (BODY_LIMIT // 2 + 1))


def test_a_body_that_exceeds_the_rendering_limits_is_an_error_of_its_field(make_post):
    with pytest.raises(ValidationError, match="too deeply") as error:
        make_post(body=">" * 1000)
    assert list(error.value.message_dict) == ["body"]


@pytest.mark.parametrize(
    ("field", "value"), [("title", "a\ud800"), ("title", "a\x00"), ("summary", "\x1b"), ("body", "\udfff")]
)
def test_characters_that_are_not_text_are_an_error_of_their_field(make_post, field, value):
    with pytest.raises(ValidationError, match="which is not text") as error:
        make_post(**{field: value})
    assert list(error.value.message_dict) == [field]


@pytest.mark.parametrize(
    "row", [{"status": "published", "published_at": None}, {"status": "lost"}, {"kind": "lost"}, {"slug": "other"}]
)
def test_database_constraints_refuse_invalid_rows(make_post, row):
    make_post(slug="other")
    post = make_post(slug="mine")
    with pytest.raises(IntegrityError), transaction.atomic():
        Post.objects.filter(pk=post.pk).update(**row)


def test_a_published_post_without_a_date_gets_the_current_time(make_post):
    before = timezone.now()
    assert before <= make_post().published_at <= timezone.now()
    assert make_post(status="draft").published_at is None


# Tags and authors


def test_names_of_tags_are_compared_without_case():
    first = services.tags_named(["News", " news ", "Sport", ""])
    assert [tag.name for tag in first] == ["News", "Sport"]
    assert services.tags_named(["NEWS", "sport"]) == first
    with pytest.raises(ValidationError, match="a tag of this name"):
        services.create_tag(name="nEWS")


def test_an_author_with_posts_cannot_be_deleted(make_post):
    author = services.create_author(name="A")
    make_post(authors=[author])
    with pytest.raises(ValidationError, match="has posts"):
        services.delete_author(author)
    assert Author.objects.count() == 1


# Search and generation


@pytest.mark.parametrize(
    ("fields", "found"),
    [({}, 1), ({"status": "draft"}, 0), ({"published_at": timezone.now() + timedelta(days=9)}, 1)],
)
def test_published_and_scheduled_posts_have_a_search_document(make_post, fields, found):
    make_post(**fields)
    assert SearchDocument.objects.count() == found


def test_the_search_document_is_updated_with_the_post(make_post):
    post = make_post("One", tags=services.tags_named(["t"]), body="*x*")
    update(post, title="Two", body="y")
    document = SearchDocument.objects.get()
    assert (document.title, document.tags, document.body) == ("Two", "t", "y")
    update(post, status="draft")
    assert not SearchDocument.objects.exists()


@pytest.mark.parametrize(
    ("first", "change", "counts"),
    [
        ({"status": "draft"}, {"title": "x"}, 0),
        ({"status": "draft"}, {"status": "published"}, 1),
        ({}, {"title": "x"}, 1),
        ({}, {"status": "draft"}, 1),
    ],
)
def test_only_public_changes_increment_the_generation_and_are_told_in_the_last_writes(make_post, first, change, counts):
    post = make_post(**first)
    before = ContentGeneration.objects.get().value
    ran = statements(lambda: update(post, **change))
    assert ContentGeneration.objects.get().value == before + counts
    assert [table for verb, table in ran].count("core_contentgeneration") == counts
    written = [(verb, table) for verb, table in ran if verb != "SELECT"]
    last = [("UPDATE", "core_contentgeneration"), ("INSERT", "core_change")]
    assert (written[-2:] == last) is bool(counts)


# The privileges of the roles


CONTENT = {"posts_post", "posts_posttag", "posts_postauthor"}
HISTORY = {"posts_historicalpost", "posts_historicalposttag", "posts_historicalpostauthor"}


def test_creating_needs_only_the_grants_of_the_create_role(alice):
    author, tags = Author.objects.get(), services.tags_named(["x"])
    ran = statements(lambda: services.create_post(by=alice, title="T", authors=[author], tags=tags, status="published"))
    inserts = {table for verb, table in ran if verb == "INSERT"}
    assert inserts == CONTENT | HISTORY | {"posts_searchdocument", "core_change"}
    assert {(verb, table) for verb, table in ran if verb in ("UPDATE", "DELETE")} == {
        ("UPDATE", "core_contentgeneration")
    }


def test_deleting_needs_only_the_grants_of_the_delete_role(make_post, alice):
    post = make_post(authors=[Author.objects.get()], tags=services.tags_named(["x"]))
    with CaptureQueriesContext(connection) as captured:
        ran = statements(lambda: services.trash_post(post, by=alice, expected_version=1))
    assert {(verb, table) for verb, table in ran if verb != "SELECT"} == {
        ("UPDATE", "posts_post"),
        ("UPDATE", "posts_posttag"),
        ("UPDATE", "posts_postauthor"),
        *(("INSERT", table) for table in HISTORY),
        ("DELETE", "posts_searchdocument"),
        ("UPDATE", "core_contentgeneration"),
        ("INSERT", "core_change"),
    }
    queries = [query["sql"].replace("`", "").replace('"', "") for query in captured]
    (changed,) = [sql for sql in queries if sql.startswith("UPDATE posts_post ")]
    columns = changed.partition(" SET ")[2].partition(" WHERE ")[0]
    assert {part.split(" = ")[0].strip() for part in columns.split(", ")} == {
        "version", "updated_at", "revised_at", "trashed_at", "address_was_public",
    }  # fmt: skip


def test_updating_needs_only_the_grants_of_the_update_role(make_post, alice):
    post = make_post(slug="a", tags=services.tags_named(["x"]))
    ran = statements(lambda: update(post, by=alice, slug="b", tags=Tag.objects.none()))
    deletes = {table for verb, table in ran if verb == "DELETE"}
    assert {table for verb, table in ran if verb == "UPDATE"} == {"posts_post", "core_contentgeneration"}
    assert deletes <= {"posts_posttag", "posts_postauthor", "posts_postalias", "posts_searchdocument"}


def test_a_moved_trashed_post_and_an_alias_of_a_draft_change_what_readers_get(make_post):
    """Their old addresses are redirected or gone, although nobody sees the posts themselves."""
    trashed = services.trash_post(make_post(), by=None, expected_version=1)
    before = content_state.fetch().generation
    services.update_post(trashed, by=None, expected_version=2, slug="elsewhere")
    assert content_state.fetch().generation == before + 1
    make_post("A draft", status="draft", aliases=["/old/"])
    assert content_state.fetch().generation == before + 2


def test_purging_a_draft_keeps_its_history_and_the_content_generation(make_post):
    post = services.trash_post(make_post(status="draft"), by=None, expected_version=1)
    before = ContentGeneration.objects.get().value
    services.purge_post(post, by=None)
    assert ContentGeneration.objects.get().value == before
    assert list(Post.history.order_by("history_id").values_list("history_type", flat=True)) == ["+", "~", "-"]


def test_what_the_table_refuses_is_refused_without_a_query(django_assert_num_queries):
    known = {"post_published_has_date", "post_status_known", "post_kind_known"}
    checks = {each.name for each in Post._meta.constraints if isinstance(each, models.CheckConstraint)}
    assert checks == known == {each.name for each in Post._meta.constraints}
    with django_assert_num_queries(0):
        with pytest.raises(ValidationError, match="needs a publication date"):
            Post(title="Tides", status="published").validate_constraints()
        Post(title="Tides", status="published").validate_constraints(exclude={"published_at"})
        Post(title="Tides", status="published", published_at=timezone.now()).validate_constraints()
        for wrong in ({"status": "lost"}, {"kind": "song"}):
            with pytest.raises(ValidationError):
                Post(title="Tides", **wrong).clean_fields(exclude={"slug", "body"})


def test_the_authors_of_a_post_take_one_query(django_assert_num_queries):
    authors = [services.create_author(name=f"Author {number}") for number in range(3)]
    post = Post.objects.get(pk=services.create_post(by=None, title="Tides", body="Text.", authors=authors).pk)
    with django_assert_num_queries(1):
        assert [author.name for author in post.ordered_authors] == ["Author 0", "Author 1", "Author 2"]
