"""The registration form filled in with what somebody sent: for staff to correct, and for its owner to change."""

from collections import defaultdict
from collections.abc import Collection
from functools import cached_property
from typing import Any, cast

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Hidden
from django import forms
from django.db.models import Q
from django.forms import BoundField
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from registration.forms.layout import helper
from registration.forms.questions import answer_to, given_to
from registration.forms.registration import Definition, RegistrationForm, define
from registration.models import Option, Question, Submission
from registration.models.submission import by_question


class StoredForm(RegistrationForm):
    """The form of a submission's meeting as it is now, with what is stored in it.

    What was chosen stays on offer, though its option may have been retired since. ``answers`` hands on every question
    of the form: one that was emptied has no answers.
    """

    def __init__(self, *args: Any, submission: Submission, **kwargs: Any) -> None:
        self.submission = submission
        super().__init__(*args, meeting=submission.meeting, **kwargs)
        self.initial = {name: getattr(submission, name) for name in self.fields if name not in self.questions}
        given = defaultdict(list)
        for answer in submission.answers.all():
            given[answer.question_id].append(answer)
        for name, question in self.questions.items():
            self.initial[name] = given_to(question, given[question.pk])
        self._offer_stored_country()

    def definition(self) -> Definition:
        """What the form asks, with the options that can be chosen and those that were."""
        options = Option.objects.filter(Q(is_retired=False) | Q(answers__submission=self.submission)).distinct()
        return define(self.meeting, options=options)

    def answers(self) -> list[tuple[Question, list[tuple[Option | None, str]]]]:
        """Each question of the form, in order, with its options and texts; of a valid form only."""
        return [(question, answer_to(question, self.cleaned_data[name])) for name, question in self.questions.items()]

    def _offer_stored_country(self) -> None:
        """Offer the name of a country that the list does not have, or no longer."""
        field, stored = self.fields.get("country_region"), self.submission.country_region
        if isinstance(field, forms.ChoiceField) and stored:
            offered = cast("list[tuple[str, str]]", list(field.choices))  # type: ignore[arg-type]
            if stored not in dict(offered):
                field.choices = [*offered, (stored, stored)]


class CorrectionForm(StoredForm):
    """The form on which staff correct it; but for the questions that are ``withheld``, by primary key, from them."""

    required_css_class = "required"
    bound_field_class = BoundField

    def __init__(self, *args: Any, withheld: Collection[int] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in [name for name, question in self.questions.items() if question.pk in withheld]:
            del self.fields[name], self.questions[name]
        for field in self.fields.values():
            # A browser would offer what it knows of whoever sits in front of it.
            field.widget.attrs["autocomplete"] = "off"


class ChangeForm(StoredForm):
    """The form on which its owner changes it, without the e-mail address.

    ``version`` is that of what its owner was shown; ``is_open``: whether it can be sent.
    """

    def __init__(self, *args: Any, version: str, is_open: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.version, self.is_open = version, is_open
        del self.fields["email"]

    @cached_property
    def helper(self) -> FormHelper:
        """How crispy lays the form out."""
        address = reverse("change", args=[self.submission.token])
        form = helper(list(self.fields), action=address, button=_("Save the changes") if self.is_open else None)
        form.layout.append(Hidden("version", self.version))
        return form

    @property
    def others(self) -> list[tuple[str, list[str]]]:
        """The stored answers to questions that the form does not ask, or no longer: they stay."""
        asked = {question.pk for question in self.questions.values()}
        return by_question(answer for answer in self.submission.answers.all() if answer.question_id not in asked)
