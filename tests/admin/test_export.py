"""An export is exactly what the list shows, holds nothing that its reader may not see, and is written down."""

import io
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from registration.admin import export
from registration.flow import erase, jobs
from registration.models import (
    Answer,
    AuditEntry,
    Job,
    JobPart,
    Meeting,
    Question,
    RoleAssignment,
    Submission,
    Tag,
)
from registration.transfer import run, writing
from registration.transfer.columns import columns_for
from tests.admin.pages import SUBMISSIONS, choose, said, soup, text
from tests.cast import MeetingFactory, QuestionFactory, SubmissionFactory
from tests.transfer.files import csv_rows, xlsx_rows

pytestmark = pytest.mark.django_db

EXPORT = "admin:registration_submission_export"
FIXED = [
    "Reference", "Meeting", "Submitted at (UTC)", "Language", "First name", "Last name", "E-mail address", "Job title",
    "Company", "Address line 1", "Address line 2", "City", "State or province", "Postal code", "Country or region",
    "Work phone", "Fax", "Decision", "Decided at (UTC)", "Reason", "Held decision", "Presence at Webex",
    "Webex status", "Webex’s words", "Registrant id", "Tags", "Assigned to",
]  # fmt: skip
LAST = "Answers to deleted questions"


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


def test_an_export_is_noted_for_each_meeting_with_how_many_are_of_it(as_dana: Client, dana: User) -> None:
    one, two = MeetingFactory.create_batch(2)
    people = [*SubmissionFactory.create_batch(2, meeting=one), SubmissionFactory(meeting=two)]
    body(exported(as_dana))
    body(choose(as_dana, "export_xlsx", [person.pk for person in people]))
    entries = AuditEntry.objects.order_by("pk").values_list("by", "action", "meeting", "thing", "count")
    assert list(entries) == [
        (dana.pk, "exported", meeting.pk, thing, count)
        for thing in ("CSV", "XLSX")
        for meeting, count in ((one, 2), (two, 1))
    ]


def exported(client: Client, query: str = "", *, format_name: str = "csv") -> Any:
    return client.post(reverse(EXPORT) + query, {"format": format_name})


def references(response: Any) -> list[str]:
    return [row[0] for row in csv_rows(body(response))[1:]]


def with_role(meeting: Meeting, role: str, *, name: str = "eve") -> Client:
    user, _new = User.objects.get_or_create(username=name, is_staff=True)
    RoleAssignment.objects.create(user=user, role=role, meeting=meeting)
    client = Client()
    client.force_login(User.objects.get(pk=user.pk))
    return client


def everything(dana: User) -> tuple[Meeting, Submission]:
    """A person of whom everything is known, and another one who only signed up."""
    meeting = MeetingFactory(title="Launch; =really", shows_all=True)
    when = datetime(2026, 11, 2, 3, 4, 5, tzinfo=UTC)
    ann = SubmissionFactory(
        meeting=meeting,
        first_name="=Ann",
        last_name='Lee "the\nengine"',
        email="Ann@Example.com",
        submitted_at=when,
        work_phone="+44 20 7946 0000",
        city="Köln",
        decision="approved",
        decided_at=when,
        presence="registered",
        webex_status="pending",
        registrant_id="r-1",
        assigned_to=dana,
    )
    one, two = QuestionFactory.create_batch(2, meeting=meeting, text="Which?", type=Question.Type.CHECKBOX)
    for place, (question, words) in enumerate([(one, "Red"), (one, "Green"), (two, "@Blue"), (None, "Old")]):
        Answer.objects.create(submission=ann, question=question, question_text="Which?", text=words, position=place)
    for name in ("vip", "press"):
        Tag.objects.create(submission=ann, name=name)
    SubmissionFactory(meeting=meeting, first_name="Bo", last_name="Öst", email="bo@example.com", submitted_at=when)
    return meeting, ann


