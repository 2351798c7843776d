"""Who may read the audit trail: who could read it before the model moved, or administrators of a new blog.

The former permission stays for pods of the release before, which run during the rollout.
"""

from django.contrib.auth.management import create_permissions
from django.db import migrations

from apps.core.groups import grant, installed

CODENAME = "view_auditentry"
give = grant({"Administrators": {"audit": [CODENAME]}})


def copy_or_give(apps, schema_editor):
    permissions = apps.get_model("auth", "Permission").objects.filter(codename=CODENAME)
    former = permissions.filter(content_type__app_label="accounts").first()
    if former is None:
        give(apps, schema_editor)
        return
    create_permissions(installed.get_app_config("audit"), verbosity=0, using=schema_editor.connection.alias)
    now = permissions.get(content_type__app_label="audit")
    now.group_set.set(former.group_set.all())
    now.user_set.set(former.user_set.all())


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0002_chain"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(copy_or_give, migrations.RunPython.noop)]
