"""The list of approval rules while it is being edited: read from what was posted, changed by its buttons, checked.

Nothing of it is stored: each button posts the whole list, and gets it back as it is then. It works without JavaScript.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registration.flow.rule_list import MOST_RULES
from registration.forms import countries
from registration.models import ApprovalRule, Meeting, Question
from registration.standard_fields import CHOSEN_FIELDS, STANDARD_FIELDS, Use

_FIELDS = ("pk", "subject", "condition", "value", "match_case", "result", "is_active", "is_open")
_SAYS = ("subject", "condition", "value", "match_case", "result")
_UNSEEN = ("pk", "is_active", "is_open")
_ROW_BUTTON = re.compile(r"(up|down|change|done|switch|remove)-([1-9][0-9]{0,3})")
_QUESTION = "question-"

_MOST_POSTED = 1000
"""So many rows are read. There can be more than staff may add: those from Webex, and what staff made of them."""

Raw = dict[str, str]
"""A row as it was posted."""


class Subjects:
    """What a rule of the meeting can be about: ``choices`` of standard fields and questions, and by those of them whose
    answers are chosen, the ``options`` that there are.
    """

    def __init__(self, meeting: Meeting) -> None:
        questions = list(meeting.questions.prefetch_related("options"))
        self._questions = {f"{_QUESTION}{question.pk}": question for question in questions}
        hidden = {each.name for each in CHOSEN_FIELDS if meeting.use_of(each.name) is Use.HIDDEN}
        fields = [(each.name, _named(each.label, is_asked=each.name not in hidden)) for each in STANDARD_FIELDS]
        asked = [(key, _named(each.text, is_asked=not each.is_retired)) for key, each in self._questions.items()]
        self.choices = [
            ("", "---------"),
            (_("Standard fields"), fields),
            *([(_("Questions"), asked)] if asked else []),
        ]
        self.options: dict[str, list[str]] = {
            key: [option.text for option in each.options.all() if not option.is_retired]
            for key, each in self._questions.items()
            if each.has_options
        }
        self.options["country_region"] = sorted(countries.codes_by_name())

    def question(self, key: str) -> Question | None:
        """The question behind the choice, if it is one."""
        return self._questions.get(key)

    def options_of(self, rule: ApprovalRule) -> Sequence[str] | None:
        """The answers among which people choose what the rule looks at; ``None`` where they write it."""
        return self.options.get(rule.field or f"{_QUESTION}{rule.question_id}")


def _named(label: Any, *, is_asked: bool) -> str:
    return str(label) if is_asked else _("%(subject)s (not on the form)") % {"subject": label}


class RuleForm(forms.Form):
    """One rule. It is about one thing, since that is one choice."""

    pk = forms.IntegerField(required=False, widget=forms.HiddenInput)
    subject = forms.ChoiceField(
        label=gettext_lazy("If"), error_messages={"required": gettext_lazy("Choose what the rule looks at.")}
    )
    condition = forms.ChoiceField(label=gettext_lazy("Condition"), choices=ApprovalRule.Condition.choices)
    value = forms.CharField(
        label=gettext_lazy("Value"),
        max_length=500,
        strip=False,
        error_messages={"required": gettext_lazy("Enter what the answer is compared with.")},
    )
    match_case = forms.BooleanField(label=gettext_lazy("Upper and lower case matter"), required=False)
    result = forms.ChoiceField(label=gettext_lazy("Then"), choices=ApprovalRule.Result.choices)
    is_active = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def __init__(self, raw: Raw, *, number: int, subjects: Subjects, is_checked: bool = True) -> None:
        """``is_checked``: whether it says what is wrong; otherwise it only shows what was typed."""
        prefix = f"rule-{number}"
        data = {f"{prefix}-{name}": value for name, value in raw.items()} if is_checked else None
        super().__init__(data, initial=raw, prefix=prefix)
        self._subjects = subjects
        choice: Any = self.fields["subject"]
        choice.choices = subjects.choices
        options = {"list": f"options-{raw['subject']}"} if raw["subject"] in subjects.options else {}
        # Without a maxlength: what is pasted and is too long would be cut in silence.
        attrs = {"dir": "auto", "autocomplete": "off", "class": "vTextField", **options}
        self.fields["value"].widget = forms.TextInput(attrs=attrs)

    def rule(self, meeting: Meeting) -> ApprovalRule:
        """The rule, unsaved, of a form that is valid."""
        given = self.cleaned_data
        question = self._subjects.question(given["subject"])
        return ApprovalRule(
            pk=given["pk"],
            meeting=meeting,
            field="" if question else given["subject"],
            question=question,
            **{name: given[name] for name in ("condition", "value", "match_case", "result", "is_active")},
        )


@dataclass
class Rows:
    """The rows, and which control has the focus when they are shown; ``checked`` are those whose mistakes are told."""

    raws: list[Raw]
    focus: str = ""
    checked: set[int] = field(default_factory=set)
    _made: dict[tuple[object, ...], RuleForm] = field(default_factory=dict)

    def press(self, button: str) -> bool:
        """Do what a row's button does, or "add". Returns whether it is one of these."""
        match = _ROW_BUTTON.fullmatch(button)
        if button == "add":
            self._add()
        elif match is None or int(match[2]) > len(self.raws):
            return False
        else:
            getattr(self, f"_{match[1]}")(int(match[2]))
        return True

    def _add(self) -> None:
        if len(self.raws) < MOST_RULES:
            self.raws.append(dict.fromkeys(_FIELDS, "") | {"is_active": "on", "is_open": "on"})
        self.focus = f"id_rule-{len(self.raws)}-subject"

    def _up(self, number: int) -> None:
        to = max(1, number - 1)
        self._move(number, to)
        self.focus = f"up-{to}" if to > 1 else f"down-{to}"

    def _down(self, number: int) -> None:
        to = min(len(self.raws), number + 1)
        self._move(number, to)
        self.focus = f"down-{to}" if to < len(self.raws) else f"up-{to}"

    def _move(self, number: int, to: int) -> None:
        self.raws.insert(to - 1, self.raws.pop(number - 1))

    def _change(self, number: int) -> None:
        self.raws[number - 1]["is_open"] = "on"
        self.focus = f"id_rule-{number}-subject"

    def _done(self, number: int) -> None:
        self.raws[number - 1]["is_open"] = ""
        self.checked.add(number)
        self.focus = f"change-{number}"

    def _switch(self, number: int) -> None:
        raw = self.raws[number - 1]
        raw["is_active"] = "" if raw["is_active"] else "on"
        self.focus = f"switch-{number}"

    def _remove(self, number: int) -> None:
        del self.raws[number - 1]
        self.focus = f"change-{min(number, len(self.raws))}" if self.raws else "add"

    def take_in(self, raw: Raw) -> None:
        """Add the row of a rule that is new, unless one says the same: that is the rule then, if it is no other."""
        same = [each for each in self.raws if all(each[name] == raw[name] for name in _SAYS)]
        if not same:
            self.raws.append(raw)
        for each in same[:1]:
            each["pk"] = each["pk"] or raw["pk"]

    def forms(self, subjects: Subjects) -> list[RuleForm]:
        """The rows as forms. One whose mistakes are told is open, and the first mistake has the focus."""
        found = [self._form(number, raw, subjects) for number, raw in enumerate(self.raws, start=1)]
        wrong = [number for number in sorted(self.checked) if not found[number - 1].is_valid()]
        for number in wrong:
            self.raws[number - 1]["is_open"] = "on"
        if wrong:
            first = found[wrong[0] - 1]
            self.focus = first[next(iter(first.errors))].id_for_label
        return found

    def _form(self, number: int, raw: Raw, subjects: Subjects) -> RuleForm:
        key = (number, *raw.values())
        if key not in self._made:
            self._made[key] = RuleForm(raw, number=number, subjects=subjects)
        return self._made[key]

    def hidden(self, number: int) -> list[tuple[str, str]]:
        """What is posted of the row besides what it shows. Written out: to render a thousand fields takes seconds."""
        raw = self.raws[number - 1]
        names = _UNSEEN if raw["is_open"] else _FIELDS
        return [(f"rule-{number}-{name}", raw[name]) for name in names if raw[name]]

    def shown(self, number: int, form: RuleForm, subjects: Subjects) -> RuleForm:
        """The form of the row as it is shown: with its mistakes where they are told, and its control with the focus."""
        if not form.is_valid() and number not in self.checked:
            form = RuleForm(self.raws[number - 1], number=number, subjects=subjects, is_checked=False)
        for bound in form.visible_fields():
            if bound.id_for_label == self.focus:
                bound.field.widget.attrs["autofocus"] = True
        return form


def posted(post: Mapping[str, str]) -> Rows:
    """The rows that were posted, as they are."""
    count = post.get("count", "")
    size = min(int(count), _MOST_POSTED) if re.fullmatch(r"[0-9]{1,4}", count) else 0
    return Rows([_posted(post, number) for number in range(1, size + 1)])


def _posted(post: Mapping[str, str], number: int) -> Raw:
    return {name: post.get(f"rule-{number}-{name}", "") for name in _FIELDS}


def stored(rules: Sequence[ApprovalRule]) -> Rows:
    """The rows of the rules that are stored."""
    return Rows([raw_of(rule) for rule in rules])


def raw_of(rule: ApprovalRule) -> Raw:
    """The row of a rule that is stored."""
    return {
        "pk": str(rule.pk),
        "subject": rule.field or f"{_QUESTION}{rule.question_id}",
        "condition": rule.condition,
        "value": rule.value,
        "match_case": "on" if rule.match_case else "",
        "result": rule.result,
        "is_active": "on" if rule.is_active else "",
        "is_open": "",
    }
