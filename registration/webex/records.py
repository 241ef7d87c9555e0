"""What is sent to Webex and what comes back.

Reading is forgiving about what Webex's own pages and answers disagree on (ids as numbers or strings, `id` or
`registrantId`, missing keys, nulls, words that are new to us) and strict about what the portal relies on: each
`from_json` gives `None` where that is not there, and raises nothing, whatever JSON it is given.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from operator import attrgetter
from typing import Self, TypeVar

import idna

from registration.webex import reading

LARGEST_EXACT_INTEGER = 2**53 - 1
"""A larger JSON number is not the same number to every reader (RFC 8259, section 6)."""

LAST_ORDER = 32_767
"""The order of an approval rule whose own cannot be read: after all others."""

STATUSES = ("approved", "pending", "rejected")
"""What Webex says about a registrant, in the order in which we believe two rows about one person."""

STANDARD_FIELDS = {
    "job_title": "jobTitle",
    "company_name": "companyName",
    "address1": "address1",
    "address2": "address2",
    "city": "city",
    "state": "state",
    "zip_code": "zipCode",
    "country_region": "countryRegion",
    "work_phone": "workPhone",
    "fax": "fax",
}
"""Our name to Webex's, for the fields that a form may show besides first name, last name and e-mail."""

T = TypeVar("T")


def email_key(email: str) -> str:
    """The one spelling under which an e-mail address is compared; Webex takes no account of case.

    Whoever handles an address may spell an internationalized domain in its ASCII form (RFC 5891): here they are one.
    """
    return ascii_email(email.strip().lower())


def ascii_email(email: str) -> str:
    """The address with its domain in ASCII, such as ``ann@xn--bcher-kva.example``; as it is where that cannot be."""
    local, at, domain = email.rpartition("@")
    if email.isascii() or not at:
        return email
    try:
        return f"{local}@{idna.encode(domain, uts46=True).decode('ascii')}"
    except idna.IDNAError:
        return email


@dataclass(frozen=True, slots=True)
class AnswerValue:
    """One thing that was answered: free text, or the text of an option together with the option's id."""

    text: str
    option_id: str = ""

    def to_json(self) -> dict[str, object]:
        """Only `answer` is required; for an option we send both, so that Webex cannot mistake it."""
        answer: dict[str, object] = {"answer": self.text}
        if self.option_id:
            answer["optionId"] = number_if_exact(self.option_id)
        return answer


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one customized question; several values only for check boxes."""

    question_id: str
    values: tuple[AnswerValue, ...]

    def to_json(self) -> dict[str, object]:
        """This answer as an item of Webex's `customizedQuestions`."""
        return {
            "questionId": number_if_exact(self.question_id),
            "answers": [value.to_json() for value in self.values],
        }


@dataclass(frozen=True, slots=True)
class Registrant:
    """A person to register."""

    first_name: str
    last_name: str
    email: str
    send_email: bool
    job_title: str = ""
    company_name: str = ""
    address1: str = ""
    address2: str = ""
    city: str = ""
    state: str = ""
    zip_code: str = ""
    country_region: str = ""
    work_phone: str = ""
    fax: str = ""
    answers: tuple[Answer, ...] = ()

    def to_json(self) -> dict[str, object]:
        """The item of a `bulkInsert`; what was not answered is left out.

        The address goes in a spelling that Webex has no reason to change, so that it is found again. `sendEmail` is
        always there, because Webex mails a real person where it is absent. The schema says that `zipCode` is a number;
        one that would lose something by it ("02139", "SW1A 1AA") goes as it is.
        """
        registrant: dict[str, object] = {
            "firstName": self.first_name,
            "lastName": self.last_name,
            "email": ascii_email(self.email),
            "sendEmail": self.send_email,
        }
        for ours, theirs in STANDARD_FIELDS.items():
            if text := getattr(self, ours):
                registrant[theirs] = number_if_exact(text) if theirs == "zipCode" else text
        if answers := [answer.to_json() for answer in self.answers if answer.values]:
            registrant["customizedQuestions"] = answers
        return registrant


