"""The inline script that sets the colour scheme before the first paint."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString, mark_safe

from blog_project import inline_scripts

register = template.Library()


@register.simple_tag
def scheme_script() -> SafeString:
    """Return the script element; the content security policy allows it by the hash of its text."""
    return mark_safe(f"<script>{inline_scripts.SCHEME}</script>")  # nosec B703  # a constant
