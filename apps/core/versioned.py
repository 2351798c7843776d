"""Optimistic locking: an UPDATE checks the version that the change was made from."""

from __future__ import annotations

from django.db import models


class StaleVersion(Exception):
    """The row has been changed or deleted since the version that a change was made from."""

    def __init__(self, instance: models.Model, expected: int) -> None:
        self.instance = instance
        self.expected = expected
        super().__init__(f"{instance._meta.verbose_name} {instance.pk} is no longer at version {expected}.")


class VersionedModel(models.Model):
    """A row with a version number that increases by one with every change."""

    version = models.PositiveIntegerField(default=1, editable=False)

    _expected_version: int | None = None

    class Meta:
        abstract = True

    def save_version(self, expected: int, *, update_fields: list[str] | None = None) -> None:
        """Save a change made from version `expected`, in one UPDATE that checks this version.

        `update_fields` limits the columns (the version is added). Raises StaleVersion, and changes nothing, if the row
        has another version.
        """
        self._expected_version = expected
        before, self.version = self.version, expected + 1
        try:
            self.save(force_update=True, update_fields=update_fields and [*update_fields, "version"])
        except BaseException:
            self.version = before
            raise
        finally:
            self._expected_version = None

    def _do_update(self, base_qs, using, pk_val, values, *args, **kwargs):
        # The check is in the WHERE of the UPDATE, because another writer could commit after a separate check.
        if self._expected_version is None:
            return super()._do_update(base_qs, using, pk_val, values, *args, **kwargs)
        guarded = base_qs.filter(version=self._expected_version)
        if not super()._do_update(guarded, using, pk_val, values, *args, **kwargs):
            raise StaleVersion(self, self._expected_version)
        return True
