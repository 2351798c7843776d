"""django-simple-history, without the admin that it would import into every role."""

from blog_project.lean import without_admin

with without_admin("django.contrib.admin", "site"):
    from simple_history.models import HistoricalRecords

__all__ = ["HistoricalRecords"]
