"""What staff look at is noted: lists without what was searched for, and people's pages."""

import pytest
from django.contrib import admin
from django.db.models import Model
from django.test import Client
from django.utils import timezone

from registration.models import (
    AuditEntry,
    Mail,
    Tag,
)
from tests.admin.audit.entries import Action
from tests.admin.pages import choose, page_of, rows, soup, text
from tests.cast import SubmissionFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("model", ["submission", "mail", "batch", "unknownregistrant"])
def test_a_look_at_a_list_is_noted_without_what_was_searched_for(as_dana: Client, model: str) -> None:
    SubmissionFactory(first_name="Ann")
    as_dana.get(f"/admin/registration/{model}/?q=secret-words")
    entry = AuditEntry.objects.get(action=Action.LISTED)
    assert entry.thing == str(admin.site._registry[_model(model)].opts.verbose_name_plural)
    assert entry.note == "Narrowed by: a search."
    assert "secret" not in f"{list(AuditEntry.objects.values())}"


def test_a_list_of_one_meeting_stands_in_its_audit(as_dana: Client) -> None:
    ann, _other = SubmissionFactory(), SubmissionFactory()
    narrowed = f"meeting__id__exact={ann.meeting_id}&decision__exact=waiting&tag=secret&held="
    Tag.objects.create(submission=ann, name="secret")
    as_dana.get(f"/admin/registration/submission/?{narrowed}")
    entry = AuditEntry.objects.get(action=Action.LISTED)
    assert (entry.meeting, entry.count) == (ann.meeting, 1)
    assert entry.note == "Narrowed by: meeting, decision, tag."


def test_a_list_is_told_by_the_titles_of_its_filters_and_dates(as_dana: Client) -> None:
    as_dana.get("/admin/registration/batch/?outcome__exact=done&started_at__year=2026&outcome__junk=1")
    as_dana.get("/admin/registration/batch/?outcome__exact=done&started_at__year=2026")
    assert AuditEntry.objects.get().note == "Narrowed by: outcome, started at."


def test_looks_at_people_s_pages_are_noted_and_lead_from_them(as_dana: Client) -> None:
    ann = SubmissionFactory(first_name="Ann", last_name="Lee")
    letter = Mail.objects.create(submission=ann, kind="received", queued_at=timezone.now())
    page = as_dana.get(page_of(ann))
    as_dana.get(page_of(letter))
    as_dana.get(f"/admin/registration/mail/{letter.pk}/html/")
    as_dana.get(f"/admin/registration/submission/{ann.pk}/correct/")
    choose(as_dana, "approve", [ann.pk, SubmissionFactory(meeting=ann.meeting).pk])
    link = next(link for link in soup(page).select(".object-tools a") if "Who looked" in text(link))
    told = [(row[2], row[3]) for row in rows(as_dana.get(str(link["href"])))]
    assert told == [("approved", "people"), *[("viewed", "Ann Lee")] * 4]


def _model(name: str) -> type[Model]:
    return next(model for model in admin.site._registry if model._meta.model_name == name)
