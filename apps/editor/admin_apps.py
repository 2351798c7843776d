"""Django's admin app, with the editor's admin site as its default site."""

from django.contrib.admin import apps


class AdminConfig(apps.AdminConfig):
    """Makes `admin.site` the editor's admin site."""

    default_site = "apps.editor.admin_site.EditorAdminSite"
