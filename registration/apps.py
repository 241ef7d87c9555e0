"""The one app of the portal."""

from django.apps import AppConfig
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.utils.translation import gettext_lazy as _


class RegistrationConfig(AppConfig):
    """Registers the system checks when Django is ready."""

    name = "registration"
    verbose_name = _("Registration")

    def ready(self) -> None:
        from registration import checks  # noqa: F401 - registers itself

        connection_created.connect(_answer_at_once)
        connection_created.connect(_search_every_alphabet)


def _answer_at_once(connection: BaseDatabaseWrapper, **kwargs: object) -> None:
    """What PostgreSQL thinks takes long it compiles, or gives to further processes that it starts: either takes longer
    than anything that the portal asks.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET jit = off; SET max_parallel_workers_per_gather = 0")


def _search_every_alphabet(connection: BaseDatabaseWrapper, **kwargs: object) -> None:
    """What SQLite is to search with."""
    from registration.search import holds_all, holds_part

    if connection.vendor == "sqlite":
        connection.connection.create_function("HOLDS_ALL", -1, holds_all, deterministic=True)
        connection.connection.create_function("HOLDS_PART", 2, holds_part, deterministic=True)
