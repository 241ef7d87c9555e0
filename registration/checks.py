"""System checks: what is missing or wrong in the settings, and what to do about it."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register


@register(Tags.security)
def check_environment(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """``registration.E001``: a setting in the environment is missing or cannot be read."""
    return [Error(p.message, hint=p.hint, obj=p.name, id="registration.E001") for p in settings.ENV_PROBLEMS]


@register()
def check_webex_token(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """``registration.W001``: without a token nothing can be imported from Webex or sent there."""
    if settings.WEBEX_ACCESS_TOKEN:
        return []
    return [
        Warning(
            "WEBEX_ACCESS_TOKEN is not set: nothing can be imported from Webex or sent there.",
            hint="Set it to an access token with the scopes meeting:schedules_read and "
            "meeting:schedules_write, then run check_webex. To try without a Webex account, run make demo.",
            id="registration.W001",
        )
    ]
