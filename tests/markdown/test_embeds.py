"""A line that is only the address of something on another site becomes a card of our own; all else stays a link."""

import re

import pytest

from apps.markdown import embeds, rendering
from apps.markdown.rendering import limits

YOUTUBE = "https://www.youtube-nocookie.com/embed/"
SPOTIFY = "https://open.spotify.com/embed/"
SOUNDCLOUD = "https://w.soundcloud.com/player/?url=https%3A//"
ID, SPOTIFY_ID, LOOM_ID = "dQw4w9WgXcQ", "11dFghVXANMlKmJXsNCbNl", "0123456789abcdef0123456789abcdef"
BLUESKY_POST = "app.bsky.feed.post/3kj2umze7zj2n"
PLAYERS = {
    f"https://www.youtube.com/watch?v={ID}": f"{YOUTUBE}{ID}?start=0",
    f"http://youtube.com/watch?v={ID}": f"{YOUTUBE}{ID}?start=0",
    f"https://m.youtube.com/watch?app=desktop&v={ID}&t=90s": f"{YOUTUBE}{ID}?start=90",
    f"https://music.youtube.com/watch?v={ID}&list=x": f"{YOUTUBE}{ID}?start=0",
    f"https://youtu.be/{ID}": f"{YOUTUBE}{ID}?start=0",
    f"https://youtu.be/{ID}?si=abc&t=5": f"{YOUTUBE}{ID}?start=5",
    f"https://www.youtube.com/shorts/{ID}": f"{YOUTUBE}{ID}?start=0",
    f"https://www.youtube.com/live/{ID}?feature=share": f"{YOUTUBE}{ID}?start=0",
    f"https://www.youtube-nocookie.com/embed/{ID}?start=7&rel=0": f"{YOUTUBE}{ID}?start=7",
    "https://www.youtube.com/playlist?list=PL0123456789": f"{YOUTUBE}videoseries?list=PL0123456789",
    "https://www.youtube.com/embed/videoseries?list=PL0123456789": f"{YOUTUBE}videoseries?list=PL0123456789",
    "https://vimeo.com/123": "https://player.vimeo.com/video/123?dnt=1",
    "https://vimeo.com/channels/staffpicks/123#t=3": "https://player.vimeo.com/video/123?dnt=1",
    "https://vimeo.com/123/abcdef0": "https://player.vimeo.com/video/123?h=abcdef0&dnt=1",
    "//player.vimeo.com/video/123?title=0": "https://player.vimeo.com/video/123?dnt=1",
    "https://player.vimeo.com/video/123?h=abcdef0&title=0": "https://player.vimeo.com/video/123?h=abcdef0&dnt=1",
    "https://www.dailymotion.com/video/x8abcde": "https://geo.dailymotion.com/player.html?video=x8abcde",
    "https://dai.ly/x8abcde": "https://geo.dailymotion.com/player.html?video=x8abcde",
    f"https://www.loom.com/share/{LOOM_ID}": f"https://www.loom.com/embed/{LOOM_ID}",
    f"https://open.spotify.com/track/{SPOTIFY_ID}?si=1": f"{SPOTIFY}track/{SPOTIFY_ID}",
    f"https://open.spotify.com/intl-de/album/{SPOTIFY_ID}": f"{SPOTIFY}album/{SPOTIFY_ID}",
    f"https://open.spotify.com/embed/episode/{SPOTIFY_ID}": f"{SPOTIFY}episode/{SPOTIFY_ID}",
    "https://soundcloud.com/a-band/a-song": f"{SOUNDCLOUD}soundcloud.com/a-band/a-song",
    "https://soundcloud.com/a-band/sets/an-album": f"{SOUNDCLOUD}soundcloud.com/a-band/sets/an-album",
    f"{SOUNDCLOUD}api.soundcloud.com/tracks/1&color=red": f"{SOUNDCLOUD}api.soundcloud.com/tracks/1",
    "https://podcasts.apple.com/de/podcast/x/id12?i=34": "https://embed.podcasts.apple.com/de/podcast/x/id12?i=34",
    "https://podcasts.apple.com/de/podcast/x/id12": "https://embed.podcasts.apple.com/de/podcast/x/id12",
    "https://bsky.app/profile/a.example.org/post/3kj2umze7zj2n": (
        f"https://embed.bsky.app/embed/a.example.org/{BLUESKY_POST}?colorMode=system"
    ),
    "https://codepen.io/team/pen/abcDEF": "https://codepen.io/team/embed/abcDEF?default-tab=result",
    "https://codepen.io/team/embed/preview/abcDEF?x": "https://codepen.io/team/embed/abcDEF?default-tab=result",
    "https://jsfiddle.net/team/abcdefgh/2/": "https://jsfiddle.net/team/abcdefgh/2/embedded/",
    "https://asciinema.org/a/123": "https://asciinema.org/a/123/iframe",
    "https://mastodon.social/@somebody/123": "https://mastodon.social/@somebody/123/embed",
}
LINKS = [
    f"https://www.youtube.com.evil.example/watch?v={ID}",
    f"https://evil.example/www.youtube.com/watch?v={ID}",
    f"https://evilyoutube.com/watch?v={ID}",
    f"https://youtube.com@evil.example/watch?v={ID}",
    f"https://youtube.com:8443/watch?v={ID}",
    f"https://youtube.com/watch?x=1#v={ID}",
    "https://youtu.be/short",
    "https://www.youtube.com/@somebody",
    f"ftp://youtu.be/{ID}",
    f"javascript://youtu.be/{ID}",
    "https://vimeo.com/blog/post",
    "https://open.spotify.com/user/abc",
    "https://soundcloud.com/a-band",
    "https://soundcloud.com/a-band/sets",
    "https://bsky.app/profile/a.example.org",
    "https://mastodon.evil.example/@somebody/123",
    "https://mastodon.social.evil.example/@somebody/123",
    "https://gist.github.com/somebody/0123456789abcdef",
    f"https://youtu.be/{ID}?{'x' * 500}",
]


