"""What the head of a page loads: the inline script of the colour scheme, and the theme's stylesheet."""

from __future__ import annotations

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from blog_project import inline_scripts

register = template.Library()


@register.simple_tag
def scheme_script() -> SafeString:
    """Return the script that sets the scheme before the first paint; the content security policy allows it by its hash."""
    return mark_safe(f"<script>{inline_scripts.SCHEME}</script>")  # nosec B703  # a constant


@register.simple_tag
def theme_stylesheet() -> str:
    """Return the link to the theme's stylesheet (`THEME_DIR`), or "" without one."""
    if not settings.THEME_STYLESHEET:
        return ""
    return format_html('    <link rel="stylesheet" href="{}">\n', static(settings.THEME_STYLESHEET))
