"""What can go wrong in the portal itself, and how a command ends for it; Webex's errors are in webex/errors.py."""

from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class ExitStatus(IntEnum):
    """How a command ends, for cron and scripts."""

    DONE = 0
    MISCONFIGURED = 1
    NEEDS_A_PERSON = 3
    TRY_AGAIN_LATER = 4


class PortalError(Exception):
    """Base of the portal's own errors. ``words`` say to a person what happened and what to do."""

    def __init__(self, words: "StrOrPromise") -> None:
        super().__init__(str(words))
        self.words = words


class RegistrationClosed(PortalError):
    """A sign-up for a meeting that takes none at the moment; ``words`` say why."""


class TooManySignUps(PortalError):
    """A sign-up from where too many came just now; ``words`` say when to try again."""

    def __init__(self, words: "StrOrPromise", *, retry_after_seconds: int) -> None:
        super().__init__(words)
        self.retry_after_seconds = retry_after_seconds


class TooOften(PortalError):
    """What an attendee did with their registration so often just now that they would be flooded with mails; ``words``
    say when to try again.
    """

    def __init__(self, words: "StrOrPromise", *, retry_after_seconds: int) -> None:
        super().__init__(words)
        self.retry_after_seconds = retry_after_seconds


class ProofNeeded(PortalError):
    """A sign-up without a proof of work that is good: there is none, or it was used; ``words`` say what to do."""


class AddressTaken(PortalError):
    """An e-mail address under which somebody else is registered for the meeting; ``words`` say so."""


class ChangedMeanwhile(PortalError):
    """What a person was shown is no longer so: nothing was changed, and they must look again."""


class NotPossible(PortalError):
    """Something that attendees cannot do with their registration as it is by now; ``words`` say why."""


class ImportRefused(PortalError):
    """A meeting that cannot be imported; ``words`` say why and what to do."""


class NotConfigured(PortalError):
    """Something cannot be done before a setting is made."""
