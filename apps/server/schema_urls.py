"""The URLconf that the API's schema is made from: that of all roles, whichever process serves the schema."""

from blog_project.roles import Role
from blog_project.urls import urls_of

urlpatterns = urls_of("api", frozenset(Role))
