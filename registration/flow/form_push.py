"""Writes a meeting's form to Webex, and takes over the ids that it gets there.

While it does, the meeting is held (flow/pauses.py): nobody is claimed, and whoever was claimed before does not leave.
Only once nobody is under way the one call is made. So nobody is sent with ids of the one form to the other. A process
that dies on the way leaves the meeting paused, with a reason that says what to do.
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from registration import audit
from registration.accounts import Clients, account_of
from registration.errors import ChangedMeanwhile, ImportRefused, NotPossible
from registration.flow import pauses
from registration.form_design.adopting import adopt
from registration.form_design.design import design_of
from registration.form_design.to_webex import Writing, is_written, writing
from registration.importing.bounds import bounded_form
from registration.importing.merge import FormMerge
from registration.importing.series import Series
from registration.models import Meeting, Submission
from registration.states import Presence
from registration.webex.client import WebexClient
from registration.webex.errors import OutcomeUnknown, WebexError
from registration.webex.records import FormInfo


@dataclass(frozen=True)
class Pushed:
    """What came of it. ``is_known``: whether Webex has the form for certain; else the meeting stays paused."""

    is_known: bool
    notes: list[str]


def read(meeting: Meeting, *, clients: Clients) -> FormInfo:
    """Webex's form as it is now. Raises as ``plan`` does."""
    _refuse(meeting)
    return _read(meeting, clients.of(account_of(meeting)))


def plan(meeting: Meeting, *, clients: Clients) -> Writing:
    """What would be written, beside the form that Webex has now.

    Raises ``NotPossible``, ``ImportRefused`` and ``NotConfigured``, with words that say why.
    """
    return writing(design_of(meeting), read(meeting, clients=clients))


def push(meeting: Meeting, *, clients: Clients, shown: str, by: User) -> Pushed:
    """Write the form, as ``plan`` showed it under the fingerprint ``shown``; ``meeting`` itself gets stale.

    Raises ``ChangedMeanwhile`` where either side is another one by now; ``NotPossible``, ``ImportRefused`` and
    ``NotConfigured`` where it cannot be written, or Webex refused it: then nothing has changed.
    """
    _refuse(meeting)
    client = clients.of(account_of(meeting))
    hold = pauses.hold_meeting(meeting, at=timezone.now())
    if hold is None:
        raise NotPossible(
            _(
                "The form is being written to Webex already, or nobody knows what became of that: see why the meeting "
                "is paused."
            )
        )
    try:
        _refuse_while_sending(meeting)
        meeting = Meeting.objects.get(pk=meeting.pk)
        planned = writing(design_of(meeting), _read(meeting, client))
        if planned.fingerprint != shown:
            raise ChangedMeanwhile(_("The form has changed since it was shown, here or at Webex. Nothing was written."))
        is_seen = _write(meeting, planned, client)
    except Exception:
        # Nothing has left, or Webex has said no to it.
        pauses.release(hold)
        raise
    form = _read_back(meeting, planned, client, is_seen=is_seen)
    if form is None:
        _note(by, meeting, words="It is not known whether Webex took it.")
        return Pushed(is_known=False, notes=[str(pauses.FORM_IS_WRITTEN)])
    with transaction.atomic():
        notes = _merge(meeting, planned, form)
        before, after = defaultdict[str, list[str]](list), defaultdict[str, list[str]](list)
        # Of one question there may be several, and questions may have the same words.
        for change in planned.changes:
            before[change.what].append(change.there)
            after[change.what].append(change.here)
        _note(by, meeting, before=before, after=after, words=" ".join(notes))
        pauses.release(hold)
    return Pushed(is_known=True, notes=notes)


def _note(by: User, meeting: Meeting, **more: Any) -> None:
    audit.note(by, audit.Action.FORM_PUSHED, meeting=meeting, thing=_("form"), **more)


def _refuse(meeting: Meeting) -> None:
    if not meeting.webex_id:
        raise NotPossible(_("This meeting has no Webex meeting id: there is no form at Webex to write."))
    if meeting.current:
        raise NotPossible(
            _("Webex writes the form of a whole series only, and this is one meeting of it: change the form in Webex.")
        )
    if meeting.is_cancelled:
        raise NotPossible(_("This meeting is cancelled: nobody is sent to Webex any more."))


def _refuse_while_sending(meeting: Meeting) -> None:
    """Once the meeting is held, nobody can begin to be sent; whoever had begun may still be on the way."""
    sending = Submission.objects.filter(meeting=meeting, presence=Presence.SENDING, due_at__gt=timezone.now())
    if sending.exists():
        raise NotPossible(
            _("People are being sent to Webex at this moment, with the form that it has. Try again in a minute.")
        )


def _read(meeting: Meeting, client: WebexClient) -> FormInfo:
    try:
        return client.get_registration(meeting.webex_id, host_email=meeting.host_email_parameter)
    except WebexError as error:
        raise ImportRefused(Series.of(meeting).advice(error)) from error


def _write(meeting: Meeting, planned: Writing, client: WebexClient) -> bool:
    """Make the call. Returns whether its outcome was seen. Raises ``ImportRefused`` where Webex has not taken it."""
    try:
        client.update_registration(meeting.webex_id, planned.update, host_email=meeting.host_email_parameter)
    except OutcomeUnknown:
        return False
    except WebexError as error:
        raise ImportRefused(Series.of(meeting).advice(error)) from error
    return True


def _read_back(meeting: Meeting, planned: Writing, client: WebexClient, *, is_seen: bool) -> FormInfo | None:
    """The form with the ids that it has now; nothing where nobody can say that it is ours.

    A call whose outcome was not seen may land yet: that the old form is still there proves nothing.
    """
    try:
        form = client.get_registration(meeting.webex_id, host_email=meeting.host_email_parameter)
    except WebexError:
        return None
    return form if is_seen or is_written(planned.update, form) else None


def _merge(meeting: Meeting, planned: Writing, form: FormInfo) -> list[str]:
    """Take the ids over, then whatever Webex has made of the rest. Returns what staff should know."""
    notes: list[str] = []
    form = bounded_form(form, notes=notes)
    meeting = Meeting.objects.select_for_update().get(pk=meeting.pk)
    is_same = design_of(meeting) == planned.design
    adopt(planned, form)
    # What Webex has now is Webex's; the others stay here whatever it has.
    sent = [rule.pk for rule in planned.sent_rules]
    meeting.rules.filter(pk__in=sent).update(is_from_webex=True)
    meeting.rules.exclude(pk__in=sent).update(is_from_webex=False)
    if not is_same:
        meeting.save(update_fields=["form_version"])
        return [*notes, _("The form here was changed meanwhile: push it again.")]
    merge = FormMerge(meeting, planned.as_kept_here(form))
    merge.save()
    meeting.imported_at = timezone.now()
    meeting.save(update_fields=["imported_at"])
    return [*notes, *merge.notes]
