"""What a correction makes happen at Webex, in words for staff: the calls that follow, and the mails they may cause."""

from copy import copy
from datetime import datetime

from django.utils.translation import gettext as _

from registration.models import Meeting, Submission
from registration.states import DECIDED_THERE, Decision, Presence, Step


def consequences(submission: Submission, *, email: str, is_sent: bool, at: datetime) -> list[str]:
    """What follows at Webex from a correction ``at`` that moment, after which the address is ``email``.

    ``is_sent``: whether anything changes that Webex is told of. Says what is known of Webex, and what is not: its
    calls say whether they are to mail, and nothing says what it then writes.
    """
    meeting = submission.meeting
    if not is_sent:
        return [_("Nothing happens at Webex: nothing changes of what it is sent.")]
    if not meeting.webex_id:
        return [_("Nothing happens at Webex: the meeting is not there.")]
    if meeting.end_at <= at:
        return [_("Nothing happens at Webex: the meeting is over.")]
    words = _by_step(submission, email=email, at=at)
    if meeting.is_paused:
        words.append(_("The meeting is paused: nothing is sent until somebody resumes it."))
    return words


def step_after(submission: Submission, *, at: datetime) -> Step:
    """The step that a correction ``at`` that moment calls for: who was refused goes again."""
    if submission.presence == Presence.REFUSED:
        return Step.REGISTER if submission.decision == Decision.APPROVED else Step.NOTHING
    corrected = copy(submission)
    corrected.corrected_at = after_sending(submission, at=at)
    return corrected.next_step


def after_sending(submission: Submission, *, at: datetime) -> datetime:
    """A time that is not before ``at``, and after what Webex has was read, whatever the clocks say.

    Else a correction that waited for the row while the loop was reading it would seem to have been sent.
    """
    sent_at = submission.sent_at
    return at if sent_at is None else max(at, sent_at + type(at).resolution)


def _by_step(submission: Submission, *, email: str, at: datetime) -> list[str]:
    meeting, presence = submission.meeting, Presence(submission.presence)
    if presence in (Presence.SENDING, Presence.UNCERTAIN):
        return [
            _("A call about them is under way, or its outcome is not known yet. Nothing happens before it is."),
            _("If Webex turns out to have the old registration, and it is approved here, it is removed and made anew."),
            *_mails_of_both(submission, email=email),
        ]
    match step_after(submission, at=at):
        case Step.REGISTER:
            first = (
                _("Webex refused them as they were. The next push sends them again, corrected.")
                if presence is Presence.REFUSED
                else _("The next push sends them to Webex, corrected.")
            )
            return [first, _mail_of_registering(meeting, email=email)]
        case Step.REMOVE if submission.decision == Decision.APPROVED:
            return [
                _("Webex knows no change of a registration. The next push removes them there and registers them anew."),
                *_mails_of_both(submission, email=email),
                _("They get a new registrant id and may get a new link for joining. Their old one may stop working."),
                *_pending(submission),
                _("If Webex refuses the corrected registration, they are not registered until that is put right."),
            ]
    return [_at_rest(submission)]


def _at_rest(submission: Submission) -> str:
    """Why nothing follows for now."""
    is_registered = submission.presence == Presence.REGISTERED
    if submission.decision != Decision.APPROVED:
        label = Decision(submission.decision).label
        if is_registered:
            words = _(
                "Nothing happens at Webex because of this: their registration here is “%(decision)s”. If it is "
                "approved again, they are removed there and registered anew."
            )
        else:
            words = _(
                "Nothing happens at Webex now: their registration here is “%(decision)s”. If it is approved, it is "
                "sent as corrected."
            )
        return words % {"decision": label}
    if submission.missing_at is not None:
        return _("Nothing happens at Webex now: they have gone missing there, and somebody must look into that first.")
    return _(
        "Nothing happens at Webex: they were rejected there. To send them as corrected, put them back to review and "
        "approve them anew."
    )


def _mails_of_both(submission: Submission, *, email: str) -> list[str]:
    if not submission.meeting.send_email:
        return [
            _("Neither call (bulkDelete, then bulkInsert) lets Webex mail them: if their link changes, nobody tells.")
        ]
    old = submission.sent_email or submission.email
    return [
        _("The removal (bulkDelete) lets Webex mail %(email)s; what it then writes is not documented.")
        % {"email": old},
        _mail_of_registering(submission.meeting, email=email),
    ]


def _mail_of_registering(meeting: Meeting, *, email: str) -> str:
    if not meeting.send_email:
        return _("The registration (bulkInsert) does not let Webex mail them.")
    words = _("The registration (bulkInsert) lets Webex mail %(email)s: the link for joining, or that it is pending.")
    return words % {"email": email}


def _pending(submission: Submission) -> list[str]:
    meeting = submission.meeting
    if meeting.auto_accept_request:
        return []
    if not (meeting.approves_pending or submission.is_moved_back or submission.webex_status in DECIDED_THERE):
        return [_("They may be pending at Webex until the host approves them.")]
    if meeting.send_email:
        return [_("Where Webex leaves them pending, the push approves them there, which lets Webex mail them again.")]
    return [_("Where Webex leaves them pending, the push approves them there.")]
