"""The whole form of a meeting as plain data, for tests to compare."""

from registration.models import Meeting
from registration.standard_fields import CHOSEN_FIELDS


def questions_of(meeting: Meeting, *, is_retired: bool = False) -> list[tuple[object, ...]]:
    """Id, text, type, required, longest answer and the options in use (id, text) of each question, in order."""
    return [
        (
            question.webex_id,
            question.text,
            question.type,
            question.is_required,
            question.max_length,
            [(option.webex_id, option.text) for option in question.options.all() if not option.is_retired],
        )
        for question in meeting.questions.filter(is_retired=is_retired).prefetch_related("options")
    ]


def rules_of(meeting: Meeting) -> list[tuple[object, ...]]:
    """Order, subject (field or question's text), condition, value, case and result of each rule, in order."""
    return [
        (
            rule.order,
            rule.field or (rule.question and rule.question.text),
            rule.condition,
            rule.value,
            rule.match_case,
            rule.result,
        )
        for rule in meeting.rules.select_related("question")
    ]


def uses_of(meeting: Meeting) -> dict[str, str]:
    """The standard fields that are shown, and how."""
    return {name: meeting.use_of(name).value for name in meeting.shown_fields}


def everything_of(meeting: Meeting) -> list[list[tuple[object, ...]]]:
    """Every row of the form with its key and every column: equal only where nothing was written."""
    questions = meeting.questions.order_by("pk").values_list()
    options = meeting.questions.order_by("options__pk").values_list("options__pk", "options__webex_id", "options__text")
    uses = Meeting.objects.filter(pk=meeting.pk).values_list(*[f"{field.name}_use" for field in CHOSEN_FIELDS])
    return [list(uses), list(questions), list(options), list(meeting.rules.order_by("pk").values_list())]
