"""How one value out of Webex's JSON is read. Nothing here raises, whatever JSON it is given."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime

LONGEST_ID = 200
"""Characters of an id. The longest seen is under 100; what is longer is no id."""

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def text(value: object) -> str:
    """Text that every database and encoding takes; empty where `value` is neither text nor a number.

    JSON can carry NUL (which PostgreSQL refuses) and half a surrogate pair (which UTF-8 refuses).
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return _UNSTORABLE.sub("", str(value))


def identifier(value: object) -> str:
    """An id as a string, whether it came as a number or as a string; empty where it is no id."""
    spelled = text(value).strip()
    return spelled if len(spelled) <= LONGEST_ID else ""


def moment(value: object) -> datetime | None:
    """An ISO 8601 time, in UTC. One without an offset is UTC already, as Webex's times are."""
    if not isinstance(value, str):
        return None
    try:
        read = datetime.fromisoformat(value.strip())
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def whole_number(value: object, *, least: int, most: int) -> int | None:
    """A number from `least` to `most`, whether it came as a number or as a string."""
    spelled = text(value).strip()
    number = int(spelled) if re.fullmatch(r"[0-9]{1,9}", spelled) else None
    return number if number is not None and least <= number <= most else None


def json_object(value: object) -> Mapping[str, object]:
    """`value` if it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}
