"""What administrators may do besides what editors do: users, groups, everybody's tokens, the audit trail."""

from django.db import migrations

from apps.core.groups import grant

USERS = [f"{action}_{model}" for model in ("user", "group") for action in ("view", "add", "change", "delete")]
give = grant(
    {
        "Administrators": {
            "auth": USERS,
            "api": ["view_apitoken", "add_apitoken"],
            "desk": ["view_auditentry"],
        }
    }
)


class Migration(migrations.Migration):
    dependencies = [("desk", "0001_initial"), ("api", "0001_initial"), ("posts", "0003_groups")]

    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
