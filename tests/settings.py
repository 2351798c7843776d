"""The project's settings, in the tests' environment."""

from tests import environment  # isort: skip  (sets the variables that the next import reads)  # noqa: F401
from blog_project.settings import *  # noqa: F403

# Users are made by the hundred here, and a slow hash would be most of the suite's time.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
