"""Which standard fields and questions of a registration Webex's words of refusal are about."""

import re
from collections.abc import Iterable, Sequence

from registration.models import Question
from registration.standard_fields import STANDARD_FIELDS, StandardField

MOST_FIELDS = 3
"""Words that name more than so many are about the whole registration."""

_ALSO = {
    "email": r"e-?mail(?:[\s_-]?address)?",
    "zip_code": r"(?:zip|postal)[\s_-]?code",
    "company_name": r"company(?:[\s_-]?name)?",
    "country_region": r"country(?:[\s_/-]?region)?",
    "work_phone": r"(?:work[\s_-]?)?phone(?:[\s_-]?number)?",
    "fax": r"fax(?:[\s_-]?number)?",
}
"""Spellings that differ from Webex's name of the field by more than spaces and capitals."""

_EVERYDAY = ("company_name", "city", "state")
"""Words of everyday, too: they name the field where they are quoted, in a path, or beside what can be said of one."""

_WRONG = r"(?:fields?|values?|(?:in)?valid|required|missing|empty|blank|wrong|bad|unknown|too long|too short)"
_SAID = rf"(?:{_WRONG}|must|known|accepted|allowed|format|characters|longer|shorter)"

_PLACE = re.compile(r"customizedQuestions\W?\[(\d{1,3})\]", re.IGNORECASE)
_TELLING_ID, _TELLING_TEXT = 5, 12
"""Characters; a shorter id or question is named only where the words say that it is one."""

_LABELS = {text.casefold() for field in STANDARD_FIELDS for text in (str(field.label), field.webex_name)}
"""So is a question that is called as a standard field is."""

_ABOUT_NO_FIELD = re.compile(
    r"(?<![A-Za-z])host(?:['’]?s)?[\s_-]?e-?mail"
    r"|\bin (?:an?|the|this|its) (?:[\w-]+ )?state\b"
    r"|\b(?:meeting|registration|form)(?:['’]s)? state\b",
    re.IGNORECASE,
)
"""A host's address is not the person's, and the state of a meeting is none of the person's address."""


def fields_named(words: str, *, apart_from: Iterable[str] = ()) -> tuple[str, ...]:
    """Our names of the standard fields that the words name, in the form's order; none where they name very many.

    ``apart_from`` are the texts of questions that the words name: they may have a field's name in them.
    """
    for text in apart_from:
        words = re.sub(re.escape(text), "", words, flags=re.IGNORECASE)
    words = _ABOUT_NO_FIELD.sub("", words)
    found = tuple(name for name, spelling in _SPELLINGS.items() if spelling.search(words))
    return found if len(found) <= MOST_FIELDS else ()


def questions_named(words: str, questions: Sequence[Question], *, sent: Sequence[str]) -> list[Question]:
    """Those of the questions that the words name; none where they name very many.

    By Webex's id, by the question's own words, or by its place in ``customizedQuestions``: ``sent`` are the ids of the
    questions that were answered there, in this order.
    """
    places = {int(place) for place in _PLACE.findall(words)}
    ids = {sent[place] for place in places if place < len(sent)}
    found = [each for each in questions if each.webex_id in ids or _is_quoted(each, words)]
    return found if len(found) <= MOST_FIELDS else []


def _is_quoted(question: Question, words: str) -> bool:
    # Else it may be any number.
    before = r"question.*" if len(question.webex_id) >= _TELLING_ID else r"question[\s_-]?(?:id)?\W{0,3}"
    spelt = rf"{before}(?<![\w-]){re.escape(question.webex_id)}(?![\w-])"
    text = re.escape(question.text)
    if len(question.text) < _TELLING_TEXT or question.text.casefold() in _LABELS:
        text = rf"[“\"'‘`]{text}[”\"'’`]"
    return re.search(rf"{spelt}|{text}", words, re.IGNORECASE | re.DOTALL) is not None


def _spelling(field: StandardField) -> re.Pattern[str]:
    # firstName, first name and first_name are one.
    apart = re.sub(r"(?<=[a-z])(?=[A-Z0-9])", r"[\\s_-]?", field.webex_name)
    name = rf"(?<![A-Za-z]){_ALSO.get(field.name, apart)}(?![A-Za-z])"
    if field.name in _EVERYDAY:
        quoted = rf"[“\"'‘`.]{name}[”\"'’`:]"
        in_a_path = rf"\]\.{name}"
        after = rf"\b(?:{_WRONG}|no such)(?:\W+(?:of|for|the|an?|your))*\W+{name}"
        # “The state of the meeting” is no field.
        before = rf"{name}(?! (?:of|in|that)\b)(?:[\s,:]+[\w-]+){{0,6}}?[\s,:]+{_SAID}\b"
        name = f"{quoted}|{in_a_path}|{after}|{before}"
    return re.compile(name, re.IGNORECASE)


_SPELLINGS = {field.name: _spelling(field) for field in STANDARD_FIELDS}
