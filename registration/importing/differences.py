"""What has changed about a meeting's registration at Webex since it was imported, and what that means for sending.

Questions and options are compared by Webex's ids: they are what we send.
"""

from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext as _

from registration.models import Meeting, Question
from registration.standard_fields import CHOSEN_FIELDS
from registration.webex.records import FormInfo, MeetingInfo, QuestionInfo

_OVER = {"ended", "expired", "missed"}


class Differences:
    """``stops``: why nobody may be sent before a person has put it right. ``warnings``: what staff should know."""

    def __init__(self, meeting: Meeting, info: MeetingInfo, form: FormInfo, *, now: datetime) -> None:
        self.stops: list[str] = []
        self.warnings: list[str] = []
        self._meeting = meeting
        self._compare_meeting(info, now=now)
        self._compare_fields(form)
        self._compare_questions(form)
        if self.stops:
            self.stops.append(_("Read the meeting again from Webex, look at what has changed, and resume."))

    # --- the meeting ------------------------------------------------------------------------------------------------

    def _compare_meeting(self, info: MeetingInfo, *, now: datetime) -> None:
        if info.state in _OVER or (info.end_at is not None and info.end_at <= now):
            self.stops.append(_("At Webex this meeting is over."))
        # With current=true Webex describes the series' next meeting.
        if info.recurrence and not self._meeting.current:
            self.stops.append(_("The meeting recurs now: Webex takes no registrations then, and deletes those it had."))
        if info.join_before_host:
            self.stops.append(
                _("Join before host is on now: Webex takes no registrations then, and deletes those it had.")
            )
        if info.start_at is not None and (info.start_at, info.end_at) != (self._meeting.start_at, self._meeting.end_at):
            self.warnings.append(_("Webex has another time for this meeting: people here were told the old one."))

    # --- the form ---------------------------------------------------------------------------------------------------

    def _compare_fields(self, form: FormInfo) -> None:
        if form.auto_accept_request and self._meeting.approval == Meeting.Approval.MANUAL:
            self.warnings.append(
                _("Webex accepts everybody, also who registers on Webex’s own page; here a person reviews them.")
            )
        if self._meeting.imported_at is None:
            return
        for field in CHOSEN_FIELDS:
            is_shown = field.webex_name in form.shown_fields
            was_shown = field.webex_name in self._meeting.imported_fields
            if is_shown and not was_shown:
                self.warnings.append(_("Webex’s form asks for this now, and ours does not: %s.") % field.label)
            elif was_shown and not is_shown:
                self.warnings.append(_("Webex’s form no longer asks for this: %s.") % field.label)

    def _compare_questions(self, form: FormInfo) -> None:
        ours = {question.webex_id: question for question in self._our_questions()}
        theirs = {question.id: question for question in form.questions}
        for webex_id, question in ours.items():
            if webex_id not in theirs:
                self.stops.append(_("Webex no longer asks “%s”, or under another id.") % question.text)
            else:
                self._compare_question(question, theirs[webex_id])
        for info in form.questions:
            if info.id not in ours and info.is_required:
                self.stops.append(_("Webex has a new required question: “%s”.") % info.text)
            elif info.id not in ours:
                self.warnings.append(_("Webex has a new question: “%s”.") % info.text)

    def _our_questions(self) -> Iterator[Question]:
        questions = self._meeting.questions.filter(is_retired=False).exclude(webex_id="")
        yield from questions.prefetch_related("options")

    def _compare_question(self, question: Question, info: QuestionInfo) -> None:
        if question.type != info.type:
            self.stops.append(_("Webex takes another kind of answer to “%s” now.") % question.text)
        if question.text != info.text:
            # Whose words are the newer ones is not known: either side may have reworded it.
            texts = {"here": question.text, "there": info.text}
            words = _("At Webex “%(here)s” reads “%(there)s”: push the form there, or refresh it from there.")
            self.warnings.append(words % texts)
        if info.is_required and not question.is_required:
            self.warnings.append(_("Webex requires an answer to “%s” now.") % question.text)
        if info.max_length is not None and (question.max_length is None or info.max_length < question.max_length):
            self.warnings.append(_("Webex takes only shorter answers to “%s” now.") % question.text)
        texts_there = {option.id: option.text for option in info.options}
        for option in question.options.all():
            if option.is_retired or not option.webex_id:
                continue
            if option.webex_id not in texts_there:
                names = {"question": question.text, "option": option.text}
                self.stops.append(_("Webex no longer offers “%(option)s” in “%(question)s”.") % names)
            elif texts_there[option.webex_id] != option.text:
                names = {"question": question.text, "before": option.text, "after": texts_there[option.webex_id]}
                self.stops.append(_("In “%(question)s” the option “%(before)s” is “%(after)s” at Webex now.") % names)
