"""The registration form as it would be with changes that are not stored, to be looked at."""

from copy import copy
from functools import cached_property

from crispy_forms.helper import FormHelper

from registration.form_design.design import Design
from registration.forms.layout import helper
from registration.forms.questions import question_field
from registration.forms.registration import Definition, RegistrationForm, standard_fields_of
from registration.models import Meeting, Option, Question
from registration.standard_fields import CHOSEN_FIELDS, Use


class DraftForm(RegistrationForm):
    """The form of a design. It stands in no ``<form>``, so that it cannot be sent; no query is made for it."""

    def __init__(self, *, meeting: Meeting, design: Design) -> None:
        self._design = design
        changed = copy(meeting)
        for field in CHOSEN_FIELDS:
            changed.set_use(field.name, Use(design.uses[field.name]))
        super().__init__(meeting=changed, prefix="draft")

    def definition(self) -> Definition:
        """What the design asks; keys that are not stored yet stand for no row."""
        fields, questions = standard_fields_of(self.meeting), {}
        for place, asked in enumerate(self._design.asked):
            question = Question(
                pk=place,
                text=asked.text,
                type=asked.type,
                is_required=asked.is_required,
                max_length=asked.max_length,
                hint=asked.hint,
            )
            options = [Option(pk=number, text=option.text) for number, option in enumerate(asked.offered)]
            questions[f"question_{place}"] = question
            fields[f"question_{place}"] = question_field(question, options)
        return Definition(fields, questions)

    @cached_property
    def helper(self) -> FormHelper:
        """The same as on the sign-up page, without what would send it."""
        form = helper(list(self.fields), action="", button=self.last_button)
        form.form_tag = False
        form.disable_csrf = True
        return form
