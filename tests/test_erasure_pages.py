"""The pages on which people take their data along, or have them erased."""

import json

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from registration.flow import moves
from registration.models import Answer, Batch, BatchItem, Mail, SecondSignUp, Submission, UnknownRegistrant
from registration.states import Decision, Presence
from tests.cast import MeetingFactory, SubmissionFactory
from tests.pages import read, sign_up, texts

pytestmark = pytest.mark.django_db
PAGES = ["data.json", "erase/"]


def test_the_page_says_what_goes_what_stays_and_that_it_cannot_be_undone(client: Client) -> None:
    submission = SubmissionFactory(approved=True)
    page = read(client.get(submission.get_absolute_url() + "erase/"))
    assert texts(page, "h1") == ["Erase everything you told us?"]
    assert texts(page, "form p") == [
        "Your name, your e-mail address, all your answers and what was written about them are erased here, and the "
        "address of your own page no longer opens anything.",
        "What stays is a number: that somebody registered for this meeting, when, and what was decided. It says "
        "nothing of who you are.",
        "This cancels your registration.",
        "If Webex has your registration, we have it removed there, too. Until that is done we keep the address and "
        "the ids under which Webex has it, and nothing else; Webex may write to you about it.",
        "It cannot be undone. You can register anew, as somebody whom we do not know.",
        "Back to your registration, and change nothing",
    ]
    assert Submission.objects.get().erase_asked_at is None


def test_it_promises_nothing_that_does_not_follow(client: Client) -> None:
    submission = SubmissionFactory(decision=Decision.CANCELLED, meeting=MeetingFactory(webex_id=""))
    page = read(client.get(submission.get_absolute_url() + "erase/"))
    assert len(texts(page, "form p")) == 4


@pytest.mark.parametrize(("decision", "is_given_away"), [("approved", True), ("offered", True), ("waitlisted", False)])
def test_it_says_that_a_place_goes_to_somebody_else_where_there_is_one(
    client: Client, decision: str, is_given_away: bool
) -> None:
    submission = SubmissionFactory(decision=decision, meeting=MeetingFactory(capacity=1, waiting_list="offer"))
    said = texts(read(client.get(submission.get_absolute_url() + "erase/")), "form p")
    words = "This cancels your registration: your place goes to somebody else."
    assert (words in said, "This cancels your registration." in said) == (is_given_away, not is_given_away)


def test_a_post_erases_and_the_link_is_dead(client: Client) -> None:
    submission = SubmissionFactory()
    own = submission.get_absolute_url()
    response = client.post(own + "erase/", follow=True)
    assert response.redirect_chain == [(reverse("erased"), 302)]
    assert texts(read(response), "h1") == ["Your data are erased"]
    assert response.headers["Cache-Control"] == "no-store"
    assert Submission.objects.get().erased_at is not None
    assert [client.get(own + page).status_code for page in ("", *PAGES, "calendar.ics")] == [404] * 4
    # A double click, or another tab.
    assert client.post(own + "erase/").headers["Location"] == reverse("erased")
    assert Submission.objects.get().moves.filter(subject="erasure").count() == 2


def test_until_webex_has_removed_them_the_own_page_says_so_and_offers_nothing(client: Client) -> None:
    submission = SubmissionFactory(presence=Presence.REGISTERED, registrant_id="r", first_name="Ann")
    own = submission.get_absolute_url()
    assert texts(read(client.get(own)), "#your-data ~ ul a") == ["Download my data (JSON)", "Erase my data …"]
    client.post(own + "erase/")
    page = client.get(own)
    assert texts(read(page), ".banner h2, .banner p") == [
        "Your data are being erased",
        "What you told us is taken out of the portal, and your registration is taken back at Webex.",
        "We still keep the address and the ids under which Webex has, or may have, your registration, until it is "
        "removed there; everything else is erased. Then this page is gone, too.",
    ]
    assert (texts(read(page), "main a"), b"Ann" in page.content) == ([], False)
    assert client.get(own + "erase/").headers["Location"] == reverse("erased")
    assert client.get(own + "data.json").json()["registration"]["sent_email"] == submission.email_key


@pytest.mark.parametrize("page", PAGES)
def test_they_are_kept_from_caches_search_engines_and_other_sites(client: Client, page: str) -> None:
    response = client.get(SubmissionFactory().get_absolute_url() + page)
    names = ("Cache-Control", "X-Robots-Tag", "Referrer-Policy")
    assert [response.headers[name] for name in names] == ["no-store", "noindex, nofollow", "strict-origin"]


@pytest.mark.parametrize("page", PAGES)
def test_they_are_nobody_elses(client: Client, page: str) -> None:
    SubmissionFactory()
    assert client.get(f"/registrations/{'x' * 43}/{page}").status_code == 404


def test_a_post_without_its_token_erases_nothing() -> None:
    submission = SubmissionFactory()
    response = Client(enforce_csrf_checks=True).post(submission.get_absolute_url() + "erase/")
    assert (response.status_code, Submission.objects.get().erase_asked_at) == (403, None)


