"""The row that counts public changes was made by a migration; without it nobody could tell a cached page from an old one."""

import pytest

from apps.core import content_state
from apps.core.models import ContentGeneration


@pytest.mark.django_db
def test_where_it_is_gone_it_is_said_how_to_put_it_back():
    ContentGeneration.objects.all().delete()
    with pytest.raises(ContentGeneration.DoesNotExist, match="put it back with id 1 and value 0"):
        content_state.fetch()
