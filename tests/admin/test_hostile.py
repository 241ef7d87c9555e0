"""Addresses and choices that no page of the admin offers: they show nothing, change nothing and break nothing."""

import pytest
from django.contrib.auth.models import Permission, User
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.urls import reverse

from registration.models import Answer, Batch, BatchItem, Question, Submission
from tests.admin.pages import SUBMISSIONS, choose, page_of, rows, said, states
from tests.cast import MeetingFactory, QuestionFactory, SubmissionFactory

HUGE = "9" * 26
HOSTILE = [
    "\0",
    "abc",
    "0",
    "9999-12-31",
    "0001-01-01",
    "2026-11-01T09:00:00+99:00",
    "²",
    HUGE,
    "<b>",
    "%",
    "x" * 5_000,
]
STRANGE_IDS = ["abc", "²", "1\0", "-", "1.5", HUGE]


# --- what a list is filtered by ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "lookup"),
    [
        ("submission", "token"),
        ("submission", "email_key"),
        ("submission", "answers__text"),
        ("meeting", "submissions__token"),
        ("meeting", "host_email"),
        ("batch", "items__submission__token"),
        ("batch", "requested_by__password"),
        ("question", "meeting__submissions__token"),
    ],
)
@pytest.mark.parametrize("condition", ["", "__startswith", "__gte"])
def test_a_secret_cannot_be_guessed_letter_by_letter(
    as_dana: Client, dana: User, model: str, lookup: str, condition: str
) -> None:
    ann = SubmissionFactory()
    batch = Batch.objects.create(
        meeting=ann.meeting, action="register", size=1, started_at="2026-11-03T09:00:00Z", requested_by=dana
    )
    BatchItem.objects.create(batch=batch, submission=ann)
    address = reverse(f"admin:registration_{model}_changelist")
    assert as_dana.get(address, {f"{lookup}{condition}": ann.token[0]}).status_code == 400


@pytest.mark.parametrize("who", ["dana", "eve"])
def test_nobody_is_led_to_the_page_of_an_attendee_which_is_their_secret(dana: User, who: str) -> None:
    """Django itself leads everybody who is signed in there, whether they may see anything or not."""
    person, browser = SubmissionFactory(), Client()
    browser.force_login(dana if who == "dana" else User.objects.create_user(who, is_staff=True))
    kind = ContentType.objects.get_for_model(Submission)
    response = browser.get(f"/admin/r/{kind.pk}/{person.pk}/")
    assert (response.status_code, response.headers.get("Location")) == (404, None)
    assert person.token not in response.content.decode()


@pytest.mark.parametrize(
    ("model", "query"),
    [
        ("submission", {"decision__exact": "approved", "presence__exact": "absent", "webex_status": "none"}),
        ("submission", {"submitted_from": "2026-11-01", "submitted_until": "2026-11-02", "tag": "vip", "notes": "no"}),
        ("submission", {"q": "ann", "o": "-1.2", "p": "1", "all": "", "_facets": "True"}),
        ("meeting", {"is_published__exact": "1", "approval__exact": "manual", "scheduled_type__exact": "webinar"}),
        ("batch", {"outcome__exact": "done", "action__exact": "register", "started_at__year": "2026"}),
        ("question", {"is_retired__exact": "0"}),
    ],
)
def test_what_the_lists_offer_is_allowed(as_dana: Client, model: str, query: dict[str, str]) -> None:
    assert as_dana.get(reverse(f"admin:registration_{model}_changelist"), query).status_code == 200