def html_of(text: str) -> str:
    return rendering.render(text).html


def players(text: str) -> list[str]:
    return [found.replace("&amp;", "&") for found in re.findall(r' data-player="([^"]*)"', html_of(text))]


@pytest.mark.parametrize("address", PLAYERS)
def test_the_address_of_a_page_or_a_player_is_found_in_the_table(address):
    assert embeds.find(address).player == PLAYERS[address]


@pytest.mark.parametrize("address", [address for address in PLAYERS if address.startswith("http")])
def test_a_line_that_is_only_such_an_address_becomes_a_card(address):
    assert players(f"Before.\n\n{address}\n\nAfter.") == [PLAYERS[address]]


@pytest.mark.parametrize("address", LINKS)
def test_all_other_addresses_stay_what_they_are(address):
    assert embeds.find(address) is None
    html = html_of(f"{address}\n\n<iframe src='{address}'></iframe>")
    assert "embed" not in html.replace(address, "")
    assert "<iframe" not in html


def test_every_site_has_a_player_that_its_page_may_frame():
    for player in PLAYERS.values():
        assert embeds.frame_sources(html_of(f'<iframe src="{player}"></iframe>')), player


def test_a_card_is_a_link_with_words_in_the_language_of_the_text():
    html = html_of("https://vimeo.com/123")
    assert '<strong>Video on Vimeo</strong> <a href="https://vimeo.com/123" rel="noopener">vimeo.com/123</a>' in html
    assert 'data-show="Show the video from Vimeo"' in html
    assert "Your browser then asks player.vimeo.com, which sees your IP address" in html


def test_an_address_among_words_in_brackets_in_a_list_or_in_code_is_no_card():
    for text in (
        "See https://vimeo.com/123 now.",
        "[A talk](https://vimeo.com/123)",
        "- https://vimeo.com/123",
        "> https://vimeo.com/123",
        "    https://vimeo.com/123",
        "`https://vimeo.com/123`",
        "```\nhttps://vimeo.com/123\n```",
        "## https://vimeo.com/123",
        "*https://vimeo.com/123*",
    ):
        assert players(text) == [], text


def test_lines_of_one_paragraph_are_split_around_a_card():
    html = html_of("One:\nhttps://vimeo.com/1\n<https://vimeo.com/2>\nTwo *and\nhttps://vimeo.com/3\nthree*.")
    assert re.sub(r"<figure.*?</figure>", "CARD", html) == (
        '<p>One:</p>\nCARD\nCARD\n<p>Two <em>and\n<a href="https://vimeo.com/3" rel="noopener">https://vimeo.com/3</a>\n'
        "three</em>.</p>\n"
    )


def test_frames_of_known_sites_become_cards_wherever_they_are():
    frame = '<iframe width="560" src="https://www.youtube.com/embed/dQw4w9WgXcQ?si=x" allowfullscreen></iframe>'
    for text in (frame, f"<div>{frame}</div>", f"- x\n\n  {frame}", f"Words {frame} words"):
        assert players(text) == [f"{YOUTUBE}{ID}?start=0"], text


def test_a_frame_in_a_link_a_heading_or_a_row_of_a_table_is_left_out():
    frame = '<iframe src="https://vimeo.com/1"></iframe>'
    for text in (f"<a href=/x>{frame}</a>", f"<h2>{frame}</h2>", f"<table><tr>{frame}</tr></table>"):
        assert players(text) == [], text


def test_an_author_cannot_write_a_card():
    html = html_of('<figure class="embed embed-wide" data-player="https://vimeo.com/" data-show="x">x</figure>')
    assert html == '<figure class="embed embed-wide">x</figure>'
    faked = '`<figure class="embed embed-wide" data-player="https://player.vimeo.com/">`'
    assert embeds.frame_sources(html_of(faked)) == []


def test_beyond_fifty_cards_the_rest_are_links():
    html = html_of("https://vimeo.com/1\n" * 10_000)
    assert html.count("data-player") == limits.MAX_CARDS == 50
    assert html.count('<p><a href="https://vimeo.com/1"') == 9950


def test_the_servers_of_mastodon_are_a_setting(settings):
    settings.MASTODON_HOSTS = ["social.example"]
    html = html_of("https://social.example/@somebody/1\n\nhttps://mastodon.social/@somebody/1")
    assert embeds.frame_sources(html) == ["https://social.example"]
    settings.MASTODON_HOSTS = []
    assert embeds.frame_sources(html) == []
    assert players("https://social.example/@somebody/1") == []


def test_cards_are_not_in_excerpts_but_in_the_text_for_search():
    rendered = rendering.render("https://vimeo.com/123\n\nA talk.")
    assert rendered.excerpt == "A talk."
    assert "Vimeo vimeo.com/123 A talk." in rendering.plain_text(rendered.html)
