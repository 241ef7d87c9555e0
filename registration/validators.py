"""Validators that models and forms share."""

import re
import zoneinfo
from datetime import datetime
from functools import cache

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

FIRST_YEAR, LAST_YEAR = 1970, 2200
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_WEBEX_SERIES_ID = re.compile(r"[0-9a-f]{32}")


@cache
def time_zones() -> frozenset[str]:
    """The names of all IANA time zones. To find them out, Python reads every file of them."""
    return frozenset(zoneinfo.available_timezones())


def validate_time_zone(name: str) -> None:
    """Accept the name of an IANA time zone, such as ``Europe/Berlin``."""
    if name not in time_zones():
        raise ValidationError(
            _("“%(name)s” is no time zone. Enter a name such as Europe/Berlin."), params={"name": name}
        )


def validate_year(at: datetime) -> None:
    """Accept a time that every part of the portal can show in every time zone."""
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise ValidationError(
            _("Enter a year from %(first)d to %(last)d."), params={"first": FIRST_YEAR, "last": LAST_YEAR}
        )


def validate_webex_series_id(webex_id: str) -> None:
    """Accept the id of a Webex meeting series: 32 hexadecimal digits, without hyphens."""
    if not _WEBEX_SERIES_ID.fullmatch(webex_id):
        raise ValidationError(_("Enter the id of the meeting series: 32 characters, 0-9 and a-f."))


def validate_color(color: str) -> None:
    """Accept a colour as browsers write it: ``#`` and six hexadecimal digits."""
    if not _COLOR.fullmatch(color):
        raise ValidationError(_("Enter a colour as # and six of the characters 0-9 and a-f, such as #0f5c6e."))
