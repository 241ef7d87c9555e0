"""Staff export a list, and import people from a file, in a real browser."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from registration.admin import export
from registration.models import Job, Meeting, Question, Submission
from registration.transfer import run
from tests.browser.accessibility import sideways_scrolling, small_targets, violations
from tests.browser.pictures import HEIGHTS, NARROW, SCHEMES, WIDE, take
from tests.cast import MeetingFactory, QuestionFactory, SubmissionFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def meeting(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Meeting]:
    """A meeting with few places, a waiting list and a question; jobs wait until the test has them done."""
    monkeypatch.setattr(run, "start", lambda job: None)
    found: Meeting = MeetingFactory(title="Product launch", slug="launch", capacity=3, waiting_list="at_once")
    QuestionFactory(
        meeting=found, text="What do you hope to see?", type=Question.Type.CHECKBOX, options=["Demo", "Roadmap"]
    )
    SubmissionFactory(meeting=found, first_name="Known", email="known@example.com")
    yield found


def check(page: Page, name: str) -> None:
    """Look at the page on a laptop and a phone, in light and dark; what is ours is put to axe-core."""
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        for width in (NARROW, WIDE):
            page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
            take(page, f"{name}-{scheme}")
            assert sideways_scrolling(page) == []
            assert violations(page, within="#content") == []
    assert [target for target in small_targets(page) if "transfer" in target] == []


def people(folder: Path) -> Path:
    """A file with people in it who are new, known, there twice, and not right."""
    rows = [
        ["Given name", "Surname", "E-mail", "Colour", "What do you hope to see?"],
        *[[f"Zoë {number}", "Müller-Weiß", f"zoe{number}@example.com", "red", "demo; roadmap"] for number in range(4)],
        ["علي", "Okafor", "known@example.com", "", ""],
        ["Zoë", "Again", "ZOE1@example.com", "", ""],
        ["<b>Eve</b>", "https://evil.example/", "eve-at-example.com", "=cmd", "Lunch"],
        ["", "Nobody", "nobody@example.com", "", "x" * 300],
    ]
    path = folder / "people.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, delimiter=";").writerows(rows)
    return path


def test_people_are_imported_step_by_step_and_that_is_undone(staff: Page, meeting: Meeting, tmp_path: Path) -> None:
    staff.goto(f"/admin/registration/meeting/{meeting.pk}/change/")
    staff.get_by_role("link", name="Import people").click()
    expect(staff.get_by_label("File")).to_be_visible()
    check(staff, "import-upload")
    staff.get_by_label("File").set_input_files(people(tmp_path))
    staff.get_by_role("button", name="Upload").click()
    expect(staff.get_by_label("Given name")).to_have_value("first_name")
    expect(staff.get_by_label("Colour")).to_have_value("")
    check(staff, "import-columns")
    staff.get_by_role("button", name="Check the rows").click()
    expect(staff.get_by_role("status")).to_contain_text("about to begin")
    check(staff, "import-progress")
    job = Job.objects.get()
    run.run(job.pk)
    staff.get_by_role("link", name="See what the check found").click()
    expect(staff.locator("dl")).to_contain_text("New")
    check(staff, "import-preview")
    staff.get_by_label("all, only if nothing is wrong with any row").check()
    staff.get_by_role("button", name="Import", exact=True).click()
    refused = "Something is wrong with 2 rows: mend the file, or choose the others."
    expect(staff.locator(".errorlist")).to_have_text(refused)
    expect(staff.locator(".errornote")).to_be_focused()
    check(staff, "import-refused")
    staff.get_by_role("link", name=refused).click()
    expect(staff.get_by_label("all, only if nothing is wrong with any row")).to_be_focused()
    staff.get_by_label("those in which nothing is wrong").check()
    staff.get_by_label("approved at once, by you").check()
    staff.get_by_role("button", name="Import", exact=True).click()
    expect(staff.get_by_role("status")).to_be_visible()
    Job.objects.filter(pk=job.pk).update(state="running", done=2, total=4)
    expect(staff.get_by_role("status")).to_contain_text("2 of 4 rows (50 %)")
    check(staff, "import-under-way")
    Job.objects.filter(pk=job.pk).update(state="waiting")
    run.run(job.pk)
    staff.get_by_role("link", name="See what came of it").click()
    expect(staff.locator("dl")).to_contain_text("Imported")
    check(staff, "import-result")
    assert sorted(meeting.submissions.values_list("decision", flat=True)) == [
        "approved", "approved", "waiting", "waitlisted", "waitlisted",
    ]  # fmt: skip
    Submission.objects.filter(email_key__in=["zoe0@example.com", "zoe1@example.com"]).update(presence="registered")
    staff.get_by_role("button", name="Undo the import").click()
    expect(staff.get_by_role("status")).to_be_visible()
    run.run(job.pk)
    staff.get_by_role("link", name="See what came of it").click()
    expect(staff.locator(".names li")).to_contain_text(["Zoë 0 Müller-Weiß", "Zoë 1 Müller-Weiß"])
    check(staff, "import-undone")
    assert meeting.submissions.count() == 3


def test_the_list_is_exported_at_once_and_in_the_background(
    staff: Page, meeting: Meeting, monkeypatch: pytest.MonkeyPatch
) -> None:
    SubmissionFactory.create_batch(2, meeting=meeting)
    staff.goto("/admin/registration/submission/?decision__exact=waiting")
    for scheme in SCHEMES:
        staff.emulate_media(color_scheme=scheme)
        for width in (NARROW, WIDE):
            staff.set_viewport_size({"width": width, "height": HEIGHTS[width]})
            take(staff, f"export-list-{scheme}")
    for words, name in (("Export as CSV", ".csv"), ("Export as XLSX", ".xlsx")):
        with staff.expect_download() as found:
            staff.get_by_role("button", name=words).click()
        assert found.value.suggested_filename.endswith(name)
    monkeypatch.setattr(export, "XLSX_AT_ONCE", 2)
    staff.get_by_role("button", name="Export as XLSX").click()
    expect(staff.get_by_role("heading", level=1)).to_have_text("Export of 3 people")
    check(staff, "export-waiting")
    run.run(Job.objects.get().pk)
    expect(staff.get_by_role("link", name="Download the workbook")).to_be_visible()
    check(staff, "export-done")
    with staff.expect_download() as found:
        staff.get_by_role("link", name="Download the workbook").click()
    assert Path(found.value.path()).read_bytes()[:2] == b"PK"
    staff.goto("/admin/exports/")
    check(staff, "export-own")
