"""The form fields of customized questions, and the answers that come back from them."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.text import Truncator, format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from registration.forms.fields import Choices, LineField, LinesField, too_long
from registration.models import Answer, Option, Question

LONGEST_ANSWER = 999
"""Characters; Webex takes no longer text (``maxLength`` of its registration form)."""

_BOX = {"class": "form-check-input"}
_AT_MOST = ngettext_lazy("At most %(count)d character", "At most %(count)d characters", "count")


def question_field(question: Question, options: Iterable[Option] | None = None) -> forms.Field:
    """The form field of a question with its hint; the values of its choices are the options' primary keys.

    ``options``: others than those that are stored.
    """
    field = _field(question, options)
    if question.hint:
        # Of the organisers' own language, which may run the other way than the portal's words after it.
        field.help_text = format_html("<p><bdi>{}</bdi></p>{}", question.hint, field.help_text)
    return field


def _field(question: Question, options: Iterable[Option] | None) -> forms.Field:
    match question.type:
        case Question.Type.CHECKBOX:
            return forms.MultipleChoiceField(
                **_common(question, missing=_("Choose at least one option for “{question}”")),
                choices=_choices(question, options),
                widget=forms.CheckboxSelectMultiple(attrs=_BOX),
                help_text=_("Choose all that apply"),
            )
        case Question.Type.RADIO:
            return forms.ChoiceField(
                **_common(question, missing=_("Choose an option for “{question}”")),
                choices=_choices(question, options),
                widget=forms.RadioSelect(attrs=_BOX),
            )
        case Question.Type.DROPDOWN:
            return forms.ChoiceField(
                **_common(question, missing=_("Choose an option for “{question}”")),
                choices=_choices(question, options, empty=_("Choose an option")),
            )
    longest = question.max_length or LONGEST_ANSWER
    common = _common(question, missing=_("Answer “{question}”"))
    common["error_messages"]["max_length"] = too_long(_short(question))
    attributes: dict[str, Any] = {"dir": "auto"}
    if question.max_length or question.type == Question.Type.MULTI_LINE:
        common["help_text"] = _AT_MOST % {"count": longest}
        attributes["data-longest"] = longest
    if question.type == Question.Type.MULTI_LINE:
        widget = forms.Textarea(attrs={"rows": 4, **attributes})
        return LinesField(**common, max_length=longest, widget=widget)
    return LineField(**common, max_length=longest, widget=forms.TextInput(attrs=attributes))


def answer_to(question: Question, value: str | list[str]) -> list[tuple[Option | None, str]]:
    """A question’s cleaned value as pairs of option (``None`` for text) and text, in the order of the options."""
    if not question.has_options:
        return [(None, str(value))] if value else []
    chosen = {value} if isinstance(value, str) else set(value)
    return [(option, option.text) for option in question.options.all() if str(option.pk) in chosen]


def given_to(question: Question, answers: Sequence[Answer]) -> str | list[str]:
    """What the question's field is filled in with where these are its answers: ``answer_to``, the other way round."""
    if question.type == Question.Type.CHECKBOX:
        return [str(answer.option_id) for answer in answers if answer.option_id]
    texts = [str(answer.option_id or "") if question.has_options else answer.text for answer in answers]
    return texts[0] if texts else ""


def _common(question: Question, *, missing: Any) -> dict[str, Any]:
    short = _short(question)
    wrong = _("Choose from the options for “{question}”")
    return {
        "label": question.text,
        "required": question.is_required,
        "error_messages": {
            "required": format_lazy(missing, question=short),
            # Django fills in what was chosen: a percent sign of the question's own must survive that.
            "invalid_choice": format_lazy(wrong, question=short.replace("%", "%%")),
            "invalid_list": format_lazy(wrong, question=short),
        },
    }


def _choices(question: Question, options: Iterable[Option] | None, *, empty: Any = None) -> Choices:
    pairs = [(str(option.pk), option.text) for option in (question.options.all() if options is None else options)]
    return Choices([("", empty), *pairs] if empty else pairs)


def _short(question: Question) -> str:
    return Truncator(question.text).chars(80)
