"""How posts are brought from another blog: the steps, for somebody who has no copy of the documentation."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from .access import editor_page

COMMANDS = (
    ("WordPress", "import_wordpress export.xml --images wp-content/uploads"),
    ("Ghost", "import_ghost export.json --images content/images --url https://old.example"),
    ("Markdown", "import_markdown folder"),
)
"""For each source, the command that imports it."""


@editor_page("add")
def moving(request: HttpRequest) -> HttpResponse:
    """Show the steps of an import. The imports themselves are commands: their files lie where the server can read them."""
    request.current_app = admin.site.name
    context = {**admin.site.each_context(request), "title": _("Bring your posts"), "commands": COMMANDS}
    return TemplateResponse(request, "admin/editor/moving.html", context)
