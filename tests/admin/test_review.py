"""Reviewing one after another: in order, once each, and never blindly over what somebody else decided."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from registration.flow import correct, moves, review
from registration.models import AuditEntry, DeclineReason, Move, Question, Submission
from registration.states import Decision
from tests.admin.pages import SUBMISSIONS, buttons, facts, page_of, said, soup, states, text
from tests.cast import MeetingFactory, QuestionFactory, SubmissionFactory

FIRST, ONE = "admin:registration_submission_review", "admin:registration_submission_review_one"


def one(pk: int, query: str = "") -> str:
    return reverse(ONE, args=[pk]) + query


def seen(response: Any) -> str:
    field = soup(response).select_one("input[name=seen]")
    assert field is not None
    return str(field["value"])


def decide(client: Client, pk: int, verb: str, *, query: str = "", **more: str) -> Any:
    """Look at the person, then press the button."""
    fields = {"seen": seen(client.get(one(pk, query))), "verb": verb, **more}
    return client.post(one(pk, query), fields)


def place(response: Any) -> str:
    return text(soup(response).select_one(".review-place"))


def keys(response: Any) -> list[str]:
    return [str(each["data-key"]) for each in soup(response).select(".review-bar [data-key]")]


# --- the way through --------------------------------------------------------------------------------------------------


def test_it_begins_with_whoever_waits_longest(as_rita: Client) -> None:
    meeting = MeetingFactory()
    first, second, third = SubmissionFactory.create_batch(3, meeting=meeting)
    SubmissionFactory(meeting=meeting, decision=Decision.DECLINED, submitted_at="2026-10-01T09:00:00Z")
    SubmissionFactory(meeting=meeting, confirm_by="2026-12-24T09:00:00Z", submitted_at="2026-10-01T09:00:00Z")
    response = as_rita.get(reverse(FIRST))
    assert response.headers["Location"] == one(first.pk)
    page = as_rita.get(one(first.pk))
    assert place(page) == "1 of 3 waiting, the longest wait first."
    assert keys(page) == ["a", "d", "n"]
    middle = as_rita.get(one(second.pk))
    assert place(middle) == "2 of 3 waiting, the longest wait first."
    assert keys(middle) == ["a", "d", "p", "n"]
    links = [str(link["href"]) for link in soup(middle).select(".review-ways a")]
    assert links == [one(first.pk), one(third.pk)]


def test_a_decision_goes_to_the_next_and_says_what_was_done_with_a_way_back(as_rita: Client, rita: User) -> None:
    first, second = SubmissionFactory.create_batch(2, first_name="Ann", last_name="Lee")
    response = decide(as_rita, first.pk, "approve")
    assert response.headers["Location"] == one(second.pk)
    assert said(response) == ['success: <bdi class="words">Ann Lee</bdi>: approved.']
    page = as_rita.get(one(second.pk))
    assert keys(page) == ["a", "d", "n", "u"]
    undo = soup(page).select_one("[data-key=u]")
    assert undo is not None
    way_back = as_rita.get(str(undo["href"]))
    fields = {str(field["name"]): str(field["value"]) for field in soup(way_back).select("#content form input[name]")}
    done = as_rita.post(str(undo["href"]), fields)
    assert done.headers["Location"] == one(first.pk)
    assert [decision for decision, *_ in states()] == ["waiting", "waiting"]
    assert keys(as_rita.get(one(first.pk))) == ["a", "d", "n"]
    assert list(Move.objects.values_list("after", "by")) == [("waiting", rita.pk), ("approved", rita.pk)]


def test_the_filters_of_the_list_choose_who_is_reviewed(as_rita: Client) -> None:
    meeting = MeetingFactory(title="Launch")
    SubmissionFactory(submitted_at="2026-10-01T09:00:00Z")
    hers = SubmissionFactory(meeting=meeting, first_name="Ann")
    query = f"?meeting__id__exact={meeting.pk}&q=ann"
    assert as_rita.get(reverse(FIRST) + query).headers["Location"] == one(hers.pk, query)
    page = as_rita.get(one(hers.pk, query))
    assert place(page) == ("1 of 1 waiting, the longest wait first. Filters: search: ann , meeting: Launch .")
    done = decide(as_rita, hers.pk, "approve", query=query)
    assert done.headers["Location"] == reverse(FIRST) + query
    empty = as_rita.get(reverse(FIRST) + query)
    assert "Nobody waits to be decided about, of those whom these filters keep:" in text(soup(empty))


@pytest.mark.parametrize("value", ["", "none"])
def test_a_filter_by_an_answer_that_is_not_offered_is_left_out(as_rita: Client, value: str) -> None:
    diet = QuestionFactory(is_private=True)
    ann = SubmissionFactory(meeting=diet.meeting)
    kept = f"?meeting__id__exact={diet.meeting_id}"
    for address in (reverse(FIRST), one(ann.pk)):
        response = as_rita.get(f"{address}{kept}&answer_{diet.pk}={value}")
        assert response.headers["Location"] == address + kept
        assert bool(said(response)) is bool(value)


def test_a_decision_and_its_reason_are_not_lost_with_a_filter_that_is_not_offered(as_rita: Client) -> None:
    diet = QuestionFactory()
    ann = SubmissionFactory(meeting=diet.meeting)
    kept = f"?meeting__id__exact={diet.meeting_id}"
    fields = {"seen": seen(as_rita.get(one(ann.pk, kept))), "verb": "decline", "reason": "Members only."}
    Question.objects.update(is_private=True)
    done = as_rita.post(one(ann.pk, f"{kept}&answer_{diet.pk}=none"), fields)
    assert done.headers["Location"] == reverse(FIRST) + kept
    ann.refresh_from_db()
    assert (ann.decision, ann.decision_reason) == ("declined", "Members only.")


def test_where_nobody_waits_it_says_so(as_rita: Client) -> None:
    page = as_rita.get(reverse(FIRST))
    assert "Nobody waits to be decided about." in text(soup(page))


def test_declining_wants_a_reason_or_takes_a_prepared_one(as_rita: Client) -> None:
    ann = SubmissionFactory()
    full = DeclineReason.objects.create(title="Full", text="The room is full.")
    page = decide(as_rita, ann.pk, "decline", reason=" ")
    assert [text(item) for item in soup(page).select(".errorlist li")] == [
        "Enter a reason: it is mailed to the attendees."
    ]
    assert states() == [("waiting", "absent", "")]
    decide(as_rita, ann.pk, "decline", reason="", prepared=str(full.pk))
    assert list(Submission.objects.values_list("decision", "decision_reason")) == [("declined", "The room is full.")]


# --- two at once ------------------------------------------------------------------------------------------------------


def test_whom_somebody_else_decided_about_meanwhile_is_shown_and_not_decided_again(as_rita: Client, dana: User) -> None:
    ann = SubmissionFactory(first_name="Ann", last_name="Lee")
    looked = seen(as_rita.get(one(ann.pk)))
    review.decline(Submission.objects.all(), by=dana, reason="No")
    response = as_rita.post(one(ann.pk), {"seen": looked, "verb": "approve"})
    assert response.headers["Location"] == one(ann.pk)
    assert said(response) == [
        'warning: <bdi class="words">Ann Lee</bdi>: somebody else decided meanwhile. You changed nothing.'
    ]
    page = as_rita.get(one(ann.pk))
    assert place(page) == "Decided already: not among those who wait."
    assert text(soup(page).select_one(".caution")).startswith("Decided by dana on ")
    assert states() == [("declined", "absent", "")]


@pytest.mark.parametrize("is_asked_by_webex", [True, False])
def test_answers_that_changed_since_they_were_seen_are_not_decided_about(
    as_rita: Client, is_asked_by_webex: bool
) -> None:
    question = QuestionFactory(webex_id="7" if is_asked_by_webex else "")
    ann = SubmissionFactory(meeting=question.meeting, first_name="Ann", last_name="Lee")
    looked = seen(as_rita.get(one(ann.pk)))
    answers = [(question, [(None, "Other words")])]
    correct.change(ann, values={}, answers=answers, at=timezone.now(), seen=correct.version(ann))
    response = as_rita.post(one(ann.pk), {"seen": looked, "verb": "approve"})
    assert (response.headers["Location"], said(response)) == (
        one(ann.pk),
        [
            'warning: <bdi class="words">Ann Lee</bdi>: their answers have changed meanwhile. You changed nothing: '
            "look again."
        ],
    )
    assert states() == [("waiting", "absent", "")]
    decide(as_rita, ann.pk, "approve")
    assert states() == [("approved", "absent", "")]


def test_a_double_click_decides_once_and_goes_on(as_rita: Client) -> None:
    first, second, third = SubmissionFactory.create_batch(3)
    fields = {"seen": seen(as_rita.get(one(first.pk))), "verb": "approve"}
    as_rita.post(one(first.pk), fields)
    again = as_rita.post(one(first.pk), fields)
    assert again.headers["Location"] == one(second.pk)
    assert said(again)[-1] == f'info: <bdi class="words">{first.full_name}</bdi>: was done already.'
    assert Move.objects.count() == 1
    assert [decision for decision, *_ in states()] == ["approved", "waiting", "waiting"]
    assert third.pk


def test_a_double_click_holds_or_takes_back_once_and_goes_on(as_rita: Client) -> None:
    meeting = MeetingFactory(holds_decisions=True)
    first, second = SubmissionFactory.create_batch(2, meeting=meeting, first_name="Ann", last_name="Lee")
    for verb in ("approve", "reopen"):
        fields = {"seen": seen(as_rita.get(one(first.pk))), "verb": verb}
        as_rita.post(one(first.pk), fields)
        again = as_rita.post(one(first.pk), fields)
        assert (again.headers["Location"], said(again)[-1]) == (
            one(second.pk),
            'info: <bdi class="words">Ann Lee</bdi>: was done already.',
        )
    assert list(Submission.objects.values_list("decision", "held_decision")) == [("waiting", "")] * 2


def test_what_somebody_else_held_meanwhile_is_shown_and_not_held_again(as_rita: Client, dana: User) -> None:
    ann = SubmissionFactory(meeting=MeetingFactory(holds_decisions=True), first_name="Ann", last_name="Lee")
    looked = seen(as_rita.get(one(ann.pk)))
    review.approve(Submission.objects.all(), by=dana)
    response = as_rita.post(one(ann.pk), {"seen": looked, "verb": "approve"})
    assert (response.headers["Location"], said(response)) == (
        one(ann.pk),
        ['warning: <bdi class="words">Ann Lee</bdi>: somebody else decided meanwhile. You changed nothing.'],
    )


@pytest.mark.parametrize(
    "fields", [{}, {"verb": "approve"}, {"verb": "erase", "seen": "x"}, {"verb": "reopen", "seen": "\0"}]
)
def test_what_no_page_of_ours_posts_decides_nothing(as_rita: Client, fields: dict[str, str]) -> None:
    ann = SubmissionFactory()
    assert as_rita.post(one(ann.pk), fields).status_code in {200, 302}
    assert states() == [("waiting", "absent", "")]


# --- who may ----------------------------------------------------------------------------------------------------------


def test_who_may_only_look_reviews_nobody(as_vera: Client) -> None:
    ann = SubmissionFactory()
    assert as_vera.get(reverse(FIRST)).status_code == 403
    assert as_vera.get(one(ann.pk)).status_code == 403
    assert as_vera.post(one(ann.pk), {"verb": "approve"}).status_code == 403
    assert states() == [("waiting", "absent", "")]
    assert soup(as_vera.get(reverse(SUBMISSIONS))).select(f"a[href='{reverse(FIRST)}']") == []


def test_eve_sees_nobody_of_another_meeting(as_eve: Client) -> None:
    ann = SubmissionFactory(first_name="Ann", meeting=MeetingFactory(title="Secret launch"))
    assert as_eve.get(one(ann.pk)).status_code == 404
    assert as_eve.post(one(ann.pk), {"verb": "approve"}).status_code == 404
    page = as_eve.get(reverse(FIRST) + f"?meeting__id__exact={ann.meeting_id}&q=ann")
    assert "Ann" not in page.content.decode() and "Secret launch" not in page.content.decode()
    assert states() == [("waiting", "absent", "")]


def test_private_answers_are_for_managers(as_rita: Client, as_dana: Client) -> None:
    question = QuestionFactory(text="Diet?", is_private=True)
    ann = SubmissionFactory(meeting=question.meeting)
    ann.answers.create(question=question, question_text="Diet?", text="No nuts")
    assert facts(as_rita.get(one(ann.pk)))["Diet?"] == "private: for managers"
    assert facts(as_dana.get(one(ann.pk)))["Diet?"] == "No nuts"


def test_what_is_held_can_be_taken_back(as_rita: Client) -> None:
    ann = SubmissionFactory(meeting=MeetingFactory(holds_decisions=True))
    response = decide(as_rita, ann.pk, "approve")
    assert said(response)[0].startswith("success: 1 decided, held until it is released.")
    done = soup(as_rita.get(str(response.headers["Location"])))
    way_back = done.select_one("a[data-key=u]")
    assert way_back is not None and way_back["href"] == one(ann.pk)
    page = soup(as_rita.get(one(ann.pk)))
    assert page.select("a[data-key=u]") == []
    assert text(page.select_one(".review-place")).startswith("Decided, and held until it is released")
    assert text(page.select_one("[value=reopen]")) == "Take back r"
    response = decide(as_rita, ann.pk, "reopen")
    assert said(response) == ["success: 1 taken back before it was released."]
    assert Submission.objects.get().held_decision == ""
    assert soup(as_rita.get(reverse(FIRST), follow=True)).select("a[data-key=u]") == []


@pytest.mark.parametrize(
    ("verb", "offered", "told"),
    [("approve", ["r", "d"], "approved"), ("decline", ["a", "r", "d"], "declined")],
)
def test_what_is_held_says_by_whom_and_is_not_offered_again(
    as_rita: Client, as_dana: Client, verb: str, offered: list[str], told: str
) -> None:
    ann = SubmissionFactory(meeting=MeetingFactory(holds_decisions=True))
    decide(as_rita, ann.pk, verb, reason="Full.")
    page = as_dana.get(one(ann.pk))
    assert [key for key in keys(page) if key in "adr"] == offered
    at = f"{Submission.objects.get().held_at:%Y-%m-%d %H:%M:%S}"
    why = {"approve": "", "decline": " | Full."}[verb]
    assert facts(page)["Decided, held until its release"] == f"{told}, {at} UTC, rita{why}"
    assert ("Approve" in buttons(as_dana.get(page_of(ann)))) is (verb == "decline")


def test_what_is_held_of_other_answers_can_be_decided_again(as_rita: Client) -> None:
    ann = SubmissionFactory(meeting=MeetingFactory(holds_decisions=True))
    decide(as_rita, ann.pk, "approve")
    Move.objects.create(submission=ann, subject="correction", at=timezone.now())
    assert "a" in keys(as_rita.get(one(ann.pk)))


def test_what_the_meeting_itself_decided_and_holds_names_the_rule(as_rita: Client) -> None:
    ann = SubmissionFactory(meeting=MeetingFactory(holds_decisions=True))
    moves.hold(Submission.objects.all(), to=Decision.DECLINED, at=timezone.now(), reason="City equals “Bonn”: decline")
    at = f"{Submission.objects.get().held_at:%Y-%m-%d %H:%M:%S}"
    words = f"declined, {at} UTC, the meeting itself | by the rule “City equals “Bonn”: decline”"
    assert facts(as_rita.get(one(ann.pk)))["Decided, held until its release"] == words


def test_each_look_is_written_down(as_rita: Client, rita: User) -> None:
    ann = SubmissionFactory()
    as_rita.get(one(ann.pk))
    assert list(AuditEntry.objects.values_list("by", "action", "submission")) == [(rita.pk, "viewed", ann.pk)]


@pytest.mark.parametrize("size", [2, 20])
def test_a_look_needs_as_many_queries_for_twenty_as_for_two(
    as_rita: Client, django_assert_max_num_queries: DjangoAssertNumQueries, size: int
) -> None:
    people = SubmissionFactory.create_batch(size, meeting=MeetingFactory())
    with django_assert_max_num_queries(37):
        as_rita.get(one(people[0].pk))
