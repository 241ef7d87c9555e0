"""What may stand in a log line."""

import logging
import re

# Whoever knows the address of an attendee's own page can see the registration: it is a secret, also in our own logs.
# The address may have been misspelt or encoded on its way (%72egistrations//, REGISTRATIONS%2F).
_OWN_PAGE = re.compile(r"(egistrations(?:/|%2f)+)[\w-]{20,}", re.IGNORECASE)


class HideTokens(logging.Filter):
    """Takes the secret out of the addresses of attendees' own pages, which Django logs for a 404 or an error."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record; every record passes."""
        message = record.getMessage()
        hidden = _OWN_PAGE.sub(r"\1…", message)
        if hidden != message:
            record.msg, record.args = hidden, ()
        return True
