"""The URLconf for the API's schema: the paths of all roles, whatever the role of the process that serves it."""

from blog_project.roles import Role
from blog_project.urls import urls_of

urlpatterns = urls_of("api", frozenset(Role))
