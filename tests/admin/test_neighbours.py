"""Who has a role for one meeting, and what was done to two at once: they see and do their own part, and no other."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from registration import audit
from registration.audit import Action
from registration.flow import pushes
from registration.models import (
    Account,
    AuditEntry,
    DeclineReason,
    Job,
    JobPart,
    JobRow,
    Mail,
    Meeting,
    Question,
    RoleAssignment,
    Submission,
    Tag,
    UnknownRegistrant,
)
from tests.admin.pages import SUBMISSIONS, answer_of, choose, page_of, soup, text
from tests.cast import MeetingFactory, QuestionFactory, SubmissionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def hers() -> Meeting:
    meeting: Meeting = MeetingFactory(title="Hers")
    return meeting


@pytest.fixture
def other() -> Meeting:
    meeting: Meeting = MeetingFactory(title="Hush gathering")
    return meeting


def signed_in(meeting: Meeting, role: str) -> Client:
    user = User.objects.create_user(role, is_staff=True)
    RoleAssignment.objects.create(user=user, role=role, meeting=meeting)
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def reviewer(hers: Meeting) -> Client:
    return signed_in(hers, "reviewer")


@pytest.fixture
def manager(hers: Meeting) -> Client:
    return signed_in(hers, "manager")


def both(hers: Meeting, other: Meeting, **values: Any) -> tuple[Submission, Submission]:
    """Ann is of her meeting, and Hush of the other."""
    mine = SubmissionFactory(meeting=hers, first_name="Ann", last_name="Lee", **values)
    return mine, SubmissionFactory(meeting=other, first_name="Hush", last_name="Hush", **values)


def words(response: Any) -> str:
    return str(response.content.decode())


def test_of_a_decision_about_both_she_undoes_her_own_part(
    reviewer: Client, as_dana: Client, hers: Meeting, other: Meeting
) -> None:
    ann, hush = both(hers, other)
    choose(as_dana, "approve", [ann.pk, hush.pk])
    entry = AuditEntry.objects.get(action=Action.APPROVED, meeting=other)
    address = reverse("admin:registration_submission_undo_entry", args=[entry.pk])
    page = reviewer.get(address)
    assert "Ann Lee" in words(page) and "Hush" not in words(page)
    reviewer.post(address, answer_of(page))
    assert list(Submission.objects.order_by("pk").values_list("decision", flat=True)) == ["waiting", "approved"]
    undone = AuditEntry.objects.get(action=Action.UNDONE)
    assert (undone.meeting, undone.count) == (hers, 1)


def test_of_a_push_of_both_she_reads_nothing_about_the_other(
    reviewer: Client, as_dana: Client, dana: User, hers: Meeting, other: Meeting
) -> None:
    entry = pushes.ask([other.pk, hers.pk], by=dana)
    told = {"problems": ["“Hush gathering” is paused."], "warnings": ["“Hush gathering” is full."]}
    audit.note(dana, Action.PUSHED, thing=f"push {entry.pk}", count=2, after=told, words="ended")
    for name in ("registration_push", "registration_push_state"):
        address = reverse(f"admin:{name}", args=[entry.pk])
        assert "Hush" not in words(reviewer.get(address))
        assert "“Hush gathering” is paused." in words(as_dana.get(address))


@pytest.mark.parametrize(
    ("is_reviewer_of_both", "private_of_hers", "status"), [(True, False, 200), (False, False, 404), (True, True, 404)]
)
def test_an_export_is_downloaded_by_who_may_still_see_all_of_it(
    reviewer: Client, hers: Meeting, other: Meeting, is_reviewer_of_both: bool, private_of_hers: bool, status: int
) -> None:
    user, now = User.objects.get(username="reviewer"), timezone.now()
    if is_reviewer_of_both:
        RoleAssignment.objects.create(user=user, role="reviewer", meeting=other)
    job = Job.objects.create(
        work="export", state="done", by=user, asked_at=now, started_at=now, finished_at=now,
        parameters={"meetings": [hers.pk, other.pk]},
        result={"parts": 1, "private_of": [hers.pk] if private_of_hers else []},
    )  # fmt: skip
    JobPart.objects.create(job=job, kind="download", number=0, content=b"x")
    assert reviewer.get(reverse("admin:job_download", args=[job.pk])).status_code == status


@pytest.mark.parametrize(("page", "posted"), [("people_step", 404), ("people_progress", 405), ("people_problems", 405)])
def test_an_import_of_the_other_is_not_found_below_her_own(
    manager: Client, dana: User, hers: Meeting, other: Meeting, page: str, posted: int
) -> None:
    job = Job.objects.create(work="import", state="done", by=dana, meeting=other, asked_at=timezone.now())
    hush = SubmissionFactory(meeting=other)
    JobRow.objects.create(job=job, number=2, outcome="imported", submission=hush)
    for meeting in (hers, other):
        address = reverse(f"admin:registration_meeting_{page}", args=[meeting.pk, job.pk])
        assert manager.get(address).status_code == 404
        assert manager.post(address, {"undo": "", "stop": "", "import": "", "check": ""}).status_code == posted
    job.refresh_from_db()
    assert (job.work, job.state, Submission.objects.count()) == ("import", "done", 1)


@pytest.mark.parametrize("deed", ["release", "release_push", "take_back"])
def test_nobody_of_the_other_is_released_from_her_outbox(
    reviewer: Client, hers: Meeting, other: Meeting, deed: str
) -> None:
    held = {"held_decision": "approved", "held_at": timezone.now() - timedelta(days=2)}
    _ann, hush = both(hers, other, **held)
    seen = {"person": [hush.pk], "seen_at": timezone.now().isoformat()}
    for meeting, status in ((hers, 302), (other, 404)):
        address = reverse("admin:registration_meeting_outbox", args=[meeting.pk])
        answer = reviewer.post(address, {**seen, "do": deed})
        assert answer.status_code == status
    hush.refresh_from_db()
    assert (hush.decision, hush.held_decision) == ("waiting", "approved")
    assert not AuditEntry.objects.filter(people__submission=hush).exists()


@pytest.mark.parametrize("chosen", ["one", "all"])
def test_nobody_of_the_other_is_sent_again_or_mended(
    reviewer: Client, hers: Meeting, other: Meeting, chosen: str
) -> None:
    refused = {"decision": "approved", "presence": "refused", "refusal": "Last name is invalid"}
    ann, hush = both(hers, other, **refused)
    address = reverse("admin:registration_attention_do", args=["refused", "send_again"])
    fields: dict[str, Any] = {"_selected_action": [ann.pk, hush.pk]} if chosen == "one" else {"all": "1"}
    page = reviewer.post(address, fields)
    if chosen == "all":
        assert "Hush" not in words(page)
        reviewer.post(address, {**answer_of(page), "all": "1"})
    mended = reverse("admin:registration_attention_mend", args=["refused", hush.pk])
    reviewer.post(mended, {f"refused-{hush.pk}-last_name": "Changed"})
    assert list(Submission.objects.order_by("pk").values_list("presence", "last_name")) == [
        ("absent", "Lee"),
        ("refused", "Hush"),
    ]


def test_nothing_of_the_other_waits_for_her(reviewer: Client, hers: Meeting, other: Meeting) -> None:
    now = timezone.now()
    Meeting.objects.filter(pk=other.pk).update(paused_at=now, pause_reason="Hush")
    Account.objects.create(name="Hush", paused_at=now, pause_reason="Hush")
    UnknownRegistrant.objects.create(meeting=other, registrant_id="r", email="a@hush.example", seen_at=now)
    hush = SubmissionFactory(meeting=other, decision="approved", presence="refused", refusal="Hush")
    Mail.objects.create(submission=hush, kind="received", queued_at=now, failed_tries=9, failure="Hush")
    page = words(reviewer.get(reverse("admin:registration_attention")))
    assert "Hush" not in page and "hush" not in page


def test_notes_and_tags_of_the_other_are_neither_hers_nor_offered(
    reviewer: Client, hers: Meeting, other: Meeting
) -> None:
    ann, hush = both(hers, other)
    Tag.objects.create(submission=hush, name="hush-tag")
    address = reverse("admin:registration_submission_note", args=[hush.pk])
    for fields in ({"note": "x"}, {"tag": "x"}, {"untag": "hush-tag"}, {"assign": ""}):
        assert reviewer.post(address, fields).status_code == 404
    assert [tag.name for tag in Tag.objects.all()] == ["hush-tag"]
    assert "hush-tag" not in words(reviewer.get(page_of(ann)))
    page = choose(reviewer, "tag", [ann.pk, hush.pk])
    assert "hush" not in words(page).lower()
    reviewer.post(reverse(SUBMISSIONS), answer_of(page) | {"name": "mine"})
    assert sorted(Tag.objects.values_list("submission", "name")) == [(ann.pk, "mine"), (hush.pk, "hush-tag")]


def test_a_reason_of_the_other_declines_nobody_of_hers(reviewer: Client, hers: Meeting, other: Meeting) -> None:
    reason = DeclineReason.objects.create(meeting=other, title="Hush", text="Hush reason")
    ann, _hush = both(hers, other)
    page = choose(reviewer, "decline", [ann.pk])
    assert "Hush" not in words(page)
    page = reviewer.post(reverse(SUBMISSIONS), answer_of(page) | {"prepared": str(reason.pk), "reason": ""})
    ann.refresh_from_db()
    assert (ann.decision, "Hush" in words(page)) == ("waiting", False)


def test_a_question_of_the_other_is_no_subject_of_her_rules_and_form(
    manager: Client, hers: Meeting, other: Meeting
) -> None:
    secret = QuestionFactory(meeting=other, text="Hush?", options=["Hush"], type=Question.Type.DROPDOWN)
    option = secret.options.get()
    rule = {"rule": "1", "subject-1": f"question_{secret.pk}", "condition-1": "contains", "value-1": "x", "do": "try"}
    page = manager.post(reverse("admin:registration_meeting_rules", args=[hers.pk]), rule)
    assert "Hush" not in words(page)
    address = reverse("admin:registration_meeting_form", args=[hers.pk])
    shown = soup(manager.get(address)).select_one("[name=shown]")
    assert shown is not None
    manager.post(
        address,
        {
            "shown": str(shown["value"]), "do": "save", "question": str(secret.pk), f"text-{secret.pk}": "Mine?",
            f"type-{secret.pk}": "dropdown", f"option-of-{secret.pk}": str(option.pk),
            f"option-text-{option.pk}": "Mine",
        },
    )  # fmt: skip
    secret.refresh_from_db()
    option.refresh_from_db()
    assert (secret.text, secret.meeting, option.text) == ("Hush?", other, "Hush")


def test_a_private_answer_is_found_by_no_filter_search_or_order(reviewer: Client, hers: Meeting) -> None:
    question = QuestionFactory(meeting=hers, text="Diet?", is_private=True)
    ann = SubmissionFactory(meeting=hers)
    SubmissionFactory(meeting=hers)
    ann.answers.create(question=question, question_text="Diet?", text="kosher")
    address = reverse(SUBMISSIONS)
    query = f"meeting__id__exact={hers.pk}"
    assert "Diet?" not in words(reviewer.get(f"{address}?{query}"))
    everybody = 2
    for asked, count in (
        (f"answer_{question.pk}=kosher", None),
        ("answers__text__icontains=kosher", None),
        ("q=kosher", 0),
        ("tag=kosher", 0),
        (f"o=answer_{question.pk}", everybody),
    ):
        page = reviewer.get(f"{address}?{query}&{asked}")
        found = len(soup(page).select("#result_list tbody tr")) if page.status_code == 200 else None
        assert found == count, asked
    export = reverse("admin:registration_submission_export")
    told: Any = reviewer.post(f"{export}?{query}", {"format": "csv"})
    assert b"kosher" not in b"".join(told.streaming_content)
    glance = reviewer.get(reverse("admin:registration_meeting_glance", args=[hers.pk]))
    assert "kosher" not in words(glance) and "Diet?" not in text(soup(glance).select_one("#content"))
