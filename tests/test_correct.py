"""Corrections by staff: what is stored, what is written down, what is refused, and what follows at Webex in words."""

from collections.abc import Mapping
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from registration.errors import AddressTaken, ChangedMeanwhile
from registration.flow import correct
from registration.models import Answer, AuditEntry, Meeting, Move, Question, SecondSignUp, Submission
from registration.states import Decision, Presence
from tests.at_once import at_once, database_for_threads
from tests.cast import MeetingFactory, QuestionFactory, SubmissionFactory
from tests.letters import delivered, written

pytestmark = pytest.mark.django_db

NOW = timezone.now()


@pytest.fixture
def dana(db: None) -> User:
    return User.objects.create_user("dana")


@pytest.fixture
def ann() -> Submission:
    submission: Submission = SubmissionFactory(
        meeting=MeetingFactory(shows_all=True),
        first_name="Ann",
        last_name="Lee",
        email="ann@example.com",
        approved=True,
        presence=Presence.REGISTERED,
        webex_status="approved",
        sent_at=NOW - timedelta(days=1),
        sent_email="ann@example.com",
    )
    return submission


def correct_it(
    submission: Submission, by: User, answers: correct.Answers = (), shown: str | None = None, **values: str
) -> correct.Plan:
    return correct.correct(submission, values=values, answers=answers, by=by, at=NOW, shown=shown)


def answer(submission: Submission, question: Question, *texts: str) -> list[Answer]:
    options = {option.text: option for option in question.options.all()}
    return Answer.objects.bulk_create(
        Answer(
            submission=submission,
            question=question,
            option=options.get(text),
            question_text=question.text,
            text=text,
            position=question.position,
        )
        for text in texts
    )


def chosen(question: Question, *texts: str) -> tuple[Question, list[Any]]:
    options = {option.text: option for option in question.options.all()}
    return question, [(options.get(text), text) for text in texts]


def rows(submission: Submission) -> list[tuple[int, str, str]]:
    return list(submission.answers.values_list("pk", "question_text", "text"))


# --- what is stored ---------------------------------------------------------------------------------------------------


def test_changed_fields_are_stored_and_written_down_without_their_words(ann: Submission, dana: User) -> None:
    done = correct_it(ann, dana, first_name="Anne", city="Berlin", last_name="Lee")
    ann.refresh_from_db()
    assert (ann.first_name, ann.last_name, ann.city, ann.corrected_at) == ("Anne", "Lee", "Berlin", NOW)
    assert [(change.label, change.before, change.after) for change in done.changes] == [
        ("First name", ("Ann",), ("Anne",)),
        ("City", (), ("Berlin",)),
    ]
    moves = Move.objects.values_list("submission", "subject", "before", "after", "at", "by", "reason")
    assert list(moves) == [(ann.pk, "correction", "", "", NOW, dana.pk, "First name, City")]


def test_questions_with_the_words_of_others_or_of_a_field_are_all_in_the_audit(ann: Submission, dana: User) -> None:
    texts = ("Why?", "Why?", "City", "City (2)")
    questions = [QuestionFactory(meeting=ann.meeting, text=text) for text in texts]
    for number, question in enumerate(questions):
        answer(ann, question, f"Old {number}")
    correct_it(ann, dana, [chosen(each, f"New {number}") for number, each in enumerate(questions)], city="Berlin")
    entry = AuditEntry.objects.get()
    assert {name: (entry.before[name], after) for name, after in entry.after.items()} == {
        "City": ([], ["Berlin"]),
        "Why?": (["Old 0"], ["New 0"]),
        "Why? (2)": (["Old 1"], ["New 1"]),
        "City (2)": (["Old 2"], ["New 2"]),
        "City (2) (2)": (["Old 3"], ["New 3"]),
    }


def test_where_nothing_changes_nothing_is_written(ann: Submission, dana: User) -> None:
    question = QuestionFactory(meeting=ann.meeting)
    before = answer(ann, question, "Yes")[0].pk
    done = correct_it(ann, dana, [chosen(question, "Yes")], first_name="Ann", city="")
    ann.refresh_from_db()
    assert (done.changes, ann.corrected_at, Move.objects.count()) == ((), None, 0)
    assert rows(ann) == [(before, question.text, "Yes")]


def test_an_answer_that_did_not_change_keeps_its_row_and_its_words(ann: Submission, dana: User) -> None:
    colours = QuestionFactory(meeting=ann.meeting, text="Colour?", type="checkbox", options=["Red", "Green", "Blue"])
    name = QuestionFactory(meeting=ann.meeting, text="Name?")
    red, blue = answer(ann, colours, "Red", "Blue")
    kept = answer(ann, name, "Ann")[0]
    Question.objects.filter(pk=colours.pk).update(text="Which colour?")
    colours.options.filter(text="Blue").update(text="Navy")
    colours.refresh_from_db()
    correct_it(ann, dana, [chosen(colours, "Green", "Navy"), chosen(name, "Ann")])
    green = Answer.objects.get(text="Green")
    assert rows(ann) == [
        (green.pk, "Which colour?", "Green"),
        (blue.pk, "Colour?", "Blue"),
        (kept.pk, "Name?", "Ann"),
    ]
    assert not Answer.objects.filter(pk=red.pk).exists()