def number_if_exact(text: str) -> int | str:
    """The number that `text` spells, where writing it down again gives `text`; else `text`."""
    try:
        number = int(text)
    except ValueError:
        return text
    return number if str(number) == text and abs(number) <= LARGEST_EXACT_INTEGER else text


@dataclass(frozen=True, slots=True)
class RegistrantRow:
    """A registrant as Webex holds it. `status` is one of `STATUSES`, or empty where Webex said something else."""

    id: str
    email: str
    status: str = ""
    registration_time: datetime | None = None
    registration_id: str = ""
    first_name: str = ""
    last_name: str = ""

    @property
    def email_key(self) -> str:
        """The spelling to match this row by: answers come in any order and with the e-mail lower-cased."""
        return email_key(self.email)

    @classmethod
    def from_json(cls, value: object) -> Self | None:
        """Read a row; `None` without an id or an e-mail, since nothing can be done with such a row."""
        row = reading.json_object(value)
        registrant_id = reading.identifier(row.get("id")) or reading.identifier(row.get("registrantId"))
        email = reading.text(row.get("email")).strip()
        if not registrant_id or not email:
            return None
        status = reading.text(row.get("status")).strip().lower()
        return cls(
            id=registrant_id,
            email=email,
            status=status if status in STATUSES else "",
            registration_time=reading.moment(row.get("registrationTime")),
            registration_id=reading.identifier(row.get("registrationId")),
            first_name=reading.text(row.get("firstName")),
            last_name=reading.text(row.get("lastName")),
        )


@dataclass(frozen=True, slots=True)
class Answered:
    """What a write came to: the rows that Webex told of, in its order, with doubles kept.

    No rows means that Webex took the call without saying what became of anybody. A person who is not among the
    rows may still be registered: nobody can know without looking.
    """

    http_status: int
    tracking_id: str = ""
    rows: tuple[RegistrantRow, ...] = ()


@dataclass(frozen=True, slots=True)
class MeetingInfo:
    """A meeting. `has_registration` is `None` where Webex did not say. Times are aware, in UTC."""

    id: str
    title: str = ""
    agenda: str = ""
    start_at: datetime | None = None
    end_at: datetime | None = None
    timezone: str = ""
    host_email: str = ""
    host_display_name: str = ""
    meeting_type: str = ""
    scheduled_type: str = ""
    state: str = ""
    has_registration: bool | None = None
    site_url: str = ""
    recurrence: str = ""
    join_before_host: bool = False

    @classmethod
    def from_json(cls, value: object) -> Self | None:
        """Read a meeting; `None` without an id."""
        meeting = reading.json_object(value)
        meeting_id = reading.identifier(meeting.get("id"))
        if not meeting_id:
            return None
        return cls(
            id=meeting_id,
            title=reading.text(meeting.get("title")),
            agenda=reading.text(meeting.get("agenda")),
            start_at=reading.moment(meeting.get("start")),
            end_at=reading.moment(meeting.get("end")),
            timezone=reading.text(meeting.get("timezone")),
            host_email=reading.text(meeting.get("hostEmail")),
            host_display_name=reading.text(meeting.get("hostDisplayName")),
            meeting_type=reading.text(meeting.get("meetingType")),
            scheduled_type=reading.text(meeting.get("scheduledType")),
            state=reading.text(meeting.get("state")),
            has_registration=(meeting["registration"] not in (None, False) if "registration" in meeting else None),
            site_url=reading.text(meeting.get("siteUrl")),
            recurrence=reading.text(meeting.get("recurrence")),
            join_before_host=meeting.get("enabledJoinBeforeHost") is True,
        )


