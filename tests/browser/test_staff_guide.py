"""The guide for staff: each of its pictures is one that a browser makes of the page as it is now.

``make guide`` writes them to docs/pictures/, each with the labels of its page in it. Any other run makes them in a
folder that is thrown away, and holds the pages to those labels: dates, and a machine's fonts, are other ones. The guide
names every picture that there is, and no other, every place at the top of the pages, and no label that is on none.
"""

import calendar
import os
import re
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import pytest
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import User
from django.utils import timezone
from PIL import Image
from PIL.PngImagePlugin import PngImageFile, PngInfo
from playwright.sync_api import Page, expect

from registration.admin.navigation import PLACES
from registration.flow import review
from registration.models import Meeting, RoleAssignment
from registration.roles import Role
from registration.sandbox.server import SandboxServer
from tests.browser.busy import busy_meeting
from tests.browser.reviewing import do_action
from tests.cast import ApprovalRuleFactory

pytestmark = pytest.mark.django_db(transaction=True)

GUIDE = Path(settings.BASE_DIR) / "docs" / "staff-guide.md"
PICTURES = GUIDE.parent / "pictures"
WIDTH, HEIGHT = 1200, 760
LARGEST = 150_000
"""Bytes of a picture."""
COLORS = 128
LABELS = "h1, h2, h3, h4, caption, thead th, dt, label, legend, button, summary, #nav-sidebar a, nav a"
"""What stands on a page whoever is on it."""
VARYING = re.compile(rf"\d+|{'|'.join(calendar.month_name[1:])}")
RULES = [
    ("email", "endsWith", "@competitor.example", "reject"),
    ("company_name", "contains", "Partner", "approve"),
    ("email", "endsWith", "@university.example", "hold"),
]


class Screen(NamedTuple):
    """A picture: its name, how to get to what is on it, and the heading of that page."""

    name: str
    go: Callable[[Page, Meeting], object]
    heading: str


def _at(address: str) -> Callable[[Page, Meeting], object]:
    return lambda page, meeting: page.goto(f"/admin/{address.format(meeting.pk)}")


def _person(page: Page, meeting: Meeting) -> None:
    page.goto("/admin/registration/submission/")
    page.get_by_role("link", name="Lena Müller-Weiß").click()


def _review(page: Page, meeting: Meeting) -> None:
    page.goto(f"/admin/registration/submission/review/{meeting.submissions.get(email_key='jb@example.com').pk}/")


SCREENS = [
    Screen("start", _at(""), "Meetings and registrations"),
    Screen("attention", _at("attention/"), "Needs attention"),
    Screen("glance", _at("registration/meeting/{}/glance/"), "Product launch"),
    Screen("import", _at("registration/meeting/import/"), "Import a meeting from Webex"),
    Screen("meetings", _at("registration/meeting/"), "Select meeting to change"),
    Screen("meeting", _at("registration/meeting/{}/change/"), "Change meeting"),
    Screen("form", _at("registration/meeting/{}/form/"), "Form"),
    Screen("rules", _at("registration/meeting/{}/rules/"), "Approval rules"),
    Screen("submissions", _at("registration/submission/"), "Select submission to view"),
    Screen("person", _person, "Lena Müller-Weiß"),
    Screen(
        "decline", lambda page, _: do_action(page, "Decline …", to=["Ada Okafor", "Wei Li"]), "Decline 2 registrations"
    ),
    Screen("review", _review, "J B"),
    Screen("outbox", _at("registration/meeting/{}/outbox/"), "Outbox"),
    Screen("mails", _at("registration/mail/"), "Select mail to view"),
    Screen("mail-texts", _at("registration/meeting/{}/mails/"), "Texts of mails"),
    Screen("batches", _at("registration/batch/"), "Select batch to view"),
    Screen("people", _at("registration/meeting/{}/people/"), "Import people"),
    Screen("roles", _at("registration/roleassignment/"), "Select role to change"),
    Screen("audit", _at("registration/auditentry/"), "Select audit entry to view"),
]
"""Every picture of the guide. For a new page, one line here, the picture in the guide, and ``make guide``."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the pictures go: those of the guide where they are to be made anew."""
    if not os.environ.get("MAKE_GUIDE"):
        return tmp_path
    PICTURES.mkdir(exist_ok=True)
    for old in PICTURES.glob("*.png"):
        old.unlink()
    return PICTURES


