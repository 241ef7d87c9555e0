"""Each page says in a sentence what it is for, and each empty list what to do next: ours, and Django's own. No form is
within another.

The pages are found, not listed: a new one is held to it without a line here, but for a row of a new model.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission, User
from django.db.models import Model
from django.test import Client
from django.urls import URLPattern, URLResolver, reverse
from django.utils import timezone

from registration import accounts, audit
from registration.admin.base import StaffAdmin
from registration.models import (
    Account,
    AuditEntry,
    Batch,
    DeclineReason,
    Mail,
    Meeting,
    MeetingGroup,
    Question,
    RoleAssignment,
    Submission,
    UnknownRegistrant,
)
from registration.states import Presence
from tests.admin.pages import SUBMISSIONS, nested_forms, press, soup, text
from tests.cast import MeetingFactory, QuestionFactory, SubmissionFactory

pytestmark = pytest.mark.django_db

ROWS: dict[type[Model], Callable[[Submission], Model]] = {
    Account: lambda person: accounts.settings_account(),
    AuditEntry: lambda person: audit.note(
        User.objects.get(username="dana"), audit.Action.EDITED, meeting=person.meeting, before={"title": "Launch"}
    ),
    Batch: lambda person: Batch.objects.create(
        meeting=person.meeting, action="register", size=1, started_at=timezone.now(), outcome="done"
    ),
    DeclineReason: lambda person: DeclineReason.objects.create(title="Full", text="There is no room left."),
    Group: lambda person: Group.objects.create(name="Reviewers"),
    Mail: lambda person: Mail.objects.create(submission=person, kind="received", queued_at=timezone.now()),
    Meeting: lambda person: person.meeting,
    MeetingGroup: lambda person: MeetingGroup.objects.create(name="Spring"),
    Question: lambda person: QuestionFactory(meeting=person.meeting),
    RoleAssignment: lambda person: RoleAssignment.objects.create(
        user=User.objects.create_user("rose"), role="reviewer", meeting=person.meeting
    ),
    Submission: lambda person: person,
    UnknownRegistrant: lambda person: UnknownRegistrant.objects.create(
        meeting=person.meeting, registrant_id="r", email="eve@example.com", seen_at=timezone.now()
    ),
    User: lambda person: User.objects.create_user("somebody"),
}
"""How there comes to be a row of each model, from one person."""

PARTS = {"kind_name": "received", "app_label": "registration"}
"""What stands for the other parts of addresses."""

NO_PAGES = {"jsi18n", "autocomplete", "logout", "login", "view_on_site", "registration_meeting_logo", None}
# They answer a GET with the way back: it comes from signing in again after a button was pressed.
NO_PAGES |= {"registration_attention_do", "registration_attention_mend"}
# It leads on to the list.
NO_PAGES |= {"registration_submission_view_open"}
# They are there only where mails are kept as files: tests/admin/test_mails.py looks at them.
NO_PAGES |= {f"registration_mail_kept{part}" for part in ("", "_mail", "_html", "_attached")}


@pytest.fixture
def person(db: None) -> Submission:
    """Somebody who is missing at Webex, for whom there is most to do."""
    person: Submission = SubmissionFactory(
        meeting=MeetingFactory(), approved=True, presence=Presence.REGISTERED, missing_at=timezone.now()
    )
    return person


def addresses(patterns: list[Any], row: Model | None) -> Iterator[str]:
    """The address of each page, in which ``row`` stands for the thing that it is about."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver) or pattern.name in NO_PAGES:
            continue
        parts = {**PARTS, "pk": row and row.pk, "object_id": row and row.pk, "id": row and row.pk}
        asked = list(pattern.pattern.converters) or list(pattern.pattern.regex.groupindex)
        if {"job_pk", "move_pk", "entry_pk"} & {*asked} or (row is None and "pk" in asked):
            continue  # about work that somebody has begun, or what they decided: looked at where it is tested
        unknown = [part for part in asked if parts.get(part) is None and part != "action"]
        assert unknown == [], f"{pattern.name}: say in PARTS what stands for {unknown}"
        if "action" not in asked:  # the buttons, which are pressed below
            yield reverse(f"admin:{pattern.name}", kwargs={part: parts[part] for part in asked})


def complaints(response: Any) -> list[str]:
    """What is missing or amiss on a page of the staff's side; nothing on anything else."""
    if response.status_code != 200 or not response.headers["Content-Type"].startswith("text/html"):
        return []
    page = soup(response)
    if page.select_one("#header") is None:
        return []
    sentences = [text(words) for words in page.select(".purpose")]
    heading = page.select_one("h1")
    is_said = len(sentences) == 1 and sentences[0].endswith(".") and len(sentences[0]) > 20
    address = response.request["PATH_INFO"]
    found = [f"{address}: within another form is {tag}" for tag in nested_forms(response)]
    return found if is_said and heading else [*found, f"{address}: {heading}, {sentences}"]


