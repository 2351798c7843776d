"""Old addresses of posts, and other spellings of a path, redirect to the present address."""

from urllib.parse import unquote_to_bytes

import pytest

from apps.posts import services
from apps.posts.models import Post

pytestmark = pytest.mark.django_db


def get(client, path):
    """Get a path as it is spelt: the test client would take the part after a double slash for a host."""
    return client.get("/", PATH_INFO=unquote_to_bytes(path).decode("latin-1"))


@pytest.mark.parametrize(
    ("alias", "requested"),
    [
        ("/2013/05/06/old.html", "/2013/05/06/old.html"),
        ("/2013/05/06/old/", "/2013/05/06/old"),
        ("/2013/05/06/old", "/2013/05/06/old/"),
        ("/caf%C3%A9/", "/caf%C3%A9/"),
        ("/café/", "/caf%C3%A9"),
        ("/old_name/", "/old_name/"),
        ("/old-name/", "/old-name"),
        ("/archive/2013/x/", "/archive/2013/x/"),
        ("/old/", "//OLD"),
        ("/2013/05/old.html", "/2013//05/Old.html"),
    ],
)
def test_an_alias_redirects_permanently(client, make_post, alias, requested):
    make_post("Here now", aliases=[alias])
    response = get(client, requested)
    assert (response.status_code, response["Location"]) == (301, "/here-now/")


def test_browsers_revalidate_a_redirect(client, make_post):
    """By default browsers cache a 301 permanently: after a rename and its undoing they would loop."""
    make_post("Here now", aliases=["/old/"])
    assert "max-age=0" in client.get("/old/")["Cache-Control"]


def test_the_old_slug_of_a_post_redirects_with_its_query(client, make_post):
    post = make_post("Before")
    services.update_post(post, by=None, expected_version=1, slug="after")
    response = client.get("/before/?utm_source=x")
    assert (response.status_code, response["Location"]) == (301, "/after/?utm_source=x")
    assert client.get("/after/").status_code == 200


def test_a_post_renamed_twice_is_one_redirect_away_from_each_old_slug(client, make_post):
    post = make_post("First")
    for version, slug in enumerate(["second", "third"], 1):
        post = services.update_post(post, by=None, expected_version=version, slug=slug)
    for requested in ("/first/", "/First", "/second/"):
        response = client.get(requested)
        assert (response.status_code, response["Location"]) == (301, "/third/")


def test_a_redirect_with_a_query_is_not_cached(client, make_post):
    """A cache that ignores a parameter in its keys would send one reader's query to another."""
    make_post("Here now", aliases=["/old/"])
    assert client.get("/old/?utm_source=x")["Cache-Control"] == "no-store"
    assert client.get("/Here-Now?utm_source=x")["Cache-Control"] == "no-store"


@pytest.mark.in_process("the test client has one spelling for each path")
@pytest.mark.parametrize(
    ("sent", "canonical"), [("/%61-post/", "/a-post/"), ("/%6Fld/", "/a-post/"), ("/arch%69ve/", "/archive/")]
)
def test_percent_encoded_letters_redirect_to_the_canonical_path(client, make_post, sent, canonical):
    make_post("A post", aliases=["/old/"])
    response = client.get(sent, **{"broadsheet.sent_path": sent})
    assert (response.status_code, response["Location"]) == (301, canonical)


def test_an_alias_of_a_trashed_post_is_a_410_and_of_a_draft_a_404(client, make_post):
    post = make_post("Trashed", aliases=["/old/"])
    make_post("Draft", aliases=["/other/"], status=Post.Status.DRAFT)
    services.trash_post(post, by=None, expected_version=1)
    assert client.get("/old/").status_code == 410
    assert client.get("/other/").status_code == 404


@pytest.mark.parametrize(
    ("requested", "canonical"),
    [
        ("/a-post", "/a-post/"),
        ("/A-Post/", "/a-post/"),
        ("/Archive", "/archive/"),
        ("/tags", "/tags/"),
        ("/FEED.ATOM", "/feed.atom"),
        ("/feed.json/", "/feed.json"),
        ("//a-post//", "/a-post/"),
        ("/Archive//2026", "/archive/2026/"),
    ],
)
def test_another_spelling_redirects_to_the_canonical_one(client, make_post, requested, canonical):
    make_post("A post")
    response = get(client, requested)
    assert (response.status_code, response["Location"]) == (301, canonical)


@pytest.mark.parametrize("path", ["/nope/", "/a/b/c", "/wp-login.php", "/%00", "/%ff/", "/" + "x" * 3000])
def test_an_unknown_path_is_a_404_page(client, path):
    response = client.get(path, follow=True)
    assert response.status_code == 404
    assert "Page not found" in response.content.decode()


def test_a_double_slash_does_not_redirect_to_another_host(client):
    assert client.get("/", PATH_INFO="//example.org/Tags").status_code == 404


def test_an_unknown_path_is_a_404_for_any_method(client):
    assert client.post("/no/such/path").status_code == 404
