"""Every answer that names somebody of a meeting leaves an entry in the audit."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client
from django.urls import resolve

from registration.accounts import settings_account
from registration.flow import review
from registration.models import AuditEntry, Move, Submission
from tests.admin import hidden, walk
from tests.admin.pages import choose
from tests.cast import MeetingFactory, SubmissionFactory

pytestmark = pytest.mark.django_db

NAMES = re.compile(
    r"Hushley|Hushman|Hush Stranger|hush-\w+@hush\.example|\bHush (refused|uncertain|stuck|missing|mails)"
)

NOT_NOTED = {
    "registration_batch_state": "asked again and again by a page that is noted",
    "registration_push_state": "asked again and again by a page that is noted",
    "registration_auditentry_changelist": "what was noted of others",
}
"""The addresses that may name somebody without an entry, and why."""


def asked() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every page, and every action as it is chosen on a list, before anything is confirmed."""
    for pattern in walk.patterns():
        if pattern.name not in walk.PERSONAL:
            for address in walk.addresses(pattern):
                yield address, {}
    for model_admin, address in walk.lists():
        yield address, {"index": "0", "nothing": "was chosen"}
        for action in sorted(set(walk.actions(model_admin.model))):
            chosen = {"action": action, "_selected_action": [hidden.PKS[model_admin.model]], "index": "0"}
            yield address, chosen
            yield address, {**chosen, "select_across": "1"}


def test_whatever_names_somebody_leaves_an_entry(as_dana: Client) -> None:
    settings_account()
    hidden.make()
    found, missing = set(), set()
    for address, fields in asked():
        with transaction.atomic():
            before = AuditEntry.objects.count()
            response = as_dana.post(address, fields) if fields else as_dana.get(address)
            said = b"".join(response) if response.streaming else response.content
            name = resolve(address).url_name
            if response.status_code == 200 and NAMES.search(said.decode(errors="replace")):
                found.add(name)
                if AuditEntry.objects.count() == before:
                    missing.add((name, fields.get("action", "")))
            transaction.set_rollback(True)
    assert {name for name, _action in missing} == {name for name in NOT_NOTED if name in found}, missing
    lists = {f"registration_{model}_changelist" for model in ("submission", "mail", "unknownregistrant")}
    pages = {f"registration_submission_{page}" for page in ("change", "correct", "history", "review_one")}
    pages |= {f"registration_meeting_people_{page}" for page in ("step", "problems")}
    assert {*lists, *pages, "registration_attention", "registration_auditentry_change"} <= found, found


def test_whoever_is_named_before_a_decision_is_undone_was_looked_at(as_dana: Client, dana: User) -> None:
    person = SubmissionFactory(last_name="Mine")
    review.approve(Submission.objects.all(), by=dana)
    move, entry = Move.objects.get(), AuditEntry.objects.get(action="approved")
    pages = [f"/admin/registration/submission/{page}/" for page in (f"{person.pk}/undo/{move.pk}", f"undo/{entry.pk}")]
    for address in pages:
        assert "Mine" in as_dana.get(address).content.decode()
    looked = AuditEntry.objects.filter(action="viewed").values_list("by", "submission", "meeting")
    assert list(looked) == [(dana.pk, person.pk, person.meeting_id)] * 2


def test_a_list_that_was_posted_to_and_a_page_before_an_action_are_noted(as_dana: Client) -> None:
    people = SubmissionFactory.create_batch(2, meeting=MeetingFactory())
    as_dana.post("/admin/registration/submission/", {})
    choose(as_dana, "decline", [person.pk for person in people])
    listed, viewed = AuditEntry.objects.order_by("pk")
    assert (listed.action, listed.count) == ("listed", 2)
    assert (viewed.action, sorted(viewed.people.values_list("submission", flat=True))) == (
        "viewed",
        [person.pk for person in people],
    )