def test_the_answers_to_a_question_stand_together_in_the_order_of_the_form(ann: Submission, dana: User) -> None:
    first, second, third = QuestionFactory.create_batch(3, meeting=ann.meeting, type="checkbox", options=["A", "B"])
    answer(ann, third, "A")
    answer(ann, first, "B")
    correct_it(ann, dana, [chosen(second, "A", "B"), chosen(first, "A", "B"), chosen(third, "A", "B")])
    assert list(ann.answers.values_list("position", "question", "text")) == [
        (position, question.pk, text)
        for position, (question, text) in enumerate(product((first, second, third), ("A", "B")))
    ]


def test_a_question_that_is_not_on_the_form_keeps_its_answers(ann: Submission, dana: User) -> None:
    asked, retired = QuestionFactory.create_batch(2, meeting=ann.meeting)
    kept = answer(ann, retired, "Old")[0]
    answer(ann, asked, "Yes")
    correct_it(ann, dana, [chosen(asked)])
    assert rows(ann) == [(kept.pk, retired.text, "Old")]


def test_a_text_stays_whose_question_has_options_by_now_until_one_is_chosen(ann: Submission, dana: User) -> None:
    question = QuestionFactory(meeting=ann.meeting, type="radioButtons", options=["Red"])
    text = Answer.objects.create(submission=ann, question=question, question_text="Colour?", text="reddish")
    assert correct_it(ann, dana, [chosen(question)]).changes == ()
    assert rows(ann) == [(text.pk, "Colour?", "reddish")]
    correct_it(ann, dana, [chosen(question, "Red")])
    assert [text for _pk, _question, text in rows(ann)] == ["Red"]


# --- the address ------------------------------------------------------------------------------------------------------


def test_an_address_may_be_corrected(ann: Submission, dana: User) -> None:
    correct_it(ann, dana, email="Anne@Example.com")
    ann.refresh_from_db()
    assert (ann.email, ann.email_key, ann.sent_email) == ("Anne@Example.com", "anne@example.com", "ann@example.com")


NEW_LINK = "Their own page gets a new address, which we mail to anne@example.com. The old one no longer opens it."


@pytest.mark.django_db(transaction=True)
def test_the_page_of_who_gets_another_address_moves_there_with_a_mail(ann: Submission, dana: User) -> None:
    """Whoever has the old mailbox must not open it any more."""
    assert NEW_LINK in correct.plan(ann, values={"email": "anne@example.com"}, answers=(), at=NOW).consequences
    before = ann.token
    correct_it(ann, dana, first_name="Anna")
    ann.refresh_from_db()
    assert (ann.token, written()) == (before, [])
    correct_it(ann, dana, email="anne@example.com")
    ann.refresh_from_db()
    assert ann.token != before
    [mail] = delivered()
    assert (mail.to, ann.token in mail.body, before in mail.body) == (["anne@example.com"], True, False)


def test_what_the_owner_of_the_old_address_typed_does_not_show_on_the_page_of_who_gets_another(
    ann: Submission, dana: User
) -> None:
    """Ann mistyped her address as Bob's; then Bob signed up, too, under an address that was known by then."""
    values = {"first_name": "Bob", "last_name": "Ray", "email": "ann@example.com", "work_phone": "+49 30 901820"}
    second = SecondSignUp.objects.create(submission=ann, at=NOW, values=values, answers=[])
    correct_it(ann, dana, first_name="Anna", email="Ann@Example.com")
    assert list(SecondSignUp.objects.all()) == [second]
    correct_it(ann, dana, email="anne@example.com")
    assert list(SecondSignUp.objects.all()) == []


def test_a_taken_address_is_refused_and_nothing_changes(ann: Submission, dana: User) -> None:
    SubmissionFactory(meeting=ann.meeting, email="bo@example.com")
    with pytest.raises(AddressTaken) as refused:
        correct_it(ann, dana, email="BO@example.com", first_name="Bo")
    ann.refresh_from_db()
    assert refused.value.words == "Somebody else is registered for this meeting with this e-mail address"
    assert (ann.email, ann.first_name, Move.objects.count()) == ("ann@example.com", "Ann", 0)


def test_an_address_of_another_meeting_is_free(ann: Submission, dana: User) -> None:
    SubmissionFactory(email="bo@example.com")
    correct_it(ann, dana, email="bo@example.com")
    ann.refresh_from_db()
    assert ann.email_key == "bo@example.com"


