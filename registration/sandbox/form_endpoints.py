"""`/meetings/{meetingId}/registration`: GET, PUT and DELETE."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, cast, get_args

from registration.sandbox.errors import Refusal
from registration.sandbox.exchange import Asked, Reply
from registration.sandbox.forms import (
    OPTIONAL_FIELDS,
    RULE_FIELDS,
    TEXT_TYPES,
    Condition,
    Form,
    Option,
    Question,
    QuestionType,
    Result,
    Rule,
    require_name,
)
from registration.sandbox.meeting_endpoints import check_host, series_with_registration
from registration.sandbox.store import Store

LONGEST_TEXT = 999


def get_registration(store: Store, asked: Asked) -> Reply:
    """The form. 400 where registration is not switched on, in the words that were seen at Webex."""
    meeting = series_with_registration(store, asked)
    if meeting.form is None:
        raise Refusal(400, "Registration is not supported for this meeting series.")
    return Reply(200, meeting.form.to_json())


def put_registration(store: Store, asked: Asked) -> Reply:
    """Switch registration on, or replace the form; the registrants stay.

    Every question gets a new id, unless the store is set to keep those of questions that stay as they are. Options are
    numbered anew, in their order.
    """
    meeting = series_with_registration(store, asked)
    check_host(meeting, _text(asked.body, "hostEmail", default=""))
    if meeting.recurrence or not meeting.password:
        raise Refusal(400, "Registration needs a meeting with a password and without recurrence.")
    form = read_form(asked.body, new_question_id=store.new_question_id)
    if store.keeps_question_ids and meeting.form is not None:
        form = _with_old_ids(form, meeting.form)
    store.set_form(meeting.id, form)
    return Reply(200, form.to_json())


def delete_registration(store: Store, asked: Asked) -> Reply:
    """Switch registration off, which deletes the registrants. The host comes in a header here."""
    meeting = series_with_registration(store, asked)
    check_host(meeting, asked.headers.get("hostEmail", ""))
    if meeting.form is None:
        raise Refusal(400, "Registration is not supported for this meeting series.")
    store.set_form(meeting.id, None)
    return Reply(204)


def read_form(body: Mapping[str, Any], *, new_question_id: Callable[[], int]) -> Form:
    """A form from the body of a PUT. Raises `Refusal` (400)."""
    rules = tuple(
        _read_rule(rule, name=f"rules[{index}]", order=index + 1, is_standard=True)
        for index, rule in enumerate(_objects(body, "rules"))
    )
    # A question's rule has no order in the contract's PUT: those come after the standard ones, as they stand.
    orders = iter(range(max((rule.order for rule in rules), default=0) + 1, 10**6))
    return Form(
        auto_accept=_flag(body, "autoAcceptRequest"),
        shown_fields=frozenset(field for field in OPTIONAL_FIELDS if _flag(body, require_name(field))),
        questions=tuple(
            _read_question(each, name=f"customizedQuestions[{index}]", id=new_question_id(), orders=orders)
            for index, each in enumerate(_objects(body, "customizedQuestions"))
        ),
        rules=rules,
    )


def _with_old_ids(form: Form, before: Form) -> Form:
    ids = {(question.text, question.type): question.id for question in before.questions}
    kept = [replace(each, id=ids.pop((each.text, each.type), each.id)) for each in form.questions]
    return replace(form, questions=tuple(kept))


def _read_question(given: Mapping[str, Any], *, name: str, id: int, orders: Iterator[int]) -> Question:
    question_type = _one_of(given, "type", get_args(QuestionType), name=name)
    options = tuple(
        Option(number, _text(option, "value", name=f"{name}.options[{number - 1}]."))
        for number, option in enumerate(_objects(given, "options", name=f"{name}."), start=1)
    )
    if question_type not in TEXT_TYPES and not options:
        raise Refusal(400, f"{name}.options is required for a question of the type {question_type}.")
    return Question(
        id=id,
        text=_text(given, "question", name=f"{name}."),
        type=cast(QuestionType, question_type),
        is_required=_flag(given, "required", name=f"{name}."),
        max_length=_max_length(given, name=name) if question_type in TEXT_TYPES else None,
        options=options if question_type not in TEXT_TYPES else (),
        rules=tuple(
            _read_rule(rule, name=f"{name}.rules[{index}]", order=next(orders), is_standard=False)
            for index, rule in enumerate(_objects(given, "rules", name=f"{name}."))
        ),
    )


def _read_rule(given: Mapping[str, Any], *, name: str, order: int, is_standard: bool) -> Rule:
    given_order = given.get("order", order)
    if not isinstance(given_order, int) or isinstance(given_order, bool):
        raise Refusal(400, f"{name}.order must be a number.")
    return Rule(
        condition=cast(Condition, _one_of(given, "condition", get_args(Condition), name=name)),
        value=_text(given, "value", name=f"{name}."),
        result=cast(Result, _one_of(given, "result", get_args(Result), name=name)),
        order=given_order,
        match_case=_flag(given, "matchCase", name=f"{name}."),
        field=_one_of(given, "question", tuple(sorted(RULE_FIELDS)), name=name) if is_standard else "",
    )


def _max_length(given: Mapping[str, Any], *, name: str) -> int:
    length = given.get("maxLength", LONGEST_TEXT)
    if not isinstance(length, int) or isinstance(length, bool) or not 0 <= length <= LONGEST_TEXT:
        raise Refusal(400, f"{name}.maxLength must be a number from 0 to {LONGEST_TEXT}.")
    return length


def _objects(holder: Mapping[str, Any], key: str, *, name: str = "") -> list[Mapping[str, Any]]:
    given = holder.get(key)
    if given is None:
        return []
    if not isinstance(given, list) or not all(isinstance(each, dict) for each in given):
        raise Refusal(400, f"{name}{key} must be a list of objects.")
    return given


def _flag(holder: Mapping[str, Any], key: str, *, name: str = "") -> bool:
    given = holder.get(key, False)
    if not isinstance(given, bool):
        raise Refusal(400, f"{name}{key} must be true or false.")
    return given


def _text(holder: Mapping[str, Any], key: str, *, name: str = "", default: str | None = None) -> str:
    given = holder.get(key, default)
    if not isinstance(given, str) or (default is None and not given):
        raise Refusal(400, f"{name}{key} is required and must be a text.")
    return given


def _one_of(holder: Mapping[str, Any], key: str, choices: tuple[str, ...], *, name: str) -> str:
    given = holder.get(key)
    if given not in choices or not isinstance(given, str):
        raise Refusal(400, f"{name}.{key} must be one of {', '.join(choices)}.")
    return given