def test_the_whole_csv_file(as_dana: Client, dana: User) -> None:
    meeting, ann = everything(dana)
    bo = Submission.objects.get(first_name="Bo")
    response = exported(as_dana)
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    name = f"registrations-{timezone.now():%Y-%m-%d}.csv"
    assert response["Content-Disposition"] == f'attachment; filename="{name}"'
    assert "no-store" in response["Cache-Control"]
    content = body(response)
    assert content.startswith(b"\xef\xbb\xbfReference,")
    assert content.count(b"\r\n") == 3
    assert csv_rows(content) == [
        [*FIXED, "Which?", "Which? (2)", LAST],
        [
            ann.reference, "Launch;' =really", "2026-11-02T03:04:05Z", "en", "'=Ann", 'Lee "the\nengine"',
            "Ann@Example.com", "", "", "", "", "Köln", "", "", "", "'+44 20 7946 0000", "", "approved",
            "2026-11-02T03:04:05Z", "", "", "at Webex", "pending", "", "r-1", "press; vip", "dana",
            "Red; Green", "'@Blue", "Which?: Old",
        ],
        [
            bo.reference, "Launch;' =really", "2026-11-02T03:04:05Z", "en", "Bo", "Öst", "bo@example.com",
            *[""] * 10, "waiting for review", "", "", "", "not at Webex", *[""] * 5, "", "", "",
        ],
    ]  # fmt: skip
    entry = AuditEntry.objects.get()
    assert (entry.by, entry.action, entry.meeting, entry.thing, entry.count, entry.note) == (
        dana, "exported", meeting, "CSV", 2, "Not narrowed.",
    )  # fmt: skip


def test_the_whole_workbook(as_dana: Client, dana: User) -> None:
    _meeting, ann = everything(dana)
    response = exported(as_dana, format_name="xlsx")
    header, first, _second = xlsx_rows(body(response))
    assert header == [*FIXED, "Which?", "Which? (2)", LAST]
    when = datetime(2026, 11, 2, 3, 4, 5)  # noqa: DTZ001 - a workbook knows no zones
    assert first == [
        ann.reference, "Launch; =really", when, "en", "=Ann", 'Lee "the\nengine"', "Ann@Example.com", None, None, None,
        None, "Köln", None, None, None, "+44 20 7946 0000", None, "approved", when, None, None, "at Webex", "pending",
        None, "r-1", "press; vip", "dana", "Red; Green", "@Blue", "Which?: Old",
    ]  # fmt: skip


def test_exactly_what_is_filtered_and_searched_on_every_page(as_dana: Client) -> None:
    meeting = MeetingFactory()
    for number in range(120):
        SubmissionFactory(meeting=meeting, last_name=f"Lee{number}", approved=number % 2 == 0)
    SubmissionFactory(last_name="Lee", approved=True)
    SubmissionFactory(meeting=meeting, first_name="Ray", last_name="Ray", company_name="", approved=True)
    query = f"?decision__exact=approved&meeting__id__exact={meeting.pk}&q=Lee&p=2&o=1"
    listed = Submission.objects.filter(meeting=meeting, last_name__startswith="Lee", decision="approved")
    assert references(exported(as_dana, query)) == list(listed.order_by("pk").values_list("reference", flat=True))
    assert listed.count() == 60
    assert AuditEntry.objects.get().note == "Narrowed by: meeting, decision, a search."


def test_the_buttons_lead_to_what_the_list_shows(as_dana: Client) -> None:
    SubmissionFactory()
    page = soup(as_dana.get("/admin/registration/submission/?decision__exact=waiting&p=1"))
    form = page.select_one("form[action*=export]")
    assert form is not None
    assert form["action"] == reverse(EXPORT) + "?decision__exact=waiting"
    assert [text(button) for button in form.select("button")] == ["Export as CSV", "Export as XLSX"]


@pytest.mark.parametrize("action", ["export_csv", "export_xlsx"])
def test_whom_somebody_chose(as_dana: Client, action: str) -> None:
    people = SubmissionFactory.create_batch(3, meeting=MeetingFactory())
    content = body(choose(as_dana, action, [people[0].pk, people[2].pk]))
    read = csv_rows if action == "export_csv" else xlsx_rows
    assert [row[0] for row in read(content)[1:]] == [people[0].reference, people[2].reference]
    assert AuditEntry.objects.get().note == "Chosen on the list."


def test_the_erased_are_their_reference_and_nothing_else(as_dana: Client) -> None:
    gone = SubmissionFactory()
    erase.ask(Submission.objects.filter(pk=gone.pk), at=timezone.now())
    at_webex = SubmissionFactory(presence="registered")
    erase.ask(Submission.objects.filter(pk=at_webex.pk), at=timezone.now())
    rows = csv_rows(body(exported(as_dana)))[1:]
    assert rows == [[f"~{gone.pk}", *[""] * 27], [at_webex.reference, *[""] * 27]]


