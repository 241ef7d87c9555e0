"""The one app of the portal."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RegistrationConfig(AppConfig):
    """Registers the system checks when Django is ready."""

    name = "registration"
    verbose_name = _("Registration")

    def ready(self) -> None:
        from registration import checks  # noqa: F401 - registers itself
