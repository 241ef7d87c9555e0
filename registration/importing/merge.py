"""Brings a meeting's form in line with Webex's, keeping every answer with its question.

Nothing is deleted but rules that came from Webex (rule_merge.py). A question or an option that is gone from Webex is
retired and loses its Webex id, so that it can never be sent. A question that never had a Webex id is the portal's own
and stays as it is, unless Webex now asks the same.
"""

from collections.abc import Collection, Iterator, Sequence

from django.utils.translation import gettext as _

from registration.importing.matching import Label, match
from registration.importing.rule_merge import RuleMerge
from registration.models import Meeting, Option, Question
from registration.standard_fields import CHOSEN_FIELDS, Use
from registration.webex.records import FormInfo, OptionInfo, QuestionInfo

_QUESTION_FIELDS = ("webex_id", "text", "type", "is_required", "max_length", "position", "is_retired")
_OPTION_FIELDS = ("webex_id", "text", "position", "is_retired")


class FormMerge:
    """What must change about a meeting's form to make it Webex's; nothing is written before ``save``.

    ``form`` is bounded (bounds.py), so every id in it is there once. ``notes`` tell each change in words; there
    are none where an import would change nothing that is shown. ``warnings`` tell what is otherwise than at Webex and
    stays so. ``is_first``: whether the meeting itself is new.
    """

    def __init__(self, meeting: Meeting, form: FormInfo, *, is_first: bool = False) -> None:
        self.notes: list[str] = []
        self._meeting = meeting
        self._uses = dict(self._changed_uses(form.shown_fields))
        self._shown_fields = sorted(form.shown_fields)
        self._changed_questions: list[Question] = []
        self._changed_options: list[Option] = []
        self._moved_ids: list[int] = []
        self._questions = self._merge_questions(form.questions)
        self._rules = RuleMerge(meeting, form.rules, self._questions, is_first=is_first)
        self.notes += self._rules.notes
        self.warnings = self._rules.warnings

    def save(self) -> None:
        """Write the changes, inside the caller's transaction. The number of queries does not grow with submissions."""
        for name, use in self._uses.items():
            self._meeting.set_use(name, use)
        self._meeting.imported_fields = self._shown_fields
        self._meeting.save(update_fields=["imported_fields", *(f"{name}_use" for name in self._uses)])
        # Two questions may swap their ids, which no order of updates survives: first those that change are given up.
        Question.objects.filter(pk__in=self._moved_ids).update(webex_id="")
        Question.objects.bulk_update([row for row in self._changed_questions if row.pk], _QUESTION_FIELDS)
        Question.objects.bulk_create([row for row in self._changed_questions if not row.pk])
        Option.objects.bulk_update([row for row in self._changed_options if row.pk], _OPTION_FIELDS)
        Option.objects.bulk_create([row for row in self._changed_options if not row.pk])
        self._rules.save()

    # --- standard fields --------------------------------------------------------------------------------------------

    def _changed_uses(self, shown_fields: Collection[str]) -> Iterator[tuple[str, Use]]:
        """Webex's flag means shown *or* required: what it shows anew starts as required, and staff's choice stays."""
        for field in CHOSEN_FIELDS:
            is_shown = field.webex_name in shown_fields
            use = self._meeting.use_of(field.name)
            is_new = is_shown and field.webex_name not in self._meeting.imported_fields
            if is_new and use is Use.HIDDEN:
                self.notes.append(_("Now on the form, and required: %s.") % field.label)
                yield field.name, Use.REQUIRED
            elif not is_shown and use is not Use.HIDDEN:
                self.notes.append(_("No longer on the form: %s.") % field.label)
                yield field.name, Use.HIDDEN

    # --- questions and options --------------------------------------------------------------------------------------

    def _merge_questions(self, incoming: Sequence[QuestionInfo]) -> list[Question]:
        """The questions that Webex asks, in its order, each with Webex's values."""
        # Those in use come first: where two fit, a retired question stays retired.
        stored = list(self._meeting.questions.prefetch_related("options").order_by("is_retired", "position", "pk"))
        in_use = [row for row in stored if not row.is_retired]
        partners = match(
            [Label(row.webex_id, row.text, row.type) for row in stored],
            [Label(info.id, info.text, info.type) for info in incoming],
        )
        asked = [stored[partner] if partner is not None else Question(meeting=self._meeting) for partner in partners]
        for position, (question, info) in enumerate(zip(asked, incoming, strict=True)):
            self._merge_options(question, info)
            self._tell_question(question, info)
            self._take_question(question, info, position=position)
        for index in sorted(set(range(len(stored))).difference(partners)):
            self._retire_question(stored[index])
        if _is_moved(in_use):
            self.notes.append(_("The questions stand in another order."))
        return asked

    def _take_question(self, question: Question, info: QuestionInfo, *, position: int) -> None:
        before = [getattr(question, name) for name in _QUESTION_FIELDS]
        if question.pk and question.webex_id != info.id:
            self._moved_ids.append(question.pk)
        question.webex_id = info.id
        question.text = info.text
        question.type = info.type
        question.is_required = info.is_required
        question.max_length = info.max_length
        question.position = position
        question.is_retired = False
        if not question.pk or before != [getattr(question, name) for name in _QUESTION_FIELDS]:
            self._changed_questions.append(question)

    def _retire_question(self, question: Question) -> None:
        if not question.webex_id:
            return
        if not question.is_retired:
            self.notes.append(_("No longer asked: “%s”. The answers given are kept.") % question.text)
        self._moved_ids.append(question.pk)
        question.webex_id = ""
        question.is_retired = True
        self._changed_questions.append(question)

    def _tell_question(self, question: Question, info: QuestionInfo) -> None:
        if not question.pk:
            self.notes.append(_("New question: “%s”.") % info.text)
            return
        if question.is_retired:
            self.notes.append(_("Asked again: “%s”.") % info.text)
        if question.text != info.text:
            texts = {"before": question.text, "after": info.text}
            self.notes.append(
                _("Reworded: “%(before)s” is “%(after)s” now; answers to the one count for the other.") % texts
            )
        if question.webex_id != info.id:
            self.notes.append(_("Under a new id at Webex: “%s”.") % info.text)
        if question.is_required != info.is_required:
            words = _("Required now: “%s”.") if info.is_required else _("Optional now: “%s”.")
            self.notes.append(words % info.text)
        if question.max_length != info.max_length:
            self.notes.append(_("Another longest answer: “%s”.") % info.text)

    def _merge_options(self, question: Question, info: QuestionInfo) -> None:
        stored = (
            sorted(question.options.all(), key=lambda row: (row.is_retired, row.position, row.pk))
            if question.pk
            else []
        )
        in_use = [row for row in stored if not row.is_retired]
        partners = match(
            [Label(row.webex_id, row.text) for row in stored],
            [Label(option.id, option.text) for option in info.options],
        )
        for position, (partner, option) in enumerate(zip(partners, info.options, strict=True)):
            row = stored[partner] if partner is not None else Option(question=question)
            if question.pk:
                self._tell_option(row, option, question_text=info.text)
            self._take_option(row, option, position=position)
        for index in sorted(set(range(len(stored))).difference(partners)):
            self._retire_option(stored[index], question_text=info.text)
        if _is_moved(in_use):
            names = {"question": info.text}
            self.notes.append(_("In “%(question)s” the options stand in another order.") % names)

    def _take_option(self, row: Option, option: OptionInfo, *, position: int) -> None:
        before = [getattr(row, name) for name in _OPTION_FIELDS]
        row.webex_id = option.id
        row.text = option.text
        row.position = position
        row.is_retired = False
        if not row.pk or before != [getattr(row, name) for name in _OPTION_FIELDS]:
            self._changed_options.append(row)

    def _retire_option(self, row: Option, *, question_text: str) -> None:
        if row.is_retired and not row.webex_id:
            return
        if not row.is_retired:
            names = {"question": question_text, "option": row.text}
            self.notes.append(_("No longer offered in “%(question)s”: “%(option)s”.") % names)
        row.webex_id = ""
        row.is_retired = True
        self._changed_options.append(row)

    def _tell_option(self, row: Option, option: OptionInfo, *, question_text: str) -> None:
        names = {"question": question_text, "option": option.text, "before": row.text}
        if not row.pk:
            self.notes.append(_("New option of “%(question)s”: “%(option)s”.") % names)
            return
        if row.is_retired:
            self.notes.append(_("Offered again in “%(question)s”: “%(option)s”.") % names)
        if row.text != option.text:
            self.notes.append(
                _(
                    "Reworded in “%(question)s”: “%(before)s” is “%(option)s” now; "
                    "whoever chose the one counts for the other."
                )
                % names
            )
        if row.webex_id != option.id:
            self.notes.append(_("Under a new id at Webex in “%(question)s”: “%(option)s”.") % names)


def _is_moved(rows: Sequence[Question] | Sequence[Option]) -> bool:
    """Whether those that stay in use stand in another order now; ``rows`` were in use before, in this order."""
    staying = [row for row in rows if not row.is_retired]
    return staying != sorted(staying, key=lambda row: (row.position, row.pk))