def test_get_exports_nothing_and_leads_back_to_the_list(as_dana: Client) -> None:
    SubmissionFactory()
    response = as_dana.get(reverse(EXPORT) + "?decision__exact=waiting&p=3")
    assert (response.status_code, response["Location"]) == (
        302,
        "/admin/registration/submission/?decision__exact=waiting",
    )
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize(
    ("query", "format_name", "status"),
    [("", "exe", 400), ("", "", 400), ("?token__startswith=a", "csv", 400), ("?decision__exact=\0", "csv", 302)],
)
def test_what_no_page_of_ours_sends_exports_nothing(as_dana: Client, query: str, format_name: str, status: int) -> None:
    SubmissionFactory()
    response = exported(as_dana, query, format_name=format_name)
    assert response.status_code == status
    assert not AuditEntry.objects.exists()


def test_an_empty_list_is_said_to_be_empty(as_dana: Client) -> None:
    response = exported(as_dana)
    assert response.status_code == 302
    assert said(response) == ["warning: Nobody is on this list whom you may export."]


# --- roles ------------------------------------------------------------------------------------------------------------


def test_eve_exports_nothing_of_meetings_that_are_not_hers() -> None:
    secret, hers = SubmissionFactory(), SubmissionFactory()
    as_eve = with_role(hers.meeting, "reviewer")
    assert references(exported(as_eve)) == [hers.reference]
    assert references(exported(as_eve, f"?q={hers.email}")) == [hers.reference]
    assert said(exported(as_eve, f"?meeting__id__exact={secret.meeting.pk}")) == [
        "warning: Nobody is on this list whom you may export."
    ]
    assert body(choose(as_eve, "export_csv", [secret.pk])) == b""
    assert secret.meeting.title not in soup(as_eve.get("/admin/registration/submission/")).get_text()


def test_a_viewer_exports_nothing_and_sees_no_button() -> None:
    person = SubmissionFactory()
    as_eve = with_role(person.meeting, "viewer")
    assert said(exported(as_eve)) == [
        "warning: 1 person was left out of the export, since you may only look at their meeting.",
        "warning: Nobody is on this list whom you may export.",
    ]
    assert not soup(as_eve.get("/admin/registration/submission/")).select("form[action*=export]")
    assert not AuditEntry.objects.filter(action="exported").exists()


def test_whom_one_may_only_look_at_is_left_out_and_that_is_said() -> None:
    seen, reviewed = SubmissionFactory(), SubmissionFactory()
    with_role(seen.meeting, "viewer")
    as_eve = with_role(reviewed.meeting, "reviewer")
    response = exported(as_eve)
    assert references(response) == [reviewed.reference]
    assert said(response) == ["warning: 1 person was left out of the export, since you may only look at their meeting."]
    form = soup(as_eve.get("/admin/registration/submission/")).select_one("form[action*=export]")
    assert "leave out the people of meetings that you may only look at" in text(form)


def test_only_who_is_signed_in_exports(client: Client) -> None:
    SubmissionFactory()
    assert exported(client).status_code == 302
    assert not AuditEntry.objects.exists()


def test_private_answers_are_for_managers_of_that_meeting() -> None:
    """So are those to deleted questions: nobody knows any more whether they were private."""
    reviewed, managed = MeetingFactory(), MeetingFactory()
    for meeting in (reviewed, managed):
        person = SubmissionFactory(meeting=meeting)
        for private in (False, True):
            question = QuestionFactory(meeting=meeting, text="Private?" if private else "Public?", is_private=private)
            Answer.objects.create(submission=person, question=question, question_text="?", text=f"{private}")
        Answer.objects.create(submission=person, question_text="Gone?", text="yes")
    with_role(reviewed, "reviewer")
    as_eve = with_role(managed, "manager")
    rows = csv_rows(body(exported(as_eve)))
    assert [row[len(FIXED) :] for row in rows] == [
        ["Public?", "Private?", LAST],
        ["False", "", ""],
        ["False", "True", "Gone?: yes"],
    ]
    only_reviewed = csv_rows(body(exported(as_eve, f"?meeting__id__exact={reviewed.pk}")))
    assert [row[len(FIXED) :] for row in only_reviewed] == [["Public?", LAST], ["False", ""]]


