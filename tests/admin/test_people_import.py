"""The pages on which people are imported, from the file to the way back."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from registration.admin import people_import
from registration.flow import enlist, jobs
from registration.models import AuditEntry, Job, Meeting, RoleAssignment, Submission
from registration.transfer import reading, run
from tests.admin.pages import buttons, complaints, facts, page_of, said, soup, text
from tests.cast import MeetingFactory, QuestionFactory, SubmissionFactory
from tests.transfer.files import comma_separated, csv_rows, xlsx

pytestmark = pytest.mark.django_db

ROWS = [["First name", "Last name", "E-mail"], ["=Ann", "Lee", "ann@example.com"], ["Bo", "<b>Ray</b>", "nobody"]]


def upload(client: Client, meeting: Meeting, content: bytes, *, name: str = "people.csv") -> Any:
    return client.post(f"/admin/registration/meeting/{meeting.pk}/people/", {"file": SimpleUploadedFile(name, content)})


def columns(response: Any) -> dict[str, str]:
    """What the selects say."""
    return {
        str(select["name"]): str((select.select_one("option[selected]") or {"value": ""})["value"])
        for select in soup(response).select("select[name^=column]")
    }


def checked(client: Client, meeting: Meeting, rows: list[list[str]]) -> tuple[str, Job]:
    """The address of an import whose columns were taken as they were guessed, and that was checked."""
    address = upload(client, meeting, comma_separated(rows))["Location"]
    answer = client.post(address, {**columns(client.get(address)), "check": ""})
    assert (answer.status_code, answer["Location"]) == (302, address)
    job = Job.objects.latest("pk")
    assert run.run(job.pk)
    return address, job


def press_import(client: Client, address: str, *, shown: Any = None, **choice: str) -> Any:
    """Press “Import” on the preview as it is, or as it was shown."""
    hidden = soup(shown or client.get(address)).select_one("input[name=checked]")
    assert hidden is not None
    chosen = {"rows": "all", "decision": "waiting", **choice}
    return client.post(address, {"checked": str(hidden["value"]), "import": "", **chosen})


def notes(response: Any) -> list[str]:
    """What is said at the top, where a browser goes; each link there leads to something on the page."""
    page = soup(response)
    told = page.select("#content > .errornote[autofocus]")
    assert all(page.select(str(link["href"])) for note in told for link in note.select("a"))
    return [text(note) for note in told]


def test_from_the_file_to_the_way_back(as_dana: Client, dana: User) -> None:
    meeting = MeetingFactory()
    SubmissionFactory(meeting=meeting, email="known@example.com")
    rows = [*ROWS, ["Cy", "Known", "known@example.com"], ["Ann", "Again", "ANN@example.com"]]
    assert "Import people" in buttons(as_dana.get(page_of(meeting)))
    address, job = checked(as_dana, meeting, rows)
    preview = as_dana.get(address)
    assert facts(preview) == {
        "New": "1",
        "Registered already, skipped": "1",
        "Twice in the file, skipped": "1",
        "With something wrong": "1",
    }
    words = "Enter an e-mail address in the usual form, such as name@example.com"
    bad = soup(preview).select("#bad ~ .wide-table tbody tr")
    assert [[text(cell) for cell in row.select("th, td")] for row in bad] == [["3", "E-mail", "nobody", words]]
    told: Any = as_dana.get(f"{address}problems.csv")
    assert csv_rows(b"".join(told.streaming_content)) == [
        ["Row", "Column", "Value", "What is wrong"],
        ["3", "E-mail", "nobody", words],
        ["4", "", "", "This address is registered already: the row is skipped."],
        ["5", "", "", "This address stands in a row above: this one is skipped."],
    ]
    refused = press_import(as_dana, address)
    assert complaints(refused) == ["Something is wrong with 1 row: mend the file, or choose the others."]
    assert notes(refused) == [
        "Nothing has been imported yet. Something is wrong with 1 row: mend the file, or choose the others."
    ]
    assert press_import(as_dana, address, rows="valid", decision="approved").status_code == 302
    assert "about to begin" in text(soup(as_dana.get(address)).select_one("[data-poll]"))
    run.run(job.pk)
    assert as_dana.get(f"{address}progress/")["X-Poll"] == "done"
    result = as_dana.get(address)
    assert facts(result) == {
        "Imported": "1",
        "Skipped: registered already": "1",
        "Skipped: twice in the file": "1",
        "Skipped: something was wrong": "1",
    }
    person = Submission.objects.get(email_key="ann@example.com")
    assert (person.first_name, person.decision) == ("=Ann", "approved")
    assert soup(result).select_one("input[name=undo]") is not None
    assert as_dana.post(address, {"undo": ""}).status_code == 302
    run.run(job.pk)
    assert facts(as_dana.get(address)) == {
        "Removed again": "1",
        "Left as they are, since they were changed or sent to Webex": "0",
        "Not looked at": "0",
    }
    assert not Submission.objects.filter(pk=person.pk).exists()
    assert soup(as_dana.get(address)).select_one("input[name=undo]") is None


def test_who_was_changed_since_is_named_after_an_undo(as_dana: Client) -> None:
    meeting = MeetingFactory()
    address, job = checked(as_dana, meeting, ROWS[:2])
    press_import(as_dana, address)
    run.run(job.pk)
    Submission.objects.update(presence="registered")
    as_dana.post(address, {"undo": ""})
    run.run(job.pk)
    person = Submission.objects.get()
    links = soup(as_dana.get(address)).select("#content .names a")
    assert [(link["href"], text(link)) for link in links] == [(page_of(person), str(person))]
    entry = AuditEntry.objects.filter(action="listed").latest("pk")
    assert (entry.meeting, entry.thing, entry.count) == (meeting, f"import {job.pk}", 1)


def test_whoever_sees_cells_of_a_file_leaves_an_entry_with_how_many_rows(as_dana: Client, dana: User) -> None:
    meeting = MeetingFactory()
    address, job = checked(as_dana, meeting, [ROWS[0], *[["A", "B", "x"]] * 60, ["C", "D", "c@example.com"]])
    for page in (address, f"{address}?page=2", f"{address}problems.csv", f"{address}progress/"):
        as_dana.get(page)
    press_import(as_dana, address, rows="valid")
    run.run(job.pk)
    as_dana.get(address)
    of_import = f"import {job.pk}"
    listed = ("listed", dana.pk, meeting.pk, of_import)
    entries = AuditEntry.objects.order_by("pk").values_list("action", "by", "meeting", "thing", "count")
    assert list(entries) == [
        ("added", dana.pk, meeting.pk, of_import, 0),
        (*listed, 1),  # the columns, with what stands first in each
        (*listed, 50),
        (*listed, 10),
        ("exported", dana.pk, meeting.pk, f"CSV: problems of {of_import}", 60),
        (*listed, 50),  # looked at once more, to press the button
        ("imported", dana.pk, meeting.pk, of_import, 1),
    ]


def test_columns_that_are_wrong_are_told_above_the_preview(as_dana: Client) -> None:
    address, _job = checked(as_dana, MeetingFactory(), ROWS)
    assert notes(as_dana.get(address)) == []
    refused = as_dana.post(address, {"column_0": "email", "column_1": "email", "column_2": "email", "check": ""})
    assert notes(refused) == ["The rows have not been checked anew: the columns need another look."]


def test_columns_are_guessed_shown_with_a_sample_and_held(as_dana: Client) -> None:
    meeting = MeetingFactory()
    question = QuestionFactory(meeting=meeting, text="Why?", is_required=True)
    rows = [["E-mail", "Surname", "Warum?", "First"], ["a@example.com", "", "<i>so</i>", "x" * 60]]
    address = upload(as_dana, meeting, comma_separated(rows))["Location"]
    page = as_dana.get(address)
    assert columns(page) == {"column_0": "email", "column_1": "last_name", "column_2": "", "column_3": "first_name"}
    lines = [[text(cell) for cell in row.select("td:not(:has(select))")] for row in soup(page).select("tbody tr")]
    assert lines == [
        ["E-mail", "a@example.com"],
        ["Surname", ""],
        ["Warum?", "<i>so</i>"],
        ["First", "x" * 40 + "…"],
    ]
    assert "no column has them yet: Why?" in text(soup(page).select_one(".caution"))
    wrong = {"column_0": "email", "column_1": "email", "column_2": "token", "column_3": "first_name", "check": ""}
    assert complaints(as_dana.post(address, wrong)) == [
        "Choose only one column for: E-mail address",
        "Choose one of these",
    ]
    wrong = {"column_0": "email", "check": ""}
    assert complaints(as_dana.post(address, wrong)) == ["Choose a column for: First name, Last name"]
    chosen = {**columns(page), "column_2": f"question_{question.pk}", "check": ""}
    assert as_dana.post(address, chosen).status_code == 302
    assert Job.objects.get().parameters["mapping"] == ["email", "last_name", f"question_{question.pk}", "first_name"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The file is empty."),
        (b"a,b\n", "The file has a header and no row below it."),
        (b"\x89PNG\0\0\0", "This is neither a CSV file nor an XLSX file."),
        (b"PK\x03\x04", "The workbook cannot be read. Save it as XLSX once more, or as CSV."),
        (b"a\n" + b"x" * reading.MOST_BYTES, "The file has more than 20 MB."),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(as_dana: Client, content: bytes, words: str) -> None:
    assert complaints(upload(as_dana, MeetingFactory(), content)) == [words]
    assert not Job.objects.exists()


def test_no_file_is_refused_and_a_huge_one_is_not_read(as_dana: Client) -> None:
    meeting = MeetingFactory()
    address = f"/admin/registration/meeting/{meeting.pk}/people/"
    assert complaints(as_dana.post(address, {"x": ""})) == ["Choose a file"]
    content = b"x" * (reading.MOST_BYTES + people_import._ENVELOPE)
    assert upload(as_dana, meeting, content).status_code == 413


def test_a_file_of_several_megabytes_is_read_whole(as_dana: Client) -> None:
    """Any other page keeps two."""
    rows = [ROWS[0], *[["Ann", "x" * 90, f"a{number}@example.com"] for number in range(30_000)]]
    address = upload(as_dana, MeetingFactory(), comma_separated(rows))["Location"]
    assert as_dana.get(address).status_code == 200
    total = sum(len(bytes(part.content)) for part in Job.objects.get().parts.all())
    assert total == len(comma_separated(rows)) > 3_000_000


def test_a_workbook_is_uploaded_as_well(as_dana: Client) -> None:
    meeting = MeetingFactory()
    address = upload(as_dana, meeting, xlsx(ROWS), name="people.xlsx")["Location"]
    assert columns(as_dana.get(address)) == {"column_0": "first_name", "column_1": "last_name", "column_2": "email"}


def test_a_file_without_a_csrf_token_is_not_taken(dana: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(dana)
    meeting = MeetingFactory()
    assert upload(client, meeting, comma_separated(ROWS)).status_code == 403
    assert not Job.objects.exists()


def test_many_bad_cells_are_paged(as_dana: Client, django_assert_max_num_queries: Any) -> None:
    meeting = MeetingFactory()
    address, job = checked(as_dana, meeting, [ROWS[0], *[["", "", ""] for _ in range(3)], *[["A", "B", "x"]] * 120])
    assert (job.rows.filter(outcome="bad").count(), job.rows.count()) == (120, 120)
    with django_assert_max_num_queries(34):
        pages = [soup(as_dana.get(f"{address}?page={page}")) for page in (1, 3)]
    assert [len(page.select("#bad ~ .wide-table tbody tr")) for page in pages] == [50, 20]
    assert text(pages[1].select_one("nav.pages")) == "Earlier rows Page 3 of 3"


def test_a_double_click_and_two_tabs_import_once(as_dana: Client) -> None:
    meeting = MeetingFactory()
    address, job = checked(as_dana, meeting, ROWS[:2])
    shown = as_dana.get(address)
    for decision in ("waiting", "approved"):
        response = press_import(as_dana, address, shown=shown, decision=decision)
        assert (response.status_code, said(response)) == (302, [])
    run.run(job.pk)
    assert said(press_import(as_dana, address, shown=shown, decision="approved")) == []
    assert not run.run(job.pk)
    assert [person.decision for person in meeting.submissions.all()] == ["waiting"]


@pytest.mark.parametrize("is_done", [True, False])
def test_only_what_was_shown_is_imported(as_dana: Client, is_done: bool) -> None:
    """Another tab says that the columns are others, and has the rows checked anew."""
    meeting = MeetingFactory()
    address, job = checked(as_dana, meeting, ROWS[:2])
    shown = as_dana.get(address)
    as_dana.post(address, {"column_0": "last_name", "column_1": "first_name", "column_2": "email", "check": ""})
    if is_done:
        run.run(job.pk)
    words = "warning: The rows were checked anew meanwhile: look at them again."
    assert said(press_import(as_dana, address, shown=shown)) == [words]
    run.run(job.pk)
    assert not meeting.submissions.exists()
    assert press_import(as_dana, address).status_code == 302
    run.run(job.pk)
    assert [person.first_name for person in meeting.submissions.all()] == ["Lee"]


def test_rows_are_held_to_the_form_as_it_is_when_they_are_imported(as_dana: Client) -> None:
    meeting = MeetingFactory()
    address, job = checked(as_dana, meeting, ROWS[:2])
    shown = as_dana.get(address)
    question = QuestionFactory(meeting=meeting, text="Diet?", is_required=True)
    words = "The form has changed since the rows were checked: check them again."
    assert said(press_import(as_dana, address, shown=shown)) == [f"warning: {words}"]
    assert not run.run(job.pk)
    page = as_dana.get(address)
    assert text(soup(page).select_one(".caution")) == words
    assert soup(page).select("[name=import]") == []
    as_dana.post(address, {**columns(page), "check": ""})
    run.run(job.pk)
    assert facts(as_dana.get(address))["With something wrong"] == "1"
    question.delete()
    as_dana.post(address, {**columns(page), "check": ""})
    run.run(job.pk)
    press_import(as_dana, address)
    assert run.run(job.pk)
    assert meeting.submissions.count() == 1


PAST = {"start_at": timezone.now() - timedelta(days=2), "end_at": timezone.now() - timedelta(days=1)}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"is_cancelled": True}, "This meeting has been cancelled: nobody can be imported."),
        (PAST, "This meeting is over: nobody can be imported."),
    ],
)
def test_nobody_is_imported_into_a_meeting_that_is_cancelled_or_over(
    as_dana: Client, changes: dict[str, Any], words: str
) -> None:
    meeting = MeetingFactory()
    address, job = checked(as_dana, meeting, ROWS[:2])
    shown = as_dana.get(address)
    Meeting.objects.update(**changes)
    assert said(press_import(as_dana, address, shown=shown)) == [f"warning: {words}"]
    assert text(soup(as_dana.get(address)).select_one(".caution")) == words
    response = upload(as_dana, meeting, comma_separated(ROWS))
    assert (response.status_code, text(soup(response).select_one(".caution"))) == (200, words)
    assert soup(response).select("input[type=file]") == []
    assert not run.run(job.pk)
    assert (Job.objects.count(), meeting.submissions.count()) == (1, 0)


def test_an_import_can_be_stopped(as_dana: Client, dana: User) -> None:
    address, job = checked(as_dana, MeetingFactory(), ROWS[:2])
    press_import(as_dana, address)
    assert said(as_dana.post(address, {"stop": ""})) == ["success: It was stopped. What was done until then is below."]
    entry = AuditEntry.objects.get(action="edited")
    assert (entry.by, entry.meeting, entry.thing, entry.count) == (dana, job.meeting, f"import {job.pk}", 0)
    assert (entry.before, entry.after) == ({"State": "about to begin"}, {"State": "cancelled"})
    assert not run.run(job.pk)
    assert facts(as_dana.get(address))["Not imported: it did not get to its end"] == "1"
    assert soup(as_dana.get(address)).select(".caution") == []


def test_of_an_import_that_was_stopped_on_the_way_it_is_said_what_there_is_and_what_to_do(
    as_dana: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(enlist, "AT_ONCE", 1)
    meeting = MeetingFactory()
    address, job = checked(as_dana, meeting, [*ROWS[:2], ["Bo", "Ray", "bo@example.com"]])
    press_import(as_dana, address)
    real = enlist._register

    def then_stopped(*args: Any, **more: Any) -> None:
        real(*args, **more)
        monkeypatch.setattr(enlist, "_register", real)
        jobs.cancel(job, by=job.by)

    monkeypatch.setattr(enlist, "_register", then_stopped)
    assert not run.run(job.pk)
    page = as_dana.get(address)
    assert (facts(page)["Imported"], facts(page)["Not imported: it did not get to its end"]) == ("1", "1")
    assert text(soup(page).select_one(".caution")) == (
        "A part of the people is registered, the others are not. Undo the import below, or import the file once more: "
        "who is registered is skipped then."
    )
    as_dana.post(address, {"undo": ""})
    assert run.run(job.pk)
    assert not meeting.submissions.exists()


@pytest.mark.parametrize(
    "data", [{}, {"import": ""}, {"check": ""}, {"undo": ""}, {"stop": ""}, {"import": "", "rows": "x"}]
)
def test_what_no_page_of_ours_sends_changes_nothing(as_dana: Client, data: dict[str, str]) -> None:
    address, _job = checked(as_dana, MeetingFactory(), ROWS[:2])
    assert as_dana.post(address, data).status_code in (200, 302)
    assert not Submission.objects.exists()


def test_once_its_file_is_gone_an_import_says_so(as_dana: Client) -> None:
    address = upload(as_dana, MeetingFactory(), comma_separated(ROWS))["Location"]
    Job.objects.get().parts.all().delete()
    assert "The file is no longer here" in text(soup(as_dana.get(address)).select_one("#content"))
    assert as_dana.post(address, {"column_0": "email", "check": ""}).status_code == 302


# --- roles ------------------------------------------------------------------------------------------------------------


def eve(meeting: Meeting, role: str) -> Client:
    user = User.objects.create_user("eve", is_staff=True)
    RoleAssignment.objects.create(user=user, role=role, meeting=meeting)
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize(("role", "may"), [("viewer", False), ("reviewer", False), ("manager", True)])
def test_only_managers_of_the_meeting_import(as_dana: Client, role: str, may: bool) -> None:
    meeting = MeetingFactory()
    address, _job = checked(as_dana, meeting, ROWS[:2])
    client = eve(meeting, role)
    found = 200 if may else 404
    for page in (f"/admin/registration/meeting/{meeting.pk}/people/", address, f"{address}progress/"):
        assert client.get(page).status_code == found
    assert client.get(f"{address}problems.csv").status_code == found
    assert upload(client, meeting, comma_separated(ROWS)).status_code == (302 if may else 404)
    assert ("Import people" in buttons(client.get(page_of(meeting)))) is may


def test_eve_finds_nothing_of_other_meetings(as_dana: Client) -> None:
    theirs, hers = MeetingFactory(), MeetingFactory()
    address, job = checked(as_dana, theirs, ROWS[:2])
    client = eve(hers, "administrator")
    own = address.replace(f"/{theirs.pk}/people/", f"/{hers.pk}/people/")
    for page in (address, own, f"{own}progress/", f"{own}problems.csv", f"/admin/exports/{job.pk}/"):
        assert client.get(page).status_code == 404
        assert client.post(page, {"import": "", "rows": "all", "decision": "approved"}).status_code in (404, 405)
    job.refresh_from_db()
    assert job.work == "check"


def test_whoever_may_change_meetings_and_not_decide_imports_nobody() -> None:
    from tests.admin.conftest import _staff

    user = _staff("max", "view_meeting", "change_meeting")
    client = Client()
    client.force_login(user)
    meeting = MeetingFactory()
    assert client.get(f"/admin/registration/meeting/{meeting.pk}/people/").status_code == 403
    assert "Import people" not in buttons(client.get(page_of(meeting)))
