"""`manage.py httproute`: the gateway's routes, generated from `roles.py`."""

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
        """Add the argument for the deployments."""
        parser.add_argument(
            "deployments",
            nargs="*",
            default=list(roles.Role),
            metavar="ROLE",
            help="The ROLE of each deployment: all, or for example create.update.delete read.frontend admin "
            "(default: one deployment per role).",
        )

    def handle(self, *, deployments: list[str], **options: object) -> str:
        """Return the HTTPRoute as YAML. Raises CommandError if a role is missing, unknown or deployed twice."""
        try:
            rules = roles.httproute(deployments)
        except ValueError as error:
            raise CommandError(str(error)) from None
        arguments = " ".join(deployments) if deployments != list(roles.Role) else ""
        route = {
            "apiVersion": "gateway.networking.k8s.io/v1",
            "kind": "HTTPRoute",
            "metadata": {"name": "broadsheet", "labels": {"app.kubernetes.io/name": "broadsheet"}},
            "spec": {"parentRefs": [{"name": "broadsheet"}], "rules": rules},
        }
        command = f"manage.py httproute {arguments}".strip()
        # The round trip through JSON removes shared objects, which YAML would write as anchors and aliases.
        document = yaml.safe_dump(json.loads(json.dumps(route)), sort_keys=False)
        return f"# Made from blog_project/roles.py by `{command}`.\n{document}"