# --- whether Webex is told --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("webex_id", "is_sent"), [("7", True), ("", False)])
def test_only_what_webex_is_sent_calls_for_sending_again(
    ann: Submission, dana: User, webex_id: str, is_sent: bool
) -> None:
    question = QuestionFactory(meeting=ann.meeting, webex_id=webex_id)
    done = correct_it(ann, dana, [chosen(question, "Yes")])
    ann.refresh_from_db()
    assert (done.is_sent, ann.corrected_at) == (is_sent, NOW if is_sent else None)
    assert Move.objects.count() == 1


def test_another_case_of_the_address_is_the_same_to_webex(ann: Submission, dana: User) -> None:
    correct_it(ann, dana, email="Ann@Example.com")
    ann.refresh_from_db()
    assert (ann.email, ann.corrected_at) == ("Ann@Example.com", None)


def test_a_correction_that_waited_for_the_loop_to_read_the_row_is_newer_than_what_was_sent(
    ann: Submission, dana: User
) -> None:
    sent_at = NOW + timedelta(seconds=2)
    Submission.objects.update(sent_at=sent_at)
    correct_it(ann, dana, first_name="Anne")
    ann.refresh_from_db()
    assert ann.corrected_at == sent_at + timedelta(microseconds=1)
    assert ann.next_step.value == "remove"


@pytest.mark.parametrize(("city", "presence"), [("Berlin", "absent"), ("", "refused")])
def test_who_was_refused_goes_again_only_if_something_changed(
    ann: Submission, dana: User, city: str, presence: str
) -> None:
    Submission.objects.update(presence=Presence.REFUSED, refusal="No such city.")
    correct_it(ann, dana, city=city)
    ann.refresh_from_db()
    assert ann.presence == presence


def test_who_was_refused_stays_so_if_only_what_webex_is_not_sent_changed(ann: Submission, dana: User) -> None:
    Submission.objects.update(presence=Presence.REFUSED, refusal="No such city.")
    correct_it(ann, dana, [chosen(QuestionFactory(meeting=ann.meeting, webex_id=""), "Yes")])
    ann.refresh_from_db()
    assert (ann.presence, ann.refusal) == ("refused", "No such city.")


# --- two at once ------------------------------------------------------------------------------------------------------


def test_what_was_not_shown_is_not_done(ann: Submission, dana: User) -> None:
    shown = correct.plan(ann, values={"first_name": "Anne", "city": ""}, answers=(), at=NOW).fingerprint
    correct_it(ann, dana, city="Berlin")
    with pytest.raises(ChangedMeanwhile):
        correct_it(ann, dana, shown=shown, first_name="Anne", city="")
    ann.refresh_from_db()
    assert (ann.first_name, ann.city) == ("Ann", "Berlin")


def test_nothing_is_done_whose_consequences_were_not_shown(ann: Submission, dana: User) -> None:
    Submission.objects.update(presence=Presence.ABSENT)
    ann.refresh_from_db()
    shown = correct.plan(ann, values={"city": "Berlin"}, answers=(), at=NOW).fingerprint
    Submission.objects.update(presence=Presence.REGISTERED)
    with pytest.raises(ChangedMeanwhile):
        correct_it(ann, dana, shown=shown, city="Berlin")
    assert Move.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_of_two_staff_at_once_one_corrects_and_the_other_is_told(ann: Submission, dana: User, tmp_path: Path) -> None:
    cities = ["Berlin", "Bonn"]
    plans = [correct.plan(ann, values={"city": city}, answers=(), at=NOW) for city in cities]

    def try_it(number: int) -> str:
        try:
            correct_it(ann, dana, shown=plans[number].fingerprint, city=cities[number])
        except ChangedMeanwhile:
            return "told"
        return "done"

    with database_for_threads(tmp_path):
        assert sorted(at_once(2, try_it)) == ["done", "told"]
        assert Move.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_people_who_get_the_same_address_at_once_one_does(ann: Submission, dana: User, tmp_path: Path) -> None:
    people: list[Submission] = [ann, SubmissionFactory(meeting=ann.meeting)]

    def try_it(number: int) -> str:
        try:
            correct_it(people[number], dana, email="new@example.com")
        except AddressTaken:
            return "told"
        return "done"

    with database_for_threads(tmp_path):
        assert sorted(at_once(2, try_it)) == ["done", "told"]
        assert Submission.objects.filter(email_key="new@example.com").count() == 1


# --- what follows, in words -------------------------------------------------------------------------------------------

