"""How long ago something was, in words."""

from datetime import timedelta

import pytest
from django.utils import timezone, translation

from apps.core.templatetags.moments import ago


@pytest.mark.parametrize(
    ("seconds", "language", "words"),
    [
        (0, "en", "just now"),
        (59, "en", "just now"),
        (61, "en", "1 minute ago"),
        (2 * 86400 + 60, "en", "2 days ago"),
        (5, "de", "gerade eben"),
        (301, "de", "vor 5 Minuten"),
    ],
)
def test_less_than_a_minute_ago_is_just_now(seconds, language, words):
    with translation.override(language):
        assert ago(timezone.now() - timedelta(seconds=seconds)) == words
