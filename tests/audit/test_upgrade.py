"""A release before the chain runs on the same tables during a rollout, and who could read the trail still can."""

from __future__ import annotations

from importlib import import_module
from types import SimpleNamespace

from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.utils import timezone

from apps.audit.models import AuditEntry

groups = import_module("apps.audit.migrations.0003_groups")
FORMER_INSERT = """
    INSERT INTO accounts_auditentry (at, action, user_id, username, address, request_id, model, object_id, object_name, message)
    VALUES (%s, 'changed', NULL, 'erika', NULL, '-', '', '', '', '')
"""


def test_an_entry_of_the_former_release_is_stored_and_not_chained(db):
    with connection.cursor() as cursor:
        cursor.execute(FORMER_INSERT, [timezone.now()])
    entry = AuditEntry.objects.get()
    assert (entry.position, entry.digest, entry.token, entry.role, entry.release) == (None, "", "", "", "")


def test_who_could_read_the_trail_of_the_former_release_can_read_it_now_and_nobody_else(erika):
    kind = ContentType.objects.create(app_label="accounts", model="auditentry")
    former = Permission.objects.create(content_type=kind, codename="view_auditentry", name="Can view audit entry")
    now = Permission.objects.get(content_type__app_label="audit", codename="view_auditentry")
    erika.user_permissions.add(former)
    Group.objects.get(name="Editors").permissions.add(former)
    groups.copy_or_give(apps, SimpleNamespace(connection=connection))
    assert [group.name for group in now.group_set.all()] == ["Editors"]
    assert list(now.user_set.all()) == [erika]
    assert former.user_set.exists(), "pods of the former release ask for it"