@dataclass(frozen=True, slots=True)
class OptionInfo:
    """An option of a check box, drop-down or radio question."""

    id: str
    text: str

    @classmethod
    def from_json(cls, value: object) -> Self | None:
        """Read an option; `None` without an id or a text."""
        option = reading.json_object(value)
        info = cls(id=reading.identifier(option.get("id")), text=reading.text(option.get("value")))
        return info if info.id and info.text.strip() else None


@dataclass(frozen=True, slots=True)
class QuestionInfo:
    """A customized question. `max_length` (characters) is `None` where there is none."""

    id: str
    text: str
    type: str
    is_required: bool = False
    max_length: int | None = None
    options: tuple[OptionInfo, ...] = ()

    @classmethod
    def from_json(cls, value: object) -> Self | None:
        """Read a question; `None` without an id or a text. What is no option is left out."""
        question = reading.json_object(value)
        info = cls(
            id=reading.identifier(question.get("id")),
            text=reading.text(question.get("question")),
            type=reading.text(question.get("type")),
            is_required=question.get("required") is True,
            # The contract says 0 to 999; a limit of 0 would permit no answer, so it is read as no limit.
            max_length=reading.whole_number(question.get("maxLength"), least=1, most=999),
            options=_each(OptionInfo.from_json, question.get("options")),
        )
        return info if info.id and info.text.strip() else None


@dataclass(frozen=True, slots=True)
class RuleInfo:
    """An approval rule, about a standard field (Webex's name) or about a customized question (its id)."""

    order: int
    field: str
    question_id: str
    condition: str
    value: str
    result: str
    match_case: bool = False

    @classmethod
    def from_json(cls, value: object, *, question_id: str = "") -> Self | None:
        """Read a rule; `None` where it is about nothing. One without a readable order comes after all others."""
        rule = reading.json_object(value)
        order = reading.whole_number(rule.get("order"), least=0, most=LAST_ORDER)
        info = cls(
            order=LAST_ORDER if order is None else order,
            field="" if question_id else reading.text(rule.get("question")),
            question_id=question_id,
            condition=reading.text(rule.get("condition")),
            value=reading.text(rule.get("value")),
            result=reading.text(rule.get("result")),
            match_case=rule.get("matchCase") is True,
        )
        return info if info.field or info.question_id else None


@dataclass(frozen=True, slots=True)
class FormInfo:
    """A registration form. `shown_fields` are Webex's names; `rules` are of both kinds, in their one order.

    Webex's `requireX: true` means "shown or required": it is no proof that Webex insists.
    """

    auto_accept_request: bool = False
    shown_fields: frozenset[str] = frozenset()
    questions: tuple[QuestionInfo, ...] = ()
    rules: tuple[RuleInfo, ...] = ()

    @classmethod
    def from_json(cls, value: object) -> Self | None:
        """Read a form; `None` where it does not look like one. What is no question and no rule is left out.

        An empty object must not pass for a form without questions: an import would retire every question.
        """
        form = reading.json_object(value)
        questions = form.get("customizedQuestions") or []
        is_form = any(key in ("autoAcceptRequest", "customizedQuestions") or key.startswith("require") for key in form)
        if not is_form or not isinstance(questions, list):
            return None
        rules = list(_each(RuleInfo.from_json, form.get("rules")))
        for question in map(reading.json_object, questions):
            if question_id := reading.identifier(question.get("id")):
                rules += _each(partial(RuleInfo.from_json, question_id=question_id), question.get("rules"))
        return cls(
            auto_accept_request=form.get("autoAcceptRequest") is True,
            shown_fields=frozenset(
                name for name in STANDARD_FIELDS.values() if form.get(f"require{name[0].upper()}{name[1:]}") is True
            ),
            questions=_each(QuestionInfo.from_json, questions),
            rules=tuple(sorted(rules, key=attrgetter("order"))),
        )


def _each(read: Callable[[object], T | None], value: object) -> tuple[T, ...]:
    """What `read` makes of the items of `value`, if that is a list, without those that it cannot read."""
    items = value if isinstance(value, list) else []
    return tuple(record for item in items if (record := read(item)) is not None)
