from django.contrib import admin
from django.urls import path


def admin_urls(roles):
    return [path("admin/", admin.site.urls)]
