"""System checks: what is missing or wrong in the settings, and what to do about it."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import Error as DatabaseError
from django.db import connection, transaction
from django.utils import timezone

from registration import search
from registration.accounts import notices, seal
from registration.webex.session import longest_call_seconds

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


@register(Tags.security)
def check_environment(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """``registration.E001``: a setting in the environment is missing or cannot be read."""
    return [Error(p.message, hint=p.hint, obj=p.name, id="registration.E001") for p in settings.ENV_PROBLEMS]


@register()
def check_lease(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """``registration.E002``: a call could outlast its lease, and the people in it be sent by another run as well."""
    longest = longest_call_seconds(settings.WEBEX_TIMEOUT_SECONDS) + settings.WEBEX_GRACE_SECONDS
    if 2 * longest <= settings.WEBEX_LEASE_SECONDS:
        return []
    return [
        Error(
            "WEBEX_LEASE_SECONDS is too short for WEBEX_TIMEOUT_SECONDS and WEBEX_GRACE_SECONDS.",
            hint=f"Set it to at least {int(2 * longest)}, or make the others smaller: a call and its grace, "
            "twice over, must fit into a lease.",
            id="registration.E002",
        )
    ]


@register()
def check_webex_token(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """``registration.W001``: without credentials nothing can be imported from Webex or sent there.

    With TOKEN_KEYS, accounts may be kept in the admin, and the settings need have none.
    """
    if settings.WEBEX_ACCESS_TOKEN or settings.WEBEX_REFRESH_TOKEN or settings.TOKEN_KEYS:
        return []
    return [
        Warning(
            "WEBEX_ACCESS_TOKEN is not set: nothing can be imported from Webex or sent there.",
            hint="Set it to an access token with the scopes meeting:schedules_read and "
            "meeting:schedules_write, then run check_webex. Or let the portal renew its tokens: see “Connect Webex” "
            "in README.md. To try without a Webex account, run make demo.",
            id="registration.W001",
        )
    ]


@register()
def check_token_keys(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """``registration.E003``: tokens that the portal renews could not be stored."""
    problem = seal.keys_problem()
    if not problem or not (settings.TOKEN_KEYS or settings.WEBEX_REFRESH_TOKEN):
        return []
    return [
        Error(
            "TOKEN_KEYS holds something that is no key." if settings.TOKEN_KEYS else "TOKEN_KEYS is not set.",
            hint="The tokens that the portal renews are stored encrypted with it. Set it to a key, or several "
            f"separated by commas, the newest first. A key is made by: {seal.NEW_KEY}",
            id="registration.E003",
        )
    ]


@register()
def check_integration(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """``registration.E004``: of an integration's three credentials some are missing."""
    given = {
        name: bool(getattr(settings, name))
        for name in ("WEBEX_CLIENT_ID", "WEBEX_CLIENT_SECRET", "WEBEX_REFRESH_TOKEN")
    }
    if len(set(given.values())) == 1:
        return []
    missing = " and ".join(name for name, is_given in given.items() if not is_given)
    return [
        Error(
            f"{missing} must be set as well: without it the portal cannot renew its access token.",
            hint="Set WEBEX_CLIENT_ID, WEBEX_CLIENT_SECRET and WEBEX_REFRESH_TOKEN, or none of them.",
            id="registration.E004",
        )
    ]


@register(Tags.database)
def check_accounts(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """``registration.W004``: a paused account or meeting, or a token that ends or has ended, waits for a person.

    Asks the database: run by ``check --database default`` and by ``migrate``, and not by ``check`` alone. Says nothing
    where the tables are not there (yet).
    """
    if "default" not in (databases or []):
        return []
    try:
        with transaction.atomic():
            found = notices.of_all(now=timezone.now())
    except DatabaseError:
        return []
    hint = "The admin and check_webex say why. Put it right, then resume it there."
    return [Warning(notice.words, hint=hint, id="registration.W004") for notice in found]


@register(Tags.database)
def check_search(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """``registration.W006``: on PostgreSQL, staff's searches read every registration, for want of an index.

    Asks the database, as ``check_accounts`` does; says nothing where the table is not there (yet).
    """
    if "default" not in (databases or []) or connection.vendor != "postgresql":
        return []
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT to_regclass('registration_submission'), to_regclass(%s)", [search.INDEX])
            table, index = cursor.fetchone()
    except DatabaseError:
        return []
    if table is None or index is not None:
        return []
    return [
        Warning(
            "The index for staff's searches is missing: with very many registrations, each takes seconds.",
            hint="The database's user may not create the extension pg_trgm, or it is not installed. Have a superuser "
            f"of the database run: {search.CREATE_EXTENSION}; then run: {search.CREATE_INDEX}; ANALYZE "
            "registration_submission;",
            id="registration.W006",
        )
    ]


@register()
def check_mail(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """``registration.W002``: nobody gets a mail, and the links to people's own pages end on the console."""
    if settings.HAS_EMAIL_URL or settings.DEBUG:
        return []
    return [
        Warning(
            "EMAIL_URL is not set: mails are written to the console, with the secret links that they carry.",
            hint="Set it to a mail server, such as smtp+tls://user:password@host:587.",
            id="registration.W002",
        )
    ]


@register()
def check_webex_address(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """``registration.W003``: the token would travel in clear text."""
    address = urlsplit(settings.WEBEX_BASE_URL)
    if address.scheme == "https" or address.hostname in _LOOPBACK:
        return []
    return [
        Warning(
            "WEBEX_BASE_URL is plain HTTP: the access token would travel in clear text.",
            hint="Set it to an address that begins with https://.",
            id="registration.W003",
        )
    ]


@register(Tags.security, deploy=True)
def check_proxies(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """``registration.W005``: a proxy on another machine would not be believed, and all be redirected for ever."""
    if not settings.BEHIND_PROXY or settings.HAS_TRUSTED_PROXIES:
        return []
    return [
        Warning(
            "TRUSTED_PROXIES is not set: only a proxy on this machine is believed X-Forwarded-Proto and -For.",
            hint="Set it to the addresses or networks of your proxies, separated by commas, such as 10.0.0.7 or "
            "10.0.0.0/24. Where the proxy is on this machine: 127.0.0.1,::1.",
            id="registration.W005",
        )
    ]
