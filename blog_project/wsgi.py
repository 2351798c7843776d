"""Django as a WSGI application, which the bridge calls in its threads."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "blog_project.settings")
application = get_wsgi_application()
