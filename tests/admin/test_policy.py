"""The staff's pages live with the policy: nothing inline is in them, and the answer forbids it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from registration.models import Batch, BatchItem, Submission, UnknownRegistrant
from tests.admin.pages import choose, press, soup
from tests.cast import ApprovalRuleFactory, QuestionFactory, SubmissionFactory

Page = Callable[[Client, Submission], Any]


def _change_page(model: str) -> Page:
    """The page of the one object of a model."""
    return lambda client, person: client.get(
        reverse(
            f"admin:registration_{model}_change",
            args=[
                {
                    "meeting": person.meeting_id,
                    "submission": person.pk,
                    "question": person.meeting.questions.get().pk,
                    "batch": person.batch_items.get().batch_id,
                    "unknownregistrant": person.meeting.unknown_registrants.get().pk,
                }[model]
            ],
        )
    )


def _page(name: str) -> Page:
    return lambda client, person: client.get(reverse(f"admin:{name}"))


def _page_of_meeting(name: str) -> Page:
    return lambda client, person: client.get(reverse(f"admin:{name}", args=[person.meeting_id]))


def missing(person: Submission) -> Submission:
    """The person, missing at Webex."""
    Submission.objects.filter(pk=person.pk).update(presence="registered", missing_at=timezone.now())
    return person


PAGES: dict[str, Page] = {
    **{
        name: _page(name)
        for name in (
            "index",
            "registration_meeting_changelist",
            "registration_meeting_add",
            "registration_meeting_import",
            "registration_submission_changelist",
            "registration_batch_changelist",
            "registration_question_changelist",
            "registration_unknownregistrant_changelist",
            "registration_outbox",
        )
    },
    **{model: _change_page(model) for model in ("meeting", "submission", "question", "batch", "unknownregistrant")},
    "rules": lambda client, person: client.get(reverse("admin:registration_meeting_rules", args=[person.meeting_id])),
    "rules, tried": lambda client, person: client.post(
        reverse("admin:registration_meeting_rules", args=[person.meeting_id]), {"do": "try", "count": "0", "seen": "[]"}
    ),
    "a glance": lambda client, person: client.get(
        reverse("admin:registration_meeting_glance", args=[person.meeting_id])
    ),
    **{name: _page_of_meeting(name) for name in ("registration_meeting_outbox", "registration_meeting_preview")},
    "declining one": lambda client, person: press(client, "decline", person.pk),
    "looking up again": lambda client, person: press(client, "look_up_again", missing(person).pk),
    "declining some": lambda client, person: choose(client, "decline", [person.pk]),
}


@pytest.fixture
def person(db: None) -> Submission:
    """Somebody of a meeting with a question, a rule and a call to Webex."""
    person = SubmissionFactory()
    QuestionFactory(meeting=person.meeting, options=["Red"])
    ApprovalRuleFactory(meeting=person.meeting)
    batch = Batch.objects.create(
        meeting=person.meeting, action="register", size=1, started_at="2026-11-03T09:00:00Z", outcome="done"
    )
    BatchItem.objects.create(batch=batch, submission=person, outcome="registered")
    UnknownRegistrant.objects.create(
        meeting=person.meeting, registrant_id="r-1", email="eve@example.com", seen_at=timezone.now()
    )
    return person


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_nothing_inline_is_in_the_page(as_dana: Client, person: Submission, page: Page) -> None:
    response = page(as_dana, person)
    assert response.status_code == 200
    policy = response.headers["Content-Security-Policy"]
    assert [directive.strip() for directive in policy.split(";") if "-src" in directive and "unsafe" in directive] == []
    elements = soup(response).find_all(True)
    assert [tag.name for tag in elements if any(name == "style" or name.startswith("on") for name in tag.attrs)] == []
    assert [tag for tag in elements if tag.name == "style" or (tag.name == "script" and not tag.get("src"))] == []


def test_what_was_done_is_said_without_a_cookie_of_its_own(as_dana: Client, person: Submission) -> None:
    choose(as_dana, "approve", [person.pk])
    assert sorted(as_dana.cookies) == ["sessionid"]