def test_there_is_a_row_of_each_model() -> None:
    assert [model.__name__ for model in admin.site._registry if model not in ROWS] == []


def test_each_page_of_each_model_says_what_it_is_for(as_dana: Client, person: Submission) -> None:
    found: list[str] = []
    count = 0
    for model, model_admin in list(admin.site._registry.items()):
        row = ROWS[model](person)
        for address in addresses(model_admin.get_urls(), row):
            response = as_dana.get(address)
            assert response.status_code != 404, address
            found += complaints(response)
            count += 1
    assert found == []
    assert count > 40


def test_each_page_that_belongs_to_no_model_says_what_it_is_for(as_dana: Client) -> None:
    patterns = [pattern for pattern in admin.site.get_urls() if isinstance(pattern, URLPattern)]
    found = [words for address in addresses(patterns, None) for words in complaints(as_dana.get(address))]
    assert found == []


def test_each_page_between_choosing_and_doing_says_what_it_is_for(as_dana: Client, person: Submission) -> None:
    pressed = []
    for model, model_admin in list(admin.site._registry.items()):
        row = ROWS[model](person)
        for name in getattr(model_admin, "object_actions", ()):
            if str(getattr(model_admin, name).short_description).endswith("…"):
                assert complaints(press(as_dana, name, row.pk, model=model._meta.model_name or "")) == []
                pressed.append(name)
    assert {"decline", "erase", "look_up_again", "write_news"} <= set(pressed)


# --- empty lists ------------------------------------------------------------------------------------------------------


def empty(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    found = soup(response).select_one(".empty")
    return text(found) if found else ""


@pytest.mark.parametrize("model", [model for model in admin.site._registry if model not in {Account, User}])
def test_an_empty_list_says_what_to_do_next_and_one_without_a_match_how_to_see_all(
    as_dana: Client, model: type[Model]
) -> None:
    model_admin = admin.site.get_model_admin(model)
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    words = empty(as_dana, address)
    assert words
    if isinstance(model_admin, StaffAdmin):
        assert not words.startswith(str(StaffAdmin.words_when_empty))
    if model_admin.search_fields:
        narrowed = "Nothing matches this search and these filters. Clear them and show all"
        assert empty(as_dana, f"{address}?q=nobody") == narrowed


def test_a_list_with_rows_says_nothing_of_that(as_dana: Client, person: Submission) -> None:
    assert empty(as_dana, reverse(SUBMISSIONS)) == ""


def test_a_filter_that_nothing_matches_is_cleared_by_a_link(as_dana: Client, person: Submission) -> None:
    page = soup(as_dana.get(reverse(SUBMISSIONS) + "?decision__exact=declined"))
    assert [str(link["href"]) for link in page.select(".empty a")] == ["?"]


@pytest.mark.parametrize(
    "model",
    [
        model
        for model, model_admin in admin.site._registry.items()
        if isinstance(model_admin, StaffAdmin) and model not in {Account, User}
    ],
)
def test_who_may_only_look_at_a_list_is_told_no_first_step(as_dana: Client, model: type[Model]) -> None:
    model_admin = admin.site.get_model_admin(model)
    assert isinstance(model_admin, StaffAdmin)
    looker = User.objects.create_user("looker", is_staff=True)
    looker.user_permissions.set(Permission.objects.filter(codename=f"view_{model._meta.model_name}"))
    if model_admin.permissions_of("view") and not looker.has_perm(model_admin.permissions_of("view")[0]):
        looker.user_permissions.set(Permission.objects.filter(codename="view_submission"))
    client = Client()
    client.force_login(looker)
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    AuditEntry.objects.all().delete()
    words = empty(client, address)
    assert not any(step in f" {words}".lower() for step in (" add ", " make ", " give ", " approve ", " publish "))
    first_step = str(model_admin.first_step)
    assert empty(as_dana, address).endswith(first_step) if first_step else True


def test_who_may_export_nothing_has_no_list_of_exports(as_dana: Client, as_vera: Client) -> None:
    assert [client.get(reverse("admin:jobs")).status_code for client in (as_dana, as_vera)] == [200, 403]


def test_what_to_do_next_is_what_the_user_may_do(as_dana: Client, as_rita: Client) -> None:
    for client, words in (
        (as_dana, "No submissions yet: publish a meeting and share the address of its sign-up page. Meetings"),
        (as_rita, "No submissions yet: they come here as soon as people sign up."),
    ):
        assert empty(client, reverse(SUBMISSIONS)) == words
    meetings = reverse("admin:registration_meeting_changelist")
    assert empty(as_dana, meetings).endswith("Import one from Webex Make one by hand")
    assert empty(as_rita, meetings) == "There is no meeting here for you yet: ask whoever gives roles here for one."
