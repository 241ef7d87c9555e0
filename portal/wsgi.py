"""The WSGI application, for gunicorn and friends."""

import os

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

application = get_wsgi_application()
if settings.ENV_PROBLEMS:  # web servers do not run the system checks
    raise ImproperlyConfigured(" ".join(f"{p.message} {p.hint}" for p in settings.ENV_PROBLEMS))
