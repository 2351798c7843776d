"""django-simple-history, without the admin it would import into every role."""

from __future__ import annotations

import importlib.util
import sys

from django.conf import settings

ADMIN = "django.contrib.admin"


def _history_records() -> type:
    """Import HistoricalRecords; where the admin is not installed, without loading it.

    simple_history.models imports the whole admin for one `admin.site.name` in a method that only the admin calls
    (some 40 modules, in pods that have no use for them). There it gets a module that loads itself on first use.
    """
    if ADMIN in settings.INSTALLED_APPS or ADMIN in sys.modules:
        from simple_history.models import HistoricalRecords

        return HistoricalRecords

    import django.contrib

    spec = importlib.util.find_spec(ADMIN)
    spec.loader = importlib.util.LazyLoader(spec.loader)
    sys.modules[ADMIN] = django.contrib.admin = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(django.contrib.admin)
    try:
        from simple_history.models import HistoricalRecords
    finally:
        del sys.modules[ADMIN], django.contrib.admin
    return HistoricalRecords


HistoricalRecords = _history_records()