def test_as_many_queries_for_three_hundred_as_for_sixty(
    as_dana: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    meeting = MeetingFactory()
    question = QuestionFactory(meeting=meeting)

    def add(count: int) -> None:
        for person in SubmissionFactory.create_batch(count, meeting=meeting):
            Answer.objects.create(submission=person, question=question, question_text="?", text="!")

    add(60)  # more than a page of the list
    with django_assert_max_num_queries(60) as few:
        body(exported(as_dana))
    add(240)
    with django_assert_max_num_queries(len(few)):
        body(exported(as_dana))


# --- in the background ------------------------------------------------------------------------------------------------


@pytest.fixture
def few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "XLSX_AT_ONCE", 2)


@pytest.mark.usefixtures("few_are_many")
def test_a_large_workbook_is_made_in_the_background_of_whom_was_on_the_list_then(as_dana: Client, dana: User) -> None:
    people = SubmissionFactory.create_batch(3, meeting=MeetingFactory())
    response = exported(as_dana, format_name="xlsx")
    job = Job.objects.get()
    assert response["Location"] == f"/admin/exports/{job.pk}/"
    assert (job.by, job.state, job.total, AuditEntry.objects.get().count) == (dana, "waiting", 3, 3)
    assert "It begins in a moment." in text(soup(as_dana.get(response["Location"])))
    SubmissionFactory()
    assert run.run(job.pk)
    page = as_dana.get(response["Location"])
    assert "done" in text(soup(page).select_one(".progress-area"))
    assert as_dana.get(f"/admin/exports/{job.pk}/progress/")["X-Poll"] == "done"
    download = as_dana.get(f"/admin/exports/{job.pk}/download/")
    assert [row[0] for row in xlsx_rows(body(download))[1:]] == [person.reference for person in people]
    assert "no-store" in download["Cache-Control"]
    assert set(JobPart.objects.values_list("kind", flat=True)) == {"download"}


@pytest.mark.usefixtures("few_are_many")
def test_an_export_is_its_owners_alone(as_dana: Client) -> None:
    people = SubmissionFactory.create_batch(3)
    exported(as_dana, format_name="xlsx")
    job = Job.objects.get()
    run.run(job.pk)
    as_eve = with_role(people[0].meeting, "administrator")
    for page in ("", "progress/", "download/"):
        assert as_eve.get(f"/admin/exports/{job.pk}/{page}").status_code == 404
    assert as_eve.post(f"/admin/exports/{job.pk}/stop/").status_code == 404
    assert "There is none yet" in text(soup(as_eve.get("/admin/exports/")))
    assert len(soup(as_dana.get("/admin/exports/")).select("tbody tr")) == 1


@pytest.mark.usefixtures("few_are_many")
def test_the_file_is_gone_after_a_day_after_an_erasure_and_with_the_role(as_dana: Client) -> None:
    meeting = MeetingFactory()
    people = SubmissionFactory.create_batch(3, meeting=meeting)
    as_eve = with_role(meeting, "reviewer")
    for number, client in enumerate([as_dana, as_dana, as_eve]):
        exported(client, format_name="xlsx")
        job = Job.objects.latest("pk")
        run.run(job.pk)
        download = f"/admin/exports/{job.pk}/download/"
        assert body(client.get(download))[:2] == b"PK"
        if number == 0:
            jobs.purge(at=timezone.now() + jobs.FILES_ARE_KEPT + jobs.IS_DEAD_AFTER)
        elif number == 1:
            erase.ask(Submission.objects.filter(pk=SubmissionFactory().pk), at=timezone.now())
            assert body(client.get(download))[:2] == b"PK"
            erase.ask(Submission.objects.filter(pk=people[0].pk), at=timezone.now())
        else:
            RoleAssignment.objects.all().delete()
        assert client.get(download).status_code in (302, 404)
        assert not JobPart.objects.filter(job=job).exists() or number == 2


