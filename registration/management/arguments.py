"""Arguments that several commands take."""

from argparse import ArgumentTypeError

from django.utils.translation import gettext as _

LONGEST_SECONDS = 86_400


def seconds(text: str) -> int:
    """A number of seconds up to a day. Raises ``ArgumentTypeError`` in words."""
    if text.isdecimal() and 1 <= int(text[:10]) <= LONGEST_SECONDS:
        return int(text)
    raise ArgumentTypeError(_("give a number of seconds from 1 to %d") % LONGEST_SECONDS)
