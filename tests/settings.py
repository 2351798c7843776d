"""The project's settings with the environment of the tests."""

from tests import environment  # isort: skip  (sets the variables that the next import reads)  # noqa: F401
from blog_project.settings import *  # noqa: F403

# Tests create hundreds of users, and a slow hash would take most of the time.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

if DATABASES["default"]["NAME"] == ":memory:":  # noqa: F405
    # pytest-django would give the workers files on disk, because the engine is not Django's own.
    DATABASES["default"]["TEST"] = {"NAME": ":memory:"}  # noqa: F405
