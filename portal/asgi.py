"""The ASGI application, for servers that speak it."""

import os

from django.conf import settings
from django.core.asgi import get_asgi_application

from portal.env import refuse
from portal.warm import warm_up

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

application = get_asgi_application()
refuse(settings.ENV_PROBLEMS)
warm_up()
