"""The WSGI application, for gunicorn and friends."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from portal.env import refuse
from portal.warm import warm_up

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

application = get_wsgi_application()
refuse(settings.ENV_PROBLEMS)
warm_up()