ANEW = "Webex knows no change of a registration. The next push removes them there and registers them anew."
REMOVAL_MAILS = "The removal (bulkDelete) lets Webex mail ann@example.com; what it then writes is not documented."
REGISTRATION_MAILS = (
    "The registration (bulkInsert) lets Webex mail anne@example.com: the link for joining, or that it is pending."
)
NEW_ID = "They get a new registrant id and may get a new link for joining. Their old one may stop working."
IN_BETWEEN = "If Webex refuses the corrected registration, they are not registered until that is put right."
PENDING = "They may be pending at Webex until the host approves them."
APPROVED = "Where Webex leaves them pending, the push approves them there, which lets Webex mail them again."


def told(ann: Submission, **values: str) -> list[str]:
    ann = Submission.objects.select_related("meeting").get(pk=ann.pk)
    words = correct.plan(ann, values=values or {"email": "anne@example.com"}, answers=(), at=NOW).consequences
    return [each for each in words if each != NEW_LINK]


def test_who_is_at_webex_is_removed_and_registered_anew_with_these_mails(ann: Submission) -> None:
    assert told(ann) == [ANEW, REMOVAL_MAILS, REGISTRATION_MAILS, NEW_ID, APPROVED, IN_BETWEEN]
    Submission.objects.update(webex_status="pending")
    assert told(ann) == [ANEW, REMOVAL_MAILS, REGISTRATION_MAILS, NEW_ID, PENDING, IN_BETWEEN]
    Meeting.objects.update(auto_accept_request=True)
    assert told(ann) == [ANEW, REMOVAL_MAILS, REGISTRATION_MAILS, NEW_ID, IN_BETWEEN]


def test_without_mails_nobody_tells_of_a_new_link(ann: Submission) -> None:
    Meeting.objects.update(send_email=False, approves_pending=True)
    assert told(ann) == [
        ANEW,
        "Neither call (bulkDelete, then bulkInsert) lets Webex mail them: if their link changes, nobody tells.",
        NEW_ID,
        "Where Webex leaves them pending, the push approves them there.",
        IN_BETWEEN,
    ]


@pytest.mark.parametrize(
    ("presence", "first"),
    [
        ("absent", "The next push sends them to Webex, corrected."),
        ("refused", "Webex refused them as they were. The next push sends them again, corrected."),
    ],
)
def test_who_is_not_at_webex_is_sent(ann: Submission, presence: str, first: str) -> None:
    Submission.objects.update(presence=presence)
    assert told(ann) == [first, REGISTRATION_MAILS]


@pytest.mark.parametrize("presence", ["sending", "uncertain"])
def test_while_a_call_is_under_way_both_may_follow(ann: Submission, presence: str) -> None:
    Submission.objects.update(presence=presence, due_at=NOW)
    assert told(ann) == [
        "A call about them is under way, or its outcome is not known yet. Nothing happens before it is.",
        "If Webex turns out to have the old registration, and it is approved here, it is removed and made anew.",
        REMOVAL_MAILS,
        REGISTRATION_MAILS,
    ]


@pytest.mark.parametrize("decision", [Decision.WAITING, Decision.DECLINED])
def test_who_is_not_approved_stays_as_they_are_at_webex(ann: Submission, decision: Decision) -> None:
    Submission.objects.update(decision=decision)
    assert told(ann) == [
        f"Nothing happens at Webex because of this: their registration here is “{decision.label}”. If it is approved "
        "again, they are removed there and registered anew."
    ]
    Submission.objects.update(presence=Presence.ABSENT)
    assert told(ann) == [
        f"Nothing happens at Webex now: their registration here is “{decision.label}”. If it is approved, it is sent "
        "as corrected."
    ]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (
            {"missing_at": NOW},
            "Nothing happens at Webex now: they have gone missing there, and somebody must look into that first.",
        ),
        (
            {"webex_status": "rejected"},
            "Nothing happens at Webex: they were rejected there. To send them as corrected, put them back to review "
            "and approve them anew.",
        ),
    ],
)
def test_why_nothing_happens_to_somebody_who_is_approved(
    ann: Submission, fields: Mapping[str, Any], words: str
) -> None:
    Submission.objects.update(**fields)
    assert told(ann) == [words]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"webex_id": ""}, "Nothing happens at Webex: the meeting is not there."),
        ({"start_at": NOW, "end_at": NOW}, "Nothing happens at Webex: the meeting is over."),
    ],
)
def test_of_some_meetings_webex_is_told_nothing(ann: Submission, fields: Mapping[str, Any], words: str) -> None:
    Meeting.objects.update(**fields)
    assert told(ann) == [words]


def test_what_webex_is_not_sent_has_no_consequences(ann: Submission) -> None:
    assert told(ann, email="ANN@example.com") == ["Nothing happens at Webex: nothing changes of what it is sent."]


def test_a_paused_meeting_is_said(ann: Submission) -> None:
    Meeting.objects.update(paused_at=NOW)
    assert told(ann)[-1] == "The meeting is paused: nothing is sent until somebody resumes it."
