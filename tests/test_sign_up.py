"""Sending the sign-up form, over HTTP."""

import time
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from registration.flow import correct
from registration.importing.bounds import MOST_OPTIONS, MOST_QUESTIONS
from registration.models import Submission
from registration.states import Decision
from registration.views.bodies import MOST_BYTES, MOST_FIELDS
from tests.at_once import at_once, database_for_threads
from tests.cast import MeetingFactory, QuestionFactory, SubmissionFactory
from tests.letters import delivered
from tests.pages import ANN, HOUR, read, sign_up, texts, title

pytestmark = pytest.mark.django_db

FORM = "application/x-www-form-urlencoded"


def test_a_valid_form_is_stored_and_answered_by_a_redirect_and_a_mail(client: Client) -> None:
    meeting = MeetingFactory()
    question = QuestionFactory(meeting=meeting, type="checkbox", options=["Red", "Green"])
    chosen = [str(option.pk) for option in question.options.all()]
    response = sign_up(client, meeting, **{f"question_{question.pk}": chosen})
    assert (response.status_code, response.headers["Location"]) == (302, f"{meeting.get_absolute_url()}done/")
    submission = Submission.objects.get()
    assert (submission.meeting, submission.full_name, submission.email) == (meeting, "Ann Lee", "ann@example.com")
    assert list(submission.answers.values_list("text", flat=True)) == ["Red", "Green"]
    assert mail.outbox == []
    assert [message.to for message in delivered()] == [["ann@example.com"]]


def test_a_known_and_a_new_address_get_the_same_answer(client: Client) -> None:
    meeting = MeetingFactory()
    SubmissionFactory(meeting=meeting, email="Known@Example.com", decision=Decision.DECLINED)
    answers = []
    for email in ("known@example.com", "new@example.com"):
        posted = sign_up(client, meeting, email=email)
        followed = client.get(posted.headers["Location"])
        answers.append((posted.status_code, dict(posted.headers), posted.content, followed.content))
    assert answers[0] == answers[1]


@pytest.mark.usefixtures("transactional_db")
def test_eight_clicks_at_the_same_moment_make_one_registration_and_one_mail_and_get_the_same_answer(
    tmp_path: Path,
) -> None:
    with database_for_threads(tmp_path):
        meeting = MeetingFactory()
        answers = at_once(8, lambda _number: sign_up(Client(), meeting))
        assert [(answer.status_code, answer.headers["Location"]) for answer in answers] == [
            (302, f"{meeting.get_absolute_url()}done/")
        ] * 8
        assert Submission.objects.count() == 1
        assert [message.to for message in delivered()] == [["ann@example.com"]]


@pytest.mark.parametrize(
    ("approval", "words"),
    [
        (
            "manual",
            "The organisers look at your registration and decide. Your own page says so as soon as they have.",
        ),
        ("automatic", "Your registration needs no review: we pass it on to Webex, as a rule within minutes."),
        (
            "rules",
            "Your answers may decide at once. Where they do not, the organisers look at your registration and decide; "
            "your own page says so as soon as they have.",
        ),
    ],
)
def test_the_page_after_it_says_what_happens_next_to_everybody(approval: str, words: str) -> None:
    meeting = MeetingFactory(approval=approval)
    page = read(Client().get(f"{meeting.get_absolute_url()}done/"))
    assert (texts(page, "h1"), texts(page, ".steps li")[1]) == (["Thank you"], words)


def test_a_wrong_form_comes_back_with_everything_typed_and_what_to_do(client: Client) -> None:
    meeting = MeetingFactory(title="Launch", job_title_use="required")
    response = sign_up(client, meeting, first_name='"><script>', email="wrong")
    page = read(response)
    assert (response.status_code, title(response)) == (200, "Error: Launch")
    assert [(link.get_text(), link["href"]) for link in page.select(".problems a")] == [
        ("Enter an e-mail address in the usual form, such as name@example.com", "#id_email"),
        ("Enter your job title", "#id_job_title"),
    ]
    assert [tag["value"] for tag in page.select("#id_first_name, #id_last_name, #id_email")] == [
        '"><script>',
        "Lee",
        "wrong",
    ]
    assert Submission.objects.count() == 0


