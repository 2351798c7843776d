"""What administrators may do besides what editors do: users, groups, everybody's tokens, the audit trail."""

from django.db import migrations

from apps.core.groups import grant

USERS = [f"{action}_{model}" for model in ("user", "group") for action in ("view", "add", "change", "delete")]
give = grant(
    {
        "Administrators": {
            "auth": USERS,
            "api": ["view_apitoken", "add_apitoken"],
            "accounts": ["view_auditentry"],
        }
    }
)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("api", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
