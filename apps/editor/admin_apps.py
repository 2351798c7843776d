"""The admin app, with the editor's desk as its site."""

from django.contrib.admin import apps


class AdminConfig(apps.AdminConfig):
    """Django's admin, whose `admin.site` is ours."""

    default_site = "apps.editor.admin_site.EditorsDesk"