@pytest.mark.parametrize("email", ["ann@example.com", "wrong"])
def test_a_form_that_closes_while_it_is_filled_in_comes_back_with_everything_typed(client: Client, email: str) -> None:
    meeting = MeetingFactory(closes_at=timezone.now() - HOUR)
    response = sign_up(client, meeting, email=email)
    page = read(response)
    assert (response.status_code, texts(page, ".notice")) == (
        409,
        [
            "Registration for this meeting is closed "
            "Your registration was not stored. What you typed is still in the form below."
        ],
    )
    assert [tag["value"] for tag in page.select("#id_first_name, #id_last_name, #id_email")] == ["Ann", "Lee", email]
    assert Submission.objects.count() == 0


@pytest.mark.parametrize("data", [{}, {"first_name": ""}, {"first_name": "x" * 200_000}, {"first_name": "\x00"}])
def test_bad_input_is_answered_by_the_form(client: Client, data: dict[str, str]) -> None:
    meeting = MeetingFactory()
    response = client.post(meeting.get_absolute_url(), data)
    assert (response.status_code, len(read(response).select(".problems"))) == (200, 1)


@pytest.mark.parametrize(
    ("body", "status", "heading"),
    [
        (urlencode({"first_name": "x" * MOST_BYTES}), 413, "That was too much"),
        (urlencode({f"key{number}": "x" for number in range(MOST_FIELDS + 1)}), 400, "We could not read what was sent"),
        (urlencode([("first_name", "x")] * (MOST_FIELDS + 1)), 400, "We could not read what was sent"),
    ],
    ids=["too long", "too many keys", "one key too often"],
)
def test_what_no_form_sends_is_refused_with_a_readable_page(
    client: Client, body: str, status: int, heading: str
) -> None:
    client.raise_request_exception = False
    response = client.post(MeetingFactory().get_absolute_url(), body, content_type=FORM)
    assert (response.status_code, texts(read(response), "h1")) == (status, [heading])
    assert client.post("/nowhere/", body, content_type=FORM).status_code == 404


def test_a_form_with_more_boxes_than_that_may_have_all_of_them_ticked(client: Client) -> None:
    meeting = MeetingFactory()
    for _question in range(3):
        QuestionFactory(meeting=meeting, type="checkbox", options=[f"Option {n}" for n in range(MOST_OPTIONS)])
    ticked = [
        (f"question_{question.pk}", str(option.pk))
        for question in meeting.questions.all()
        for option in question.options.all()
    ]
    response = client.post(meeting.get_absolute_url(), urlencode([*ANN.items(), *ticked]), content_type=FORM)
    assert (response.status_code, Submission.objects.get().answers.count()) == (302, 3 * MOST_OPTIONS)


@pytest.mark.parametrize("charset", ["utf-7", "iso-8859-1"])
@pytest.mark.parametrize(
    ("address", "status", "heading"),
    [
        ("/meetings/launch/", 400, "We could not read what was sent"),
        ("/nowhere/", 404, "There is no such page"),
    ],
)
def test_a_form_in_another_encoding_is_answered_with_a_readable_page(
    address: str, status: int, heading: str, charset: str
) -> None:
    MeetingFactory(slug="launch")
    client = Client(raise_request_exception=False, enforce_csrf_checks=True)
    client.get("/meetings/launch/")  # for the cookie: without it nothing more is read
    response = client.post(address, "first_name=x", content_type=f"{FORM}; charset={charset}")
    assert (response.status_code, texts(read(response), "h1")) == (status, [heading])
    assert Submission.objects.count() == 0


