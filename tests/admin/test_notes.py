"""Notes among staff about one person."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from registration.models import (
    AuditEntry,
    Note,
    Submission,
    Tag,
)
from tests.admin.pages import page_of, soup, text
from tests.cast import SubmissionFactory


def noted(client: Client, person: Submission, **fields: str) -> Any:
    return client.post(reverse("admin:registration_submission_note", args=[person.pk]), fields)


def test_notes_tags_and_assignment_of_one_person(as_rita: Client, rita: User) -> None:
    ann = SubmissionFactory()
    noted(as_rita, ann, note="<b>Met</b> in May\nand June")
    noted(as_rita, ann, tag="VIP")
    assert noted(as_rita, ann, assign=str(rita.pk)).headers["Location"] == page_of(ann)
    page = soup(as_rita.get(page_of(ann)))
    assert [text(item) for item in page.select(".staff-list .words")] == ["<b>Met</b> in May and June"]
    assert [text(tag) for tag in page.select(".staff-notes .tag bdi")] == ["VIP"]
    chosen = page.select_one("#staff-assign option[selected]")
    assert text(chosen) == "rita (me)"
    entries = ann.audit_entries.filter(action="noted").order_by("pk").values_list("action", "note")
    assert list(entries) == [("noted", "note"), ("noted", "tag +VIP"), ("noted", "assigned to rita")]
    noted(as_rita, ann, untag="VIP")
    noted(as_rita, ann, assign="")
    assert (ann.tags.count(), Submission.objects.get().assigned_to) == (0, None)


@pytest.mark.parametrize(
    "fields",
    [{"tag": "\0"}, {"untag": "\0"}, {"assign": "9" * 30}, {}],
)
def test_what_cannot_be_noted_is_refused(as_rita: Client, fields: dict[str, str]) -> None:
    ann = SubmissionFactory()
    assert noted(as_rita, ann, **fields).status_code == 302
    assert (Note.objects.count(), Tag.objects.count(), Submission.objects.get().assigned_to) == (0, 0, None)


def test_a_line_break_in_a_note_counts_as_one_character(as_rita: Client) -> None:
    noted(as_rita, SubmissionFactory(), note="x\r\n" * 999 + "xx")
    assert Note.objects.get().text == "x\n" * 999 + "xx"


@pytest.mark.parametrize(
    ("note", "kept", "words"),
    [
        (" ", "", "Write a note first: it is empty."),
        ("\0", "\0", "Write a note first: it is empty."),
        ("x\r\n" * 1000 + "y", "x " * 1000 + "y", "Ensure this value has at most 2000 characters (it has 2001)."),
    ],
)
def test_a_note_that_is_refused_is_shown_again(as_rita: Client, note: str, kept: str, words: str) -> None:
    ann = SubmissionFactory()
    page = soup(noted(as_rita, ann, note=note, next="/admin/"))
    assert [text(item) for item in page.select(".errornote, .errorlist li")] == ["Nothing was noted yet.", words]
    assert text(page.select_one("textarea[name=note]")) == kept
    assert [str(field["value"]) for field in page.select("input[name=next]")] == ["/admin/"]
    assert not Note.objects.exists()


def test_a_double_click_notes_once(as_rita: Client, as_dana: Client) -> None:
    ann, bo = SubmissionFactory(), SubmissionFactory()
    for client, person, words in [
        (as_rita, ann, "Met"),
        (as_rita, ann, "Met"),
        (as_dana, ann, "Met"),
        (as_rita, bo, "Met"),
        (as_rita, ann, "Met twice"),
    ]:
        noted(client, person, note=words)
    assert [(note.submission, note.text) for note in Note.objects.order_by("pk")] == [
        (ann, "Met"),
        (ann, "Met"),
        (bo, "Met"),
        (ann, "Met twice"),
    ]
    assert AuditEntry.objects.filter(action="noted").count() == 4
    Note.objects.update(at=timezone.now() - timedelta(minutes=1))
    noted(as_rita, ann, note="Met")
    assert Note.objects.count() == 5


def test_only_reviewers_note_and_eve_finds_nobody(as_vera: Client, as_eve: Client) -> None:
    ann = SubmissionFactory()
    assert noted(as_vera, ann, note="x").status_code == 403
    assert noted(as_eve, ann, note="x").status_code == 404
    assert noted(as_vera, ann, next="https://evil.example/").status_code == 403
    assert not Note.objects.exists()


def test_nobody_is_led_away_from_the_portal(as_rita: Client) -> None:
    ann = SubmissionFactory()
    assert noted(as_rita, ann, tag="VIP", next="https://evil.example/").headers["Location"] == page_of(ann)
    assert noted(as_rita, ann, tag="VIP", next="//evil.example/").headers["Location"] == page_of(ann)
    assert noted(as_rita, ann, tag="VIP", next="/admin/").headers["Location"] == "/admin/"
