"""What is edited, added and deleted is noted before and after, and no secret of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from registration.flow import form_edit
from registration.form_design.design import Design, OptionDesign, QuestionDesign, design_of
from registration.models import (
    AuditEntry,
    Meeting,
    RoleAssignment,
)
from registration.roles import Role
from tests.admin.audit.entries import Action, before_and_after, the_entry
from tests.admin.pages import answer_of, choose, fields_of, page_of
from tests.admin.test_correct import address, filled, preview
from tests.cast import LogoFactory, MeetingFactory, QuestionFactory, SubmissionFactory

pytestmark = pytest.mark.django_db


def test_what_is_edited_is_noted_before_and_after(as_dana: Client) -> None:
    meeting = MeetingFactory(title="Launch", capacity=10)
    fields = fields_of(as_dana.get(page_of(meeting)))
    as_dana.post(page_of(meeting), {**fields, "title": "Relaunch", "capacity": "12"})
    entry = the_entry(Action.EDITED)
    assert (entry.meeting, entry.thing) == (meeting, "meeting: Relaunch")
    assert (entry.before, entry.after) == (
        {"Title": "Launch", "Places": "10"},
        {"Title": "Relaunch", "Places": "12"},
    )
    as_dana.post(page_of(meeting), fields_of(as_dana.get(page_of(meeting))))
    assert the_entry(Action.EDITED) == entry  # nothing was changed, and nothing noted


def test_times_are_noted_in_the_meeting_s_zone_and_choices_by_their_labels(as_dana: Client) -> None:
    start = datetime(2027, 1, 10, 9, tzinfo=UTC)
    meeting = MeetingFactory(start_at=start, end_at=start + timedelta(hours=2), timezone="Europe/Berlin")
    fields = fields_of(as_dana.get(page_of(meeting)))
    as_dana.post(
        page_of(meeting), {**fields, "start_at_1": "10:30:00", "approval": "automatic", "holds_decisions": "on"}
    )
    entry = the_entry(Action.EDITED)
    labels = dict(Meeting.Approval.choices)
    holds = "Decisions are held"
    assert entry.before == {
        "Starts at": "2027-01-10 10:00+01:00", "Approval": str(labels["manual"]), holds: "no",
    }  # fmt: skip
    assert entry.after == {
        "Starts at": "2027-01-10 10:30+01:00", "Approval": str(labels["automatic"]), holds: "yes",
    }  # fmt: skip


def test_what_is_deleted_is_told_by_names_and_labels(as_dana: Client) -> None:
    meeting = MeetingFactory(title="Launch")
    role = RoleAssignment.objects.create(user=User.objects.create_user("nora"), role="viewer", meeting=meeting)
    as_dana.post(f"/admin/registration/roleassignment/{role.pk}/delete/", {"post": "yes"})
    said = {"Person": "nora", "Role": str(Role.VIEWER.label), "Meeting": "Launch"}
    assert the_entry(Action.DELETED).before == said


def test_rows_of_a_meeting_are_noted_with_it(as_dana: Client) -> None:
    meeting = MeetingFactory()
    question = QuestionFactory(meeting=meeting, text="Colour?")
    LogoFactory(meeting=meeting)
    fields = fields_of(as_dana.get(page_of(meeting)))
    as_dana.post(page_of(meeting), {**fields, "questions-0-text": "Which colour?"})
    entry = the_entry(Action.EDITED)
    assert entry.before == {
        "question: Which colour?: Question": "Colour?",
    }
    assert entry.after == {"question: Which colour?: Question": "Which colour?"}
    as_dana.post(page_of(question), {**fields_of(as_dana.get(page_of(question))), "text": "Colour?"})
    assert AuditEntry.objects.filter(meeting=meeting, action=Action.EDITED).count() == 2


def test_no_secret_is_noted(as_dana: Client, settings: Any) -> None:
    from cryptography.fernet import Fernet

    settings.TOKEN_KEYS = [Fernet.generate_key().decode()]
    secrets = {"client_secret": "hush-hush-1", "refresh_token": "hush-hush-2"}
    as_dana.post(
        "/admin/registration/account/add/",
        {"name": "Ours", "kind": "integration", "client_id": "public", "calls_per_minute": "", **secrets},
    )
    entry = the_entry(Action.ADDED)
    assert entry.thing == "Webex account: Ours"
    assert "hush" not in f"{entry.before} {entry.after}"
    assert {entry.after["Client secret"], entry.after["Refresh token"]} == {"•••"}


def test_users_and_their_passwords_are_noted(as_dana: Client) -> None:
    nora = User.objects.create_user("nora")
    word = "hush-9-hush-9"
    address = f"/admin/auth/user/{nora.pk}/password/"
    response = as_dana.post(address, {"password1": word, "password2": word, "usable_password": "true"})
    assert response.status_code == 302
    entry = the_entry(Action.EDITED)
    assert (entry.thing, entry.before, entry.after) == ("user: nora", {"password": "•••"}, {"password": "•••"})


def test_a_role_that_is_given_is_noted_in_its_meeting(as_dana: Client) -> None:
    meeting = MeetingFactory(title="Launch", slug="launch")
    User.objects.create_user("nora", is_staff=True)
    as_dana.post(
        "/admin/registration/roleassignment/add/", {"user": "nora", "role": "viewer", "meeting": "launch", "group": ""}
    )
    entry = the_entry(Action.ADDED)
    assert (entry.meeting, entry.thing) == (meeting, "role: nora: viewer (Launch)")


def test_a_correction_is_noted_with_its_person_and_emptied_with_them(as_dana: Client) -> None:
    ann = SubmissionFactory(first_name="Ann", last_name="Lee", email="ann@example.com")
    as_dana.post(address(ann), filled(preview(as_dana, ann, first_name="Anne")))
    entry = the_entry(Action.EDITED)
    assert (entry.submission, entry.meeting) == (ann, ann.meeting)
    assert (entry.before, entry.after) == ({"First name": ["Ann"]}, {"First name": ["Anne"]})
    response = choose(as_dana, "erase", [ann.pk])
    as_dana.post("/admin/registration/submission/", answer_of(response))
    entry.refresh_from_db()
    assert (entry.before, entry.after, entry.note) == ({}, {}, "")
    assert the_entry(Action.ERASED).submission == ann


def test_of_a_form_only_what_is_otherwise_is_told_in_words(as_dana: Client, dana: User) -> None:
    meeting = MeetingFactory(webex_id="")
    QuestionFactory(meeting=meeting, text="Whence?", webex_id="", max_length=80)
    QuestionFactory(meeting=meeting, text="Colour?", type="radioButtons", options=["Red"], webex_id="")
    stored = design_of(meeting)
    asked, chosen = stored.questions
    changed = replace(asked, text="Why?", max_length=999, is_private=True)
    options = (*chosen.options, OptionDesign("new2", "Blue"))
    added = QuestionDesign("new1", "Topics?", "checkbox", is_required=True, options=(OptionDesign("new3", "All"),))
    design = Design(
        uses={**stored.uses, "city": "required"}, questions=(changed, replace(chosen, options=options), added)
    )
    form_edit.save(meeting, design, shown=stored, by=dana)
    meeting.refresh_from_db()
    stored = design_of(meeting)
    kept = tuple(question for question in stored.questions if question.text != "Colour?")
    form_edit.save(meeting, replace(stored, questions=kept), shown=stored, by=dana)
    later, first = AuditEntry.objects.filter(action=Action.EDITED).order_by("-pk")
    assert before_and_after(as_dana, first) == [
        ["City", "hidden", "required"],
        ["Why?: question", "Whence?", "Why?"],
        ["Why?: longest answer", "80", "999"],
        ["Why?: private", "no", "yes"],
        ["Colour?: options", "Red", "Red Blue"],
        ["Topics?: question", "–", "Topics?"],
        ["Topics?: type", "–", "check boxes (several answers)"],
        ["Topics?: required", "–", "yes"],
        ["Topics?: position", "–", "3"],
        ["Topics?: options", "–", "All"],
    ]
    assert before_and_after(as_dana, later) == [
        ["Colour?: question", "Colour?", "–"],
        ["Colour?: type", "radio buttons", "–"],
        ["Colour?: position", "2", "–"],
        ["Colour?: options", "Red Blue", "–"],
        ["Topics?: position", "3", "2"],
    ]
