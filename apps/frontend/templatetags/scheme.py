"""The inline script that sets the reader's colours before the first paint."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString, mark_safe

from blog_project import inline_scripts

register = template.Library()


@register.simple_tag
def scheme_script() -> SafeString:
    """Return the script's element, whose text the content security policy knows by its hash."""
    return mark_safe(f"<script>{inline_scripts.SCHEME}</script>")
