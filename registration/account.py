"""The Webex account of the portal, as the settings name it."""

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from registration.errors import NotConfigured
from registration.webex.client import WebexClient
from registration.webex.tokens import StaticToken


def webex_client() -> WebexClient:
    """A client for the configured Webex, to be closed by the caller (``with webex_client() as client``).

    Raises ``NotConfigured`` where no token is set.
    """
    if not settings.WEBEX_ACCESS_TOKEN:
        raise NotConfigured(_("WEBEX_ACCESS_TOKEN is not set. Set it, and run check_webex to see whether it works."))
    return WebexClient(
        base_url=settings.WEBEX_BASE_URL,
        token=StaticToken(settings.WEBEX_ACCESS_TOKEN),
        timeout_seconds=settings.WEBEX_TIMEOUT_SECONDS,
    )
