"""What may stand in a log line."""

import logging
import re
import traceback

# Whoever knows the address of an attendee's own page can see the registration: it is a secret, also in our own logs.
# The address may have been misspelt or encoded on its way (%72egistrations//, REGISTRATIONS%2F).
_OWN_PAGE = re.compile(r"(egistrations(?:/|%2f)+)[\w-]{20,}", re.IGNORECASE)
# What opens Webex: no line of ours holds it, but one of a library may.
_CREDENTIAL = re.compile(
    r"""(\bBearer\s+|\b(?:access_token|refresh_token|client_secret)["']?\s*[=:]\s*["']?)[^\s"'&,;}]+""", re.IGNORECASE
)


class HideTokens(logging.Filter):
    """Takes secrets out: those in the addresses of attendees' own pages, which Django logs, and what opens Webex."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record; every record passes."""
        message = record.getMessage()
        hidden = _CREDENTIAL.sub(r"\1…", _OWN_PAGE.sub(r"\1…", message))
        if hidden != message:
            record.msg, record.args = hidden, ()
        return True


class HideErrorWords(logging.Filter):
    """Leaves of an error its type and where it happened: its words may hold an address, as those of a database do."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record; every record passes."""
        if record.exc_info and (error := record.exc_info[1]):
            record.exc_info, record.exc_text = None, "".join(_without_words(error)).rstrip()
        return True


def _without_words(error: BaseException) -> list[str]:
    earlier = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    lines = [*_without_words(earlier), "\nand then:\n\n"] if earlier else []
    return [*lines, *traceback.format_tb(error.__traceback__), f"{type(error).__qualname__}\n"]