def test_who_was_erased_may_sign_up_again_as_somebody_new(client: Client) -> None:
    meeting = MeetingFactory()
    sign_up(client, meeting)
    client.post(Submission.objects.get().get_absolute_url() + "erase/")
    sign_up(client, meeting)
    assert list(Submission.objects.order_by("pk").values_list("email", flat=True)) == ["", "ann@example.com"]
    assert list(Mail.objects.values_list("kind", "submission__email")) == [("received", "ann@example.com")]


# --- the download -----------------------------------------------------------------------------------------------------


def test_the_download_has_all_that_is_held_and_nothing_of_others(client: Client) -> None:
    meeting = MeetingFactory(title="Launch", slug="launch")
    submission = SubmissionFactory(
        meeting=meeting,
        first_name="נועה",
        email="ann@example.com",
        reference="K7QX-93MP",
        presence=Presence.REGISTERED,
        registrant_id="r-1",
        webex_status="approved",
    )
    staff, now = User.objects.create_user("dana", first_name="Dana"), timezone.now()
    Answer.objects.create(submission=submission, question_text="Colour?", text="Red")
    SecondSignUp.objects.create(submission=submission, at=now, values={"city": "Bonn"}, answers=[["Colour?", ["Blue"]]])
    Mail.objects.create(submission=submission, kind=Mail.Kind.RECEIVED, queued_at=now, sent_at=now, client="digest")
    batch = Batch.objects.create(
        meeting=meeting, action="register", size=2, started_at=now, requested_by=staff, error="somebody else"
    )
    BatchItem.objects.create(batch=batch, submission=submission, outcome="registered", registrant_id="r-1")
    UnknownRegistrant.objects.create(
        meeting=meeting, registrant_id="r-2", email="ann@example.com", first_name="Anna", seen_at=now
    )
    moves.decide(Submission.objects.all(), to=Decision.DECLINED, at=now, by=staff, reason="Members only, sorry.")
    other = SubmissionFactory(meeting=meeting, first_name="Benedikt")
    Answer.objects.create(submission=other, question_text="Colour?", text="Green")
    response = client.get(submission.get_absolute_url() + "data.json")
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["Content-Disposition"] == 'attachment; filename="launch-K7QX-93MP.json"'
    told = json.loads(response.content)
    assert list(told) == [
        "meeting",
        "registration",
        "answers",
        "second_sign_ups",
        "mails",
        "changes",
        "calls_to_webex",
        "registered_with_webex_otherwise",
        "log_of_staff",
    ]
    assert told["meeting"]["title"] == "Launch"
    facts = ("first_name", "email", "reference", "decision", "decision_reason", "registrant_id", "webex_status")
    assert [told["registration"][name] for name in facts] == [
        "נועה", "ann@example.com", "K7QX-93MP", "declined", "Members only, sorry.", "r-1", "approved",
    ]  # fmt: skip
    assert told["answers"] == [{"question_text": "Colour?", "text": "Red", "position": 0}]
    assert [(each["values"], each["answers"]) for each in told["second_sign_ups"]] == [
        ({"city": "Bonn"}, [["Colour?", ["Blue"]]])
    ]
    assert [each["kind"] for each in told["mails"]] == ["received"]
    assert [(each["after"], each["reason"]) for each in told["changes"]] == [("declined", "Members only, sorry.")]
    assert [(each["action"], each["registrant_id"]) for each in told["calls_to_webex"]] == [("register", "r-1")]
    assert [each["first_name"] for each in told["registered_with_webex_otherwise"]] == ["Anna"]
    secrets = [submission.token, "dana", "Dana", "Benedikt", "Green", "digest", "somebody else"]
    assert [word for word in secrets if word in response.content.decode()] == []


def test_the_words_of_a_rule_are_for_staff_also_in_the_download(client: Client) -> None:
    submission = SubmissionFactory()
    moves.decide(Submission.objects.all(), to=Decision.DECLINED, at=timezone.now(), reason="Ends with spam")
    assert b"spam" not in client.get(submission.get_absolute_url() + "data.json").content


def test_what_staff_think_of_it_among_themselves_is_not_in_the_download(client: Client) -> None:
    submission = SubmissionFactory(left_at=timezone.now(), review_note="A rule")
    told = client.get(submission.get_absolute_url() + "data.json").json()["registration"]
    names = ("held_decision", "held_reason", "held_by", "held_at", "review_note", "assigned_to", "left_at")
    assert [name for name in names if name in told] == []


def test_the_download_reads_each_table_once(client: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    meeting = MeetingFactory()
    submission, now = SubmissionFactory(meeting=meeting), timezone.now()
    for _call in range(3):
        batch = Batch.objects.create(meeting=meeting, action="register", size=1, started_at=now)
        BatchItem.objects.create(batch=batch, submission=submission, outcome="registered")
    # Themselves with their meeting, who decided last, and the seven other tables that they are told of.
    with django_assert_num_queries(9):
        client.get(submission.get_absolute_url() + "data.json")
