"""The mail server, and what its errors say."""

from contextlib import suppress
from smtplib import SMTPRecipientsRefused, SMTPSenderRefused, SMTPServerDisconnected
from types import TracebackType

from django.core.mail import EmailMessage, get_connection

# A server that ends a connection after so many mails, or after a while, says so before it takes the next one.
_HUNG_UP = (SMTPServerDisconnected, SMTPSenderRefused, ConnectionError)


class Away(Exception):
    """There is no connection to the mail server; the words name the kind of error.

    ``is_begun``: whether sending the mail was begun over one that the server ended: it may have taken the mail.
    """

    is_begun = False


def failure_of(error: Exception) -> str:
    """The kind of error, with the code of a server that takes nothing for the address. Its words may hold that."""
    return " ".join([type(error).__name__, *sorted(map(str, _codes(error)))])


def is_for_good(error: Exception) -> bool:
    """Whether the server says that it will never take anything for the address (RFC 5321, 4.2.1)."""
    codes = _codes(error)
    return bool(codes) and min(codes) >= 500


def _codes(error: Exception) -> set[int]:
    return {code for code, _words in error.recipients.values()} if isinstance(error, SMTPRecipientsRefused) else set()


class Server:
    """One connection for all mails of a run, opened when it is needed, and anew after an error."""

    def __init__(self) -> None:
        self._connection = get_connection()
        self._is_open = self._has_served = False

    def __enter__(self) -> "Server":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def send(self, message: EmailMessage) -> None:
        """Send the message. Raises ``Away`` where there is no connection, and whatever the back end raises."""
        self._open()
        try:
            self._connection.send_messages([message])
        except Exception as error:
            has_served = self._has_served
            self._close()
            if not has_served or not isinstance(error, _HUNG_UP):
                raise
            # Whoever refuses the sender has not seen the mail yet.
            is_begun = not isinstance(error, SMTPSenderRefused)
        else:
            self._has_served = True
            return
        try:
            self.send(message)
        except Away as error:
            error.is_begun = is_begun
            raise

    def _open(self) -> None:
        if self._is_open:
            return
        failure = ""
        try:
            self._connection.open()
        except Exception as error:
            failure = type(error).__name__
        if failure:
            self._close()
            raise Away(failure)
        self._is_open = True

    def _close(self) -> None:
        self._is_open = self._has_served = False
        with suppress(Exception):
            self._connection.close()