def test_every_picture_of_the_guide_is_made(staff: Page, sandbox: SandboxServer, dana: User, folder: Path) -> None:
    meeting = _with_a_team(_some_days_later(busy_meeting(sandbox, by=dana)), dana)
    staff.set_viewport_size({"width": WIDTH, "height": HEIGHT})
    for screen in SCREENS:
        screen.go(staff, meeting)
        expect(staff.get_by_role("heading", level=1)).to_have_text(screen.heading)
        _save(staff.screenshot(animations="disabled"), folder / f"{screen.name}.png", labels=_labels(staff))
    made = {picture.name: picture.stat().st_size for picture in folder.glob("*.png")}
    assert sorted(made) == sorted(f"{screen.name}.png" for screen in SCREENS)
    assert {name: size for name, size in made.items() if size > LARGEST} == {}
    for name in made:
        assert _kept_labels(folder / name) == _kept_labels(PICTURES / name), f"Look at {name}, and run: make guide"


def _some_days_later(meeting: Meeting) -> Meeting:
    """The meeting as if its people had signed up one after the other, and with nothing wrong elsewhere."""
    for n, person in enumerate(meeting.submissions.order_by("pk")):
        at = person.submitted_at - timedelta(hours=n * n // 2)
        meeting.submissions.filter(pk=person.pk).update(submitted_at=at)
    Meeting.objects.exclude(pk=meeting.pk).update(webex_id="", paused_at=None, pause_reason="", capacity=40)
    meeting.start_at, meeting.capacity = timezone.now() + timedelta(days=12), 30
    meeting.end_at = meeting.start_at + timedelta(hours=1)
    meeting.save()
    return meeting


def _with_a_team(meeting: Meeting, dana: User) -> Meeting:
    """The meeting with rules, a decision that is held, and others who have a role for it."""
    for field, condition, value, result in RULES:
        ApprovalRuleFactory(meeting=meeting, field=field, condition=condition, value=value, result=result)
    Meeting.objects.filter(pk=meeting.pk).update(approval="rules", holds_decisions=True)
    review.decline(meeting.submissions.filter(email_key="wei.li@example.com"), by=dana, reason="The room is full.")
    for name, role in (("rita", Role.REVIEWER), ("max", Role.MANAGER)):
        RoleAssignment.objects.create(user=User.objects.create_user(name, is_staff=True), role=role, meeting=meeting)
    meeting.refresh_from_db()
    return meeting


def _labels(page: Page) -> str:
    """The labels that are to be seen on the page, without numbers and months."""
    texts = page.locator(LABELS).filter(visible=True).all_inner_texts()
    return "\n".join(" ".join(VARYING.sub("#", text).split()) for text in texts)


def _save(png: bytes, path: Path, *, labels: str) -> None:
    """Keep the picture, with as many colours as a page has, and the labels in it."""
    about = PngInfo()
    about.add_itxt("labels", labels, zip=True)
    picture = Image.open(BytesIO(png)).convert("RGB").quantize(COLORS, dither=Image.Dither.NONE)
    picture.save(path, optimize=True, pnginfo=about)


def _kept_labels(path: Path) -> list[str]:
    with Image.open(path) as picture:
        return str(picture.text["labels"]).splitlines() if isinstance(picture, PngImageFile) else []


def test_the_guide_names_every_picture_that_there_is_and_no_other() -> None:
    named = re.findall(r"!\[[^\]]+\]\(pictures/([^)]+)\.png\)", GUIDE.read_text())
    assert sorted(named) == sorted(screen.name for screen in SCREENS)
    assert sorted(named) == sorted(picture.stem for picture in PICTURES.iterdir())


def test_the_guide_names_every_place_at_the_top_of_the_pages() -> None:
    guide = GUIDE.read_text()
    assert [str(place.label) for place in PLACES if f"**{place.label}**" not in guide] == []


def test_every_label_that_the_guide_quotes_is_on_a_page() -> None:
    folders = [settings.BASE_DIR / "templates", settings.BASE_DIR / "registration", Path(admin.__file__).parent]
    files = [path for folder in folders for kind in ("*.html", "*.py") for path in Path(folder).rglob(kind)]
    source = "\n".join(path.read_text() for path in files)
    quoted = {" ".join(label.split()) for label in re.findall("“([^”]+)”", GUIDE.read_text())}
    assert "Approve" in quoted
    # A label begins with the quote or the tag around it; a template may write its first letter large.
    begins = "[\"'>]"
    missing = [
        label
        for label in sorted(quoted)
        if not re.search(rf"{begins}(?i:{label[0]}){re.escape(label[1:])}(?!\w)", source)
    ]
    assert missing == []


def test_every_link_in_the_guide_leads_somewhere() -> None:
    guide = GUIDE.read_text()
    headings = {
        re.sub(r"[^\w\- ]", "", line.lower()).replace(" ", "-") for line in re.findall(r"^#+ (.+)$", guide, re.M)
    }
    links = re.findall(r"(?<!!)\[[^\]]+\]\(([^)]+)\)", guide)
    assert [link for link in links if link.startswith("#") and link[1:] not in headings] == []
    assert [link for link in links if link[0] != "#" and not (GUIDE.parent / link.split("#")[0]).exists()] == []