@pytest.mark.parametrize("model", ["submission", "batch", "question"])
def test_the_lists_can_be_narrowed_to_a_meeting(as_dana: Client, model: str) -> None:
    meeting = MeetingFactory()
    address = reverse(f"admin:registration_{model}_changelist")
    assert as_dana.get(address, {"meeting__id__exact": meeting.pk}).status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        {"decision__exact": "\0"},
        {"presence__exact": "absent\0"},
        {"webex_status": "\0"},
        {"meeting__id__exact": "1\0"},
        {"meeting__id__exact": "abc"},
        {"meeting__id__exact": HUGE},
        *(
            {name: value}
            for name in ("submitted_from", "submitted_until", "tag", "held", "assigned", "answer_1")
            for value in HOSTILE
        ),
        {"q": "\0"},
        {"o": "\0"},
        {"p": HUGE},
        {"_to_field": "token"},
        {"\0": "\0"},
    ],
    ids=str,
)
def test_a_value_that_cannot_be_is_answered_and_not_a_failure(as_dana: Client, query: dict[str, str]) -> None:
    SubmissionFactory()
    response = as_dana.get(reverse(SUBMISSIONS), query)
    assert response.status_code in {200, 302, 400}


# --- whom an action is for --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("forged", STRANGE_IDS)
@pytest.mark.parametrize("action", ["approve", "decline", "push_now"])
def test_an_id_that_cannot_be_is_refused(as_dana: Client, action: str, forged: str) -> None:
    ann = SubmissionFactory()
    address = reverse(SUBMISSIONS)
    response = as_dana.post(address, {"action": action, "_selected_action": [str(ann.pk), forged], "index": "0"})
    assert response.status_code == 400
    assert states() == [("waiting", "absent", "")]


@pytest.mark.parametrize(
    "action", ["approve", "decline", "reopen", "send_again", "push_now", "sync_now", "mail_again", "replace_links"]
)
def test_choosing_somebody_who_is_gone_says_that_nobody_was_found(as_dana: Client, action: str) -> None:
    response = choose(as_dana, action, [4711])
    assert response.headers["Location"] == reverse(SUBMISSIONS)
    assert said(response) == ["warning: Nothing was done: what you chose is no longer on this list."]


def test_choosing_all_where_nobody_is_left_says_so(as_dana: Client) -> None:
    ann = SubmissionFactory(approved=True)
    address = f"{reverse(SUBMISSIONS)}?decision__exact=waiting"
    response = as_dana.post(
        address, {"action": "approve", "_selected_action": [ann.pk], "select_across": "1", "index": "0"}
    )
    assert said(response) == ["warning: Nothing was done: what you chose is no longer on this list."]


@pytest.mark.parametrize("forged", STRANGE_IDS)
@pytest.mark.parametrize("page", ["change", "delete", "history"])
@pytest.mark.parametrize("model", ["meeting", "question", "submission", "batch"])
def test_the_page_of_an_id_that_cannot_be_is_not_a_failure(as_dana: Client, model: str, page: str, forged: str) -> None:
    response = as_dana.get(reverse(f"admin:registration_{model}_{page}", args=[forged]))
    assert response.status_code in {302, 403, 404}


# --- deleting a question ----------------------------------------------------------------------------------------------


def answered_question() -> Question:
    question: Question = QuestionFactory(text="Secret?")
    ann: Submission = SubmissionFactory(meeting=question.meeting)
    Answer.objects.create(submission=ann, question=question, question_text="Secret?", text="yes")
    return question


@pytest.mark.parametrize("codenames", [[], ["view_question"], ["change_question"]])
def test_who_may_not_delete_a_question_learns_nothing_of_it(codenames: list[str], client: Client, db: None) -> None:
    sam = User.objects.create_user("sam", is_staff=True)
    sam.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    client.force_login(sam)
    question = answered_question()
    for send in (client.get, client.post):
        response = send(reverse("admin:registration_question_delete", args=[question.pk]))
        assert response.status_code == 403
        assert said(response) == []
        assert "Secret?" not in response.content.decode()
    assert Question.objects.count() == 1


def test_who_may_delete_questions_is_told_why_this_one_stays(as_dana: Client) -> None:
    question = answered_question()
    response = as_dana.get(reverse("admin:registration_question_delete", args=[question.pk]))
    assert response.headers["Location"] == page_of(question)
    assert said(response) == [
        "error: “Secret?” has been answered and cannot be deleted. Mark it as retired instead: it is no longer asked."
    ]


def test_the_list_of_questions_shows_them(as_dana: Client) -> None:
    answered_question()
    assert [row[0] for row in rows(as_dana.get(reverse("admin:registration_question_changelist")))] == ["Secret?"]
