"""The staff's pages about mails, and the mails themselves as mail programs show them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django import Settings

from registration.flow import post
from registration.mail import message, write
from registration.models import Mail, Meeting
from registration.states import Decision
from tests.browser.accessibility import clipped_texts, sideways_scrolling, violations
from tests.browser.pictures import HEIGHTS, NARROW, SCHEMES, WIDE, take
from tests.cast import MeetingFactory, SubmissionFactory
from tests.mail.people import DECISIONS, ann

pytestmark = pytest.mark.django_db(transaction=True)

REASON = "The room is full.\nThe next meeting is in March, and has more room."


@pytest.fixture
def meeting(transactional_db: None, settings: Settings, tmp_path: Path) -> Iterator[Meeting]:
    """A meeting whose mails are kept as files, with a mail in each state."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path)
    found: Meeting = MeetingFactory(title="Product launch", slug="launch", host_display_name="Dana Host")
    now = timezone.now()
    for name in ("Ann", "Bo", "علي"):
        person = SubmissionFactory(meeting=found, first_name=name, approved=True)
        write(person.pk, Mail.Kind.APPROVED, at=now)
    post.send(Mail.objects.all())
    gone = SubmissionFactory(meeting=found, first_name="Cy", decision=Decision.DECLINED, decision_reason=REASON)
    write(gone.pk, Mail.Kind.DECLINED, at=now)
    Mail.objects.create(submission=gone, kind="reminder", queued_at=now, failure="outdated")
    Mail.objects.create(submission=gone, kind="received", queued_at=now, failure="SMTPRecipientsRefused 550")
    yield found


def check(page: Page, name: str, *, is_ours: bool = True) -> None:
    """Look at the page on a laptop and a phone, in light and dark; what is ours on it is put to axe-core as well."""
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        for width in (WIDE, NARROW):
            page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
            take(page, f"{name}-{scheme}")
            assert sideways_scrolling(page) == []
            assert not is_ours or violations(page, within="#content") == []


def test_the_pages_of_mails(staff: Page, meeting: Meeting) -> None:
    declined = Mail.objects.get(kind="declined")
    for name, (address, heading) in {
        "admin-mails": ("mail/", "Select mail to view"),
        "admin-mail": (f"mail/{declined.pk}/change/", "Declined"),
        "admin-kept-mails": ("mail/kept/", "Kept mails"),
        "admin-mail-texts": (f"meeting/{meeting.pk}/mails/", "Texts of mails"),
    }.items():
        staff.goto(f"/admin/registration/{address}")
        expect(staff.get_by_role("heading", level=1)).to_have_text(heading)
        check(staff, name, is_ours=name not in {"admin-mails", "admin-mail"})


def test_a_kept_mail_is_opened_from_the_index_and_its_link_leads_to_the_own_page(staff: Page, meeting: Meeting) -> None:
    staff.goto("/admin/")
    expect(staff.locator(".needs li", has_text="Mails that do not arrive")).to_have_text("1 Mails that do not arrive")
    check(staff, "admin-index-with-mails")
    staff.get_by_role("link", name="Kept mails").click()
    staff.get_by_role("link", name="Your registration is approved").first.click()
    expect(staff.get_by_role("link", name="See it as HTML")).to_be_visible()
    check(staff, "admin-kept-mail")
    with staff.expect_download() as saved:
        staff.get_by_role("link", name=".ics").click()
    assert saved.value.suggested_filename == f"{meeting.slug}.ics"
    staff.get_by_role("link", name="See it as HTML").click()
    expect(staff.get_by_role("heading", level=1)).to_have_text("Product launch")
    staff.get_by_role("link", name="Open your own page").click()
    expect(staff.get_by_role("heading", name="Approved")).to_be_visible()


def test_words_are_written_with_a_preview(staff: Page, meeting: Meeting) -> None:
    staff.goto(f"/admin/registration/meeting/{meeting.pk}/change/")
    staff.get_by_role("link", name="Texts of mails").click()
    staff.get_by_role("link", name="Approved").click()
    staff.get_by_label("Text").fill("good news, {firstname}.")
    staff.get_by_role("button", name="Preview", exact=True).click()
    expect(staff.locator(".errorlist")).to_have_text("There is no placeholder {firstname}. Did you mean {first_name}?")
    check(staff, "admin-mail-text-wrong")
    staff.get_by_label("Text").fill("good news, {first_name}. Read https://example.com/agenda before.")
    staff.get_by_role("button", name="Preview", exact=True).click()
    expect(staff.get_by_role("region", name="Text of the mail")).to_contain_text("good news, Robin.")
    check(staff, "admin-mail-text")
    with staff.context.expect_page() as opened:
        staff.get_by_role("button", name="Preview as HTML, in a new tab").click()
    expect(opened.value.get_by_text("good news, Robin.")).to_be_visible()
    staff.get_by_role("button", name="Save").click()
    expect(staff.get_by_role("row", name="Approved")).to_contain_text("your own")


def test_the_news_are_written_after_a_look_at_them(staff: Page, meeting: Meeting) -> None:
    staff.goto(f"/admin/registration/meeting/{meeting.pk}/change/")
    staff.get_by_role("button", name="Write to everybody who is registered …").click()
    expect(staff.get_by_role("heading", level=1)).to_have_text("Write to 3 people")
    check(staff, "admin-news")
    staff.get_by_role("button", name="Write to them").click()
    expect(staff.locator(".messagelist")).to_contain_text("3 mails are on their way.")


# --- the mails as HTML ------------------------------------------------------------------------------------------------


def test_every_kind_can_be_read_in_light_and_dark_on_a_phone(visitor: Page) -> None:
    for kind in Mail.Kind:
        submission = ann(
            kind,
            meeting={"slug": kind.value, "title": "Product launch with a rather long title, and a question or two"},
            decision=DECISIONS.get(kind, Decision.WAITING),
        )
        html = str(message(submission, kind).alternatives[0][0])
        visitor.set_content(html)
        for scheme in SCHEMES:
            visitor.emulate_media(color_scheme=scheme)
            for width in (NARROW, 320):
                visitor.set_viewport_size({"width": width, "height": HEIGHTS[NARROW]})
                if width == NARROW:
                    take(visitor, f"mail-{kind}-{scheme}")
                assert (sideways_scrolling(visitor), clipped_texts(visitor)) == ([], [])
            assert [words for words in violations(visitor) if not words.startswith(("region", "landmark"))] == []
