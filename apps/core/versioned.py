"""Rows that nobody overwrites unseen: an UPDATE names the version it was made from, or changes nothing."""

from __future__ import annotations

from django.db import models


class StaleVersion(Exception):
    """The row was changed (or removed) since the version that a change was made from."""

    def __init__(self, instance: models.Model, expected: int) -> None:
        self.instance = instance
        self.expected = expected
        super().__init__(f"{instance._meta.verbose_name} {instance.pk} is no longer at version {expected}.")


class VersionedModel(models.Model):
    """A row with a version that every change raises by one."""

    version = models.PositiveIntegerField(default=1, editable=False)

    _expected_version: int | None = None

    class Meta:
        abstract = True

    def save_version(self, expected: int, *, update_fields: list[str] | None = None) -> None:
        """Save a change made from version `expected`, in one UPDATE that checks it.

        `update_fields` limits the columns (the version is added). Raises StaleVersion, having changed nothing,
        when the row has another version by now.
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
        # The check is in the UPDATE's own WHERE: a check before it would leave a gap for another writer.
        if self._expected_version is None:
            return super()._do_update(base_qs, using, pk_val, values, *args, **kwargs)
        guarded = base_qs.filter(version=self._expected_version)
        if not super()._do_update(guarded, using, pk_val, values, *args, **kwargs):
            raise StaleVersion(self, self._expected_version)
        return True
