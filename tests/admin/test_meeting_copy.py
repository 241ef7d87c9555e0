"""Copying a meeting with its form."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from registration.models import AuditEntry, DeclineReason, MailText, Meeting, MeetingGroup, Option, Submission
from tests.admin.pages import buttons, complaints, page_of, said
from tests.cast import ApprovalRuleFactory, LogoFactory, MeetingFactory, QuestionFactory, SubmissionFactory

pytestmark = pytest.mark.django_db

TYPED = {"title": "Launch 2", "slug": "launch-2", "start_at": "2031-05-01T10:00", "end_at": "2031-05-01T11:00"}


@pytest.fixture
def meeting(db: None) -> Meeting:
    """A meeting with everything that a copy takes along, and with what it does not."""
    group = MeetingGroup.objects.create(name="Launches")
    found: Meeting = MeetingFactory(
        title="Launch",
        slug="launch",
        group=group,
        company_name_use="required",
        approval="rules",
        capacity=20,
        intro="Welcome",
        timezone="Europe/Berlin",
        imported_at=datetime(2026, 1, 1, tzinfo=UTC),
        imported_fields=["companyName"],
        pause_reason="gone",
        paused_at=datetime(2026, 1, 1, tzinfo=UTC),
        warnings=["Beware"],
    )
    LogoFactory(meeting=found)
    colour = QuestionFactory(
        meeting=found, text="Colour?", type="radioButtons", hint="Any", is_private=True, options=["Red", "Green"]
    )
    colour.options.filter(text="Green").update(is_retired=True)
    gone = QuestionFactory(meeting=found, text="Gone?", is_retired=True)
    ApprovalRuleFactory(meeting=found, field="", question=colour, value="Red", result="hold", is_from_webex=True)
    ApprovalRuleFactory(meeting=found, field="", question=gone)
    ApprovalRuleFactory(meeting=found, is_active=False)
    MailText.objects.create(meeting=found, kind="received", subject="Hello", text="There")
    DeclineReason.objects.create(meeting=found, title="Full", text="It is full.")
    person = SubmissionFactory(meeting=found)
    person.answers.create(question=colour, question_text="Colour?", text="Red")
    return found


def address(meeting: Meeting) -> str:
    return reverse("admin:registration_meeting_copy", args=[meeting.pk])


def copied(client: Client, meeting: Meeting, **typed: Any) -> Meeting:
    response = client.post(address(meeting), TYPED | typed)
    assert response.status_code == 302
    return Meeting.objects.get(slug="launch-2")


def test_a_copy_has_the_form_and_the_settings(as_dana: Client, meeting: Meeting) -> None:
    copy = copied(as_dana, meeting)
    assert (copy.title, copy.start_at) == ("Launch 2", datetime(2031, 5, 1, 8, tzinfo=UTC))
    assert (copy.company_name_use, copy.approval, copy.capacity, copy.intro, copy.timezone, copy.group) == (
        "required",
        "rules",
        20,
        "Welcome",
        "Europe/Berlin",
        meeting.group,
    )
    [question] = copy.questions.all()
    assert (question.text, question.hint, question.is_private, question.webex_id) == ("Colour?", "Any", True, "")
    assert list(question.options.values_list("text", "webex_id")) == [("Red", "")]
    assert [
        (rule.question, rule.field, rule.result, rule.is_active, rule.is_from_webex) for rule in copy.rules.all()
    ] == [
        (question, "", "hold", True, False),
        (None, "email", "approve", False, False),
    ]
    assert bytes(copy.logo.content) == bytes(meeting.logo.content)
    assert [text.subject for text in copy.mail_texts.all()] == ["Hello"]
    assert [reason.title for reason in copy.decline_reasons.all()] == ["Full"]


def test_a_copy_has_nobody_and_nothing_of_webex(as_dana: Client, dana: User, meeting: Meeting) -> None:
    copy = copied(as_dana, meeting)
    assert (copy.webex_id, copy.is_published, copy.imported_at, copy.imported_fields) == ("", False, None, [])
    assert (copy.is_paused, copy.pause_reason, copy.warnings, copy.submissions.count()) == (False, "", [], 0)
    assert copy.form_version != meeting.form_version
    [entry] = AuditEntry.objects.all()
    assert (entry.by, entry.action, entry.meeting, entry.note) == (dana, "added", copy, "Copied from “Launch”.")
    assert entry.thing == f"meeting: {copy.title}"


def test_the_source_stays_as_it_is(as_dana: Client, meeting: Meeting) -> None:
    before = Meeting.objects.filter(pk=meeting.pk).values().get()
    copied(as_dana, meeting)
    assert Meeting.objects.filter(pk=meeting.pk).values().get() == before
    assert (meeting.questions.count(), meeting.rules.count(), Submission.objects.count()) == (2, 3, 1)
    assert Option.objects.filter(question__meeting=meeting).count() == 2


def test_the_page_asks_and_says_what_is_not_copied(as_dana: Client, meeting: Meeting) -> None:
    assert "Copy" in buttons(as_dana.get(page_of(meeting)))
    response = as_dana.get(address(meeting))
    assert response.context["form"].initial["slug"] == "launch-copy"
    assert "The registrations, their answers, notes and mails." in response.content.decode()
    done = as_dana.post(address(meeting), TYPED)
    assert said(done)[:2] == [
        "success: “Launch” was copied. The copy is not published.",
        "info: Not copied: The registrations, their answers, notes and mails.",
    ]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"slug": "launch"}, "Another meeting has this short name already. Choose another."),
        ({"slug": "a b"}, "Enter a valid “slug” consisting of letters, numbers, underscores or hyphens."),
        ({"title": ""}, "This field is required."),
        ({"title": "\0"}, "Null characters are not allowed."),
        ({"end_at": "2031-04-01T10:00"}, "The meeting cannot end before it starts."),
        ({"start_at": "soon"}, "Enter a valid date/time."),
        ({"start_at": "0001-01-01T00:00"}, None),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_copied(
    as_dana: Client, meeting: Meeting, typed: dict[str, str], words: str | None
) -> None:
    response = as_dana.post(address(meeting), TYPED | typed)
    assert response.status_code == 200
    assert complaints(response) == [words] if words else complaints(response)
    assert Meeting.objects.count() == 1


def test_a_double_click_makes_one_copy(as_dana: Client, meeting: Meeting) -> None:
    copied(as_dana, meeting)
    assert complaints(as_dana.post(address(meeting), TYPED)) == [
        "Another meeting has this short name already. Choose another."
    ]


def test_who_may_not_add_meetings_copies_none(as_vera: Client, as_rita: Client, meeting: Meeting) -> None:
    for client in (as_vera, as_rita):
        assert client.post(address(meeting), TYPED).status_code == 403
        assert "Copy" not in buttons(client.get(page_of(meeting)))
