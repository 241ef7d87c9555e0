"""What to tell staff when a meeting or its form cannot be read from Webex: what happened, and what to do about it."""

from django.db import IntegrityError
from django.utils.translation import gettext as _

from registration.errors import ExitStatus
from registration.webex.errors import (
    Forbidden,
    MeetingUnavailable,
    NotBegun,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Unauthorized,
    WebexError,
)
from registration.webex.token_call import NoTokenNow, RenewalRefused

_ENDS = (".", "!", "?", "…")


def exit_status(cause: BaseException | None) -> ExitStatus:
    """How a command ends that failed because of ``cause``; without one a person has to do something."""
    if isinstance(cause, Unauthorized):
        return ExitStatus.MISCONFIGURED
    if isinstance(cause, RateLimited | NotSent | OutcomeUnknown | IntegrityError):
        return ExitStatus.TRY_AGAIN_LATER
    return ExitStatus.NEEDS_A_PERSON


def words(error: WebexError, *, host_email: str = "", is_account_stored: bool = False) -> str:
    """What happened and what to do, for an error that came of *reading* a meeting or its form.

    ``host_email`` is the address that the call acted for, if any; ``is_account_stored``: whether the credentials were
    entered in the admin, and not those of the settings. Webex's own words are quoted where ours cannot know better;
    they may name a person, so these words are for staff and not for a log.
    """
    match error:
        case Unauthorized(http_status=None) | RenewalRefused():
            # No call was made: the words are ours, and say what is wrong.
            return with_hint(error)
        case Unauthorized():
            return f"{_of_token()} {_new_token(is_account_stored=is_account_stored)}"
        case Forbidden():
            return _quoting(_of_permission(host_email), error)
        case MeetingUnavailable(http_status=404):
            return _of_unknown_meeting(host_email)
        case Rejected() if is_without_registration(error):
            return without_registration()
        case RateLimited():
            return _("Webex takes no more calls at the moment. Try again in %d seconds.") % (
                error.retry_after_seconds or 0
            )
        case NoTokenNow():
            return with_hint(error)
        case NotBegun():
            return _("Webex was not asked: it is given a pause at the moment. Try again in %d seconds.") % (
                error.retry_after_seconds or 0
            )
        case NotSent():
            return _("Webex could not be reached. Check the network and WEBEX_BASE_URL, and try again later.")
        case OutcomeUnknown():
            return _quoting(_("Webex gave no usable answer. Try again later."), error)
    if error.words == error.own_words:
        return _without_reason()
    return _quoting(_("Webex refused this."), error)


def with_hint(error: WebexError) -> str:
    """What happened and whether trying again helps. Webex's own words may lack their full stop."""
    said = _(error.words).rstrip()
    return f"{said}{'' if said.endswith(_ENDS) else '.'} {_(error.hint)}"


def without_registration() -> str:
    """What to do about a meeting without registration."""
    return _(
        "This meeting has no registration. Switch registration on in Webex (the meeting needs a password and may not "
        "recur), then try again."
    )


def is_without_registration(error: WebexError) -> bool:
    """Whether Webex says that the meeting has no registration, in the words that were observed."""
    return isinstance(error, Rejected) and "registration is not supported" in error.words.casefold()


def _of_token() -> str:
    return _(
        "Webex does not accept the access token: it is wrong, or it has expired (a personal token lives 12 hours)."
    )


def _new_token(*, is_account_stored: bool) -> str:
    if is_account_stored:
        return _("Enter a new one on the account’s page in the admin.")
    return _("Set WEBEX_ACCESS_TOKEN to a new one.")


def _of_permission(host_email: str) -> str:
    if host_email:
        return _(
            "Webex does not let the token act for this host. It needs the scopes meeting:admin_schedule_read and "
            "meeting:admin_schedule_write, from an administrator of the host’s site, and the host must be this "
            "meeting’s."
        )
    return _(
        "Webex does not allow this with the token in use. It needs the scopes meeting:schedules_read and "
        "meeting:schedules_write, from the meeting’s host. For another host’s meeting it needs "
        "meeting:admin_schedule_read and meeting:admin_schedule_write, and the host’s e-mail address."
    )


def _of_unknown_meeting(host_email: str) -> str:
    if host_email:
        return _("Webex does not know this meeting for this host. Check the id and the host’s e-mail address.")
    return _(
        "Webex does not know a meeting with this id, or it belongs to another host. Check the id; for another host’s "
        "meeting give the host’s e-mail address (this needs a token with admin scopes)."
    )


def _without_reason() -> str:
    return _(
        "Webex refused this and gave no reason. Check in Webex that the meeting is still there and has registration; "
        "check_webex shows whether other meetings can be read."
    )


def _quoting(ours: str, error: WebexError) -> str:
    if error.words == error.own_words:
        return ours
    # Words of the webex package itself are in the catalogue; Webex's own are not, and stay as they are.
    return _("%(ours)s Webex says: %(theirs)s") % {"ours": ours, "theirs": _(error.words)}
