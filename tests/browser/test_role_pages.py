"""The pages of roles and of the audit, as they are, with pictures of them, and with what axe-core says."""

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from playwright.sync_api import Page, expect

from registration import audit
from registration.flow import review
from registration.models import AuditEntry, Meeting, MeetingGroup, RoleAssignment, Submission
from tests.browser.accessibility import sideways_scrolling, violations
from tests.browser.pictures import NARROW, WIDE, resize, take
from tests.cast import MeetingFactory, SubmissionFactory

# What Django's own date fields, tables and search lack is not theirs.
_OURS = {
    "admin-roles": "#result_list",
    "admin-meeting-roles": "[aria-label='Who has a role here']",
    "admin-audit": "#result_list",
}

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def launch(dana: User) -> Meeting:
    """A meeting in a group, for which three of the staff have roles, and where something was done."""
    group = MeetingGroup.objects.create(name="Spring fairs in the whole of the south")
    meeting: Meeting = MeetingFactory(title="Product launch", slug="product-launch", group=group)
    for name, role, where in (
        ("Nora Nilsen", "viewer", {"meeting": meeting}),
        ("Adam Åkesson-Featherstonehaugh", "administrator", {"group": group}),
        ("Max Meier", "manager", {}),
    ):
        first, last = name.split()
        user = User.objects.create_user(first.lower(), first_name=first, last_name=last, is_staff=True)
        RoleAssignment.objects.create(user=user, role=role, **where)
    for first, last in (("Lena", "Müller-Weiß"), ("محمد", "العلي"), ("Wei", "Li")):
        SubmissionFactory(meeting=meeting, first_name=first, last_name=last)
    people = Submission.objects.all()
    review.approve(people, by=dana)
    lena = people.get(first_name="Lena")
    audit.note(dana, audit.Action.VIEWED, meeting=meeting, submission=lena, thing="submission")
    audit.note(
        dana,
        audit.Action.EDITED,
        meeting=meeting,
        thing="meeting: Product launch",
        before={"Title": "Launch", "Agenda": "One line.\nAnother one."},
        after={"Title": "Product launch", "Agenda": "One line, and a very much longer one than there was before it."},
    )
    return meeting


def test_the_pages_of_roles_and_of_the_audit(staff: Page, launch: Meeting) -> None:
    approved = AuditEntry.objects.get(action="approved")
    edited = AuditEntry.objects.get(action="edited")
    person = Submission.objects.get(first_name="Lena")
    for name, (address, heading) in {
        "admin-roles": ("registration/roleassignment/", "Select role to change"),
        "admin-role-add": (f"registration/roleassignment/add/?meeting={launch.slug}", "Add role"),
        "admin-groups": ("registration/meetinggroup/", "Select group of meetings to change"),
        "admin-meeting-roles": (f"registration/meeting/{launch.pk}/change/", "Change meeting"),
        "admin-audit": ("registration/auditentry/", "Select audit entry to view"),
        "admin-audit-of-one": (f"registration/auditentry/?person={person.pk}", "Select audit entry to view"),
        "admin-audit-people": (f"registration/auditentry/{approved.pk}/change/", None),
        "admin-audit-edit": (f"registration/auditentry/{edited.pk}/change/", None),
    }.items():
        staff.goto(f"/admin/{address}")
        if heading:
            expect(staff.get_by_role("heading", level=1)).to_have_text(heading)
        assert violations(staff, within=_OURS.get(name, "#content")) == [], name
        for width in (WIDE, NARROW):
            resize(staff, width)
            take(staff, name)
        assert sideways_scrolling(staff) == [], name
        resize(staff, WIDE)


def test_the_days_of_the_audit_look_like_its_other_filters(staff: Page, launch: Meeting) -> None:
    staff.goto("/admin/registration/auditentry/")
    filters = staff.locator("#changelist-filter details > summary")
    assert "From" in [words.strip() for words in filters.all_text_contents()]
    # The space after the arrow.
    assert [words for words in filters.all_text_contents() if not words[0].isspace()] == []
    buttons = staff.locator("#changelist-filter").get_by_role("button", name="Show").all()
    sizes = [button.bounding_box() for button in buttons]
    assert len(sizes) == 2
    assert [size for size in sizes if not size or min(size["height"], size["width"]) < 24] == []


def test_a_role_is_given_with_the_keyboard_alone(staff: Page, launch: Meeting) -> None:
    staff.goto(reverse("admin:registration_roleassignment_add") + f"?meeting={launch.slug}")
    staff.get_by_label("Person").focus()
    staff.keyboard.type("max")
    staff.keyboard.press("Tab")
    staff.keyboard.type("rev")
    staff.get_by_role("button", name="Save", exact=True).press("Enter")
    expect(staff.get_by_text("was added successfully")).to_be_visible()
    assert RoleAssignment.objects.filter(user__username="max", role="reviewer", meeting=launch).exists()