def test_the_longest_form_that_can_be_filled_in_is_taken(client: Client) -> None:
    meeting = MeetingFactory(shows_all=True)
    questions = QuestionFactory.create_batch(MOST_QUESTIONS, meeting=meeting, type="multiLineTextBox", max_length=999)
    # Four bytes of UTF-8, and twelve characters in a form: no character is longer.
    data = ANN | {f"question_{question.pk}": "𠀀" * 999 for question in questions}
    response = client.post(meeting.get_absolute_url(), urlencode(data), content_type=FORM)
    assert response.status_code == 302
    person = Submission.objects.get()
    assert {len(answer.text) for answer in person.answers.all()} == {999}
    assert person.answers.count() == MOST_QUESTIONS
    # And so it is when one letter of it is changed; but for nobody's page more than usual is read.
    changed = urlencode(data | {"first_name": "Anne", "version": correct.version(person)})
    own_page = person.get_absolute_url()
    assert client.post(f"{own_page}change/", changed, content_type=FORM).status_code == 302
    assert Submission.objects.get().first_name == "Anne"
    for address in (f"{own_page}cancel/", f"/registrations/{'x' * 43}/change/"):
        assert client.post(address, changed, content_type=FORM).status_code == 413


def test_a_box_that_is_ticked_as_often_as_is_read_is_answered_quickly(client: Client) -> None:
    meeting = MeetingFactory()
    question = QuestionFactory(meeting=meeting, type="checkbox", options=[f"Option {n}" for n in range(MOST_OPTIONS)])
    last = question.options.order_by("pk").last()
    assert last is not None
    data = [*ANN.items(), *[(f"question_{question.pk}", str(last.pk))] * (MOST_FIELDS - len(ANN))]
    started = time.monotonic()
    response = client.post(meeting.get_absolute_url(), urlencode(data), content_type=FORM)
    assert time.monotonic() - started < 5
    assert (response.status_code, Submission.objects.get().answers.count()) == (302, 1)


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "multipart/form-data; boundary=x"])
def test_a_body_that_is_no_form_is_an_empty_form(client: Client, content_type: str) -> None:
    client.raise_request_exception = False
    response = client.post(MeetingFactory().get_absolute_url(), b'{"first_name": "\xff"', content_type=content_type)
    assert response.status_code in {200, 400}
    assert Submission.objects.count() == 0


def test_a_form_whose_csrf_token_is_missing_or_stale_comes_back_with_everything_typed() -> None:
    meeting = MeetingFactory(title="Launch")
    question = QuestionFactory(meeting=meeting, type="radioButtons", options=["Red", "Green"])
    chosen = str(question.options.all()[1].pk)
    browser = Client(enforce_csrf_checks=True)
    typed = {"first_name": '"><b>Ann', f"question_{question.pk}": chosen, "csrfmiddlewaretoken": "x" * 64}
    response = sign_up(browser, meeting, **typed)
    page = read(response)
    assert (response.status_code, title(response), Submission.objects.count()) == (403, "Error: Launch", 0)
    assert texts(page, ".notice") == [
        "Send the form once more: it could not be checked. The page was open for a very long time, or cookies are "
        "turned off. Your registration was not stored. What you typed is still in the form below."
    ]
    assert [tag["value"] for tag in page.select("#id_first_name, #id_email, :checked")] == [
        '"><b>Ann',
        "ann@example.com",
        chosen,
    ]
    token = str(page.select("[name=csrfmiddlewaretoken]")[0]["value"])
    assert sign_up(browser, meeting, **typed | {"csrfmiddlewaretoken": token}).status_code == 302
    assert Submission.objects.get().answers.get().text == "Green"


def test_a_form_without_a_csrf_token_tells_nobody_of_a_meeting_that_is_not_published() -> None:
    response = sign_up(Client(enforce_csrf_checks=True), MeetingFactory(is_published=False))
    assert (response.status_code, texts(read(response), "h1")) == (404, ["There is no such page"])


def test_another_form_without_its_csrf_token_is_refused_with_a_readable_page() -> None:
    response = Client(enforce_csrf_checks=True).post("/admin/login/", {"username": "dana"})
    assert (response.status_code, texts(read(response), "h1")) == (403, ["Your form could not be checked"])


def test_what_is_not_there_has_a_readable_page(client: Client) -> None:
    response = client.get("/nowhere/")
    assert (response.status_code, texts(read(response), "h1")) == (404, ["There is no such page"])
