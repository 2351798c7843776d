"""The URLconf that the schema is made from: that of all roles, whichever process serves the schema."""

from blog_project.roles import Role

from .urls import api_urls

urlpatterns = api_urls(frozenset(Role))