@pytest.mark.usefixtures("few_are_many")
@pytest.mark.parametrize(("is_of_it", "status"), [(True, 302), (False, 200)])
def test_who_was_erased_while_it_was_made_is_not_downloaded(as_dana: Client, is_of_it: bool, status: int) -> None:
    people = SubmissionFactory.create_batch(3)
    exported(as_dana, format_name="xlsx")
    job = Job.objects.get()
    run.run(job.pk)
    erased = people[0] if is_of_it else SubmissionFactory()
    Submission.objects.filter(pk=erased.pk).update(erase_asked_at=timezone.now())
    assert as_dana.get(f"/admin/exports/{job.pk}/download/").status_code == status


@pytest.mark.usefixtures("few_are_many")
def test_an_export_can_be_stopped(as_dana: Client, dana: User) -> None:
    SubmissionFactory.create_batch(3)
    exported(as_dana, format_name="xlsx")
    job = Job.objects.get()
    assert said(as_dana.post(f"/admin/exports/{job.pk}/stop/")) == ["success: The export was stopped."]
    entries = AuditEntry.objects.filter(action="edited").order_by("pk")
    told = [(entry.by, entry.meeting_id, entry.thing, entry.before, entry.after) for entry in entries]
    changed = ({"State": "about to begin"}, {"State": "cancelled"})
    assert told == [(dana, pk, f"export {job.pk}", *changed) for pk in sorted(job.parameters["meetings"])]
    assert len(told) == 3
    assert not run.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.parts.count()) == ("cancelled", 0)


@pytest.mark.usefixtures("few_are_many")
def test_nobody_has_very_many_made_at_once(as_dana: Client) -> None:
    SubmissionFactory.create_batch(3)
    places = [exported(as_dana, format_name="xlsx")["Location"] for _ in range(export.MOST_AT_ONCE + 1)]
    assert (places[-1], Job.objects.count()) == ("/admin/exports/", export.MOST_AT_ONCE)


def test_what_has_more_columns_than_a_sheet_is_no_workbook(as_dana: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "_MOST_SHEET_COLUMNS", len(FIXED) + 1)
    person = SubmissionFactory()
    assert xlsx_rows(body(exported(as_dana, format_name="xlsx")))[1][0] == person.reference
    question = QuestionFactory(meeting=person.meeting)
    words = (
        "A workbook has at most 28 columns, and these people’s meetings ask so much that it needs 29. "
        "Export fewer meetings at a time, or export as CSV."
    )
    assert said(exported(as_dana, format_name="xlsx")) == [f"warning: {words}"]
    assert csv_rows(body(exported(as_dana)))[0][-2] == question.text
    job = run.ask_for_export(writing.choose(Submission.objects.all()), by=User.objects.get(), format_name="xlsx")
    assert run.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.failure) == ("failed", words)


def test_the_more_columns_the_fewer_rows_are_held_at_once(monkeypatch: pytest.MonkeyPatch, dana: User) -> None:
    people = SubmissionFactory.create_batch(5)
    chosen = writing.choose(Submission.objects.all())
    columns = columns_for(dana, chosen.meetings.keys())
    sizes = []
    for cells in (5, 2, 0):
        monkeypatch.setattr(writing, "_MOST_CELLS", cells * len(columns.header))
        found = list(writing.rows_of(chosen, columns))
        assert [row[0] for rows in found for row in rows] == [person.reference for person in people]
        sizes.append([len(rows) for rows in found])
    assert sizes == [[5], [2, 2, 1], [1, 1, 1, 1, 1]]


def test_a_workbook_continues_on_another_sheet(monkeypatch: pytest.MonkeyPatch) -> None:
    from openpyxl import load_workbook

    monkeypatch.setattr(writing, "_MOST_SHEET_ROWS", 3)
    file = io.BytesIO()
    writing.write_xlsx(file, ["A"], [[["1"], ["2"]], [["3"]]])
    sheets = load_workbook(io.BytesIO(file.getvalue())).worksheets
    assert [[row[0] for row in sheet.values] for sheet in sheets] == [["A", "1", "2"], ["A", "3"]]


def test_nothing_is_exported_when_a_filter_is_lost(as_rita: Client) -> None:
    diet = QuestionFactory(is_private=True)
    kept = f"?meeting__id__exact={diet.meeting_id}"
    response = exported(as_rita, f"{kept}&answer_{diet.pk}=none")
    assert (response.status_code, response.headers["Location"]) == (302, reverse(SUBMISSIONS) + kept)
    assert said(response) == [
        "warning: Nothing was exported.",
        "warning: Some of the filters are not there, or not yours to use: they were left out.",
    ]
