"""`manage.py httproute`: the gateway's routes, as `roles.py` has them."""

from __future__ import annotations

import json
from argparse import ArgumentParser

import yaml
from django.core.management.base import BaseCommand, CommandError

from blog_project import roles


class Command(BaseCommand):
    """Print a Gateway API HTTPRoute that sends each request to the deployment of the role that owns it."""

    help = (
        "Print a Gateway API HTTPRoute that sends each request to the deployment of the role that owns it. "
        "Redirect it into deploy/kustomize/routing/split/httproute.yaml, or into a folder of your own."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take how the roles are deployed."""
        parser.add_argument(
            "deployments",
            nargs="*",
            default=list(roles.Role),
            metavar="ROLE",
            help="The ROLE of each deployment: all, or for example create.update.delete read.frontend admin "
            "(default: one deployment per role).",
        )

    def handle(self, *, deployments: list[str], **options: object) -> str:
        """Return it as YAML. Raises CommandError where a role is missing, unknown or deployed twice."""
        try:
            rules = roles.httproute(deployments)
        except ValueError as error:
            raise CommandError(str(error)) from None
        asked = " ".join(deployments) if deployments != list(roles.Role) else ""
        route = {
            "apiVersion": "gateway.networking.k8s.io/v1",
            "kind": "HTTPRoute",
            "metadata": {"name": "broadsheet", "labels": {"app.kubernetes.io/name": "broadsheet"}},
            "spec": {"parentRefs": [{"name": "broadsheet"}], "rules": rules},
        }
        made_by = f"manage.py httproute {asked}".strip()
        # Through JSON, so that what two matches share is written out and not by YAML's references.
        written = yaml.safe_dump(json.loads(json.dumps(route)), sort_keys=False)
        return f"# Made from blog_project/roles.py by `{made_by}`.\n{written}"
