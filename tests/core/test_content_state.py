"""The state of the public content. Its row is created by a migration and must not be missing."""

import pytest

from apps.core import content_state
from apps.core.models import ContentGeneration


@pytest.mark.django_db
def test_fetch_raises_an_error_that_explains_how_to_restore_a_missing_row():
    ContentGeneration.objects.all().delete()
    with pytest.raises(ContentGeneration.DoesNotExist, match="put it back with id 1 and value 0"):
        content_state.fetch()
