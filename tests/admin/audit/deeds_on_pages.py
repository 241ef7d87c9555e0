"""What is added, edited and deleted on a page of its own, and what is done about what needs attention."""

from collections.abc import Callable, Iterator
from typing import Any

from django.contrib.auth.models import Group, User
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from registration.flow.attention import Kind
from registration.models import (
    AuditEntry,
    DeclineReason,
    Meeting,
    MeetingGroup,
    RoleAssignment,
)
from tests.admin.attention import people, test_mending
from tests.admin.attention.test_acting import approved_there
from tests.admin.audit.deed import Deed, Done, post
from tests.admin.audit.entries import Action
from tests.admin.audit.things import refused, the_meeting
from tests.admin.pages import answer_of, complaints, fields_of
from tests.cast import QuestionFactory

# --- what stands on a page of its own, and is added, edited and deleted there -----------------------------------------


def added(address_name: str, fields: dict[str, Any]) -> Callable[[Client], Done]:
    def do(client: Client) -> Done:
        address = reverse(f"admin:{address_name}_add")
        typed = {key: value() if callable(value) else value for key, value in fields.items()}
        response = client.post(address, fields_of(client.get(address)) | typed)
        assert response.status_code == 302, complaints(response)
        return Meeting.objects.get(slug="new") if address_name == "registration_meeting" else None

    return do


def changed(make: Callable[[], Model], **fields: Any) -> Callable[[Client], Done]:
    def do(client: Client) -> Done:
        thing = make()
        address = reverse(f"admin:{thing._meta.label_lower.replace('.', '_')}_change", args=[thing.pk])
        response = client.post(address, fields_of(client.get(address)) | fields)
        assert response.status_code == 302, complaints(response)
        return thing if isinstance(thing, Meeting) else getattr(thing, "meeting", None)

    return do


def deleted(make: Callable[[], Model]) -> Callable[[Client], Done]:
    def do(client: Client) -> Done:
        thing = make()
        meeting = getattr(thing, "meeting", None)
        name = f"{thing._meta.label_lower.replace('.', '_')}_delete"
        assert post(client, name, thing.pk, post="yes").status_code == 302
        return meeting

    return do


def role() -> RoleAssignment:
    return RoleAssignment.objects.create(user=nora(), role="viewer", meeting=the_meeting())


def nora() -> User:
    return User.objects.create_user("nora")


def nora_s_key() -> str:
    # A role is given to one of the staff.
    return User.objects.create_user("nora", is_staff=True).username


def reason() -> DeclineReason:
    return DeclineReason.objects.create(title="Full", text="It is full.", meeting=the_meeting())


WORD = "hush-9-hush-9"
NEW_ACCOUNT = {"name": "Ours", "kind": "integration", "client_id": "1", "client_secret": WORD, "refresh_token": WORD}
NEW_MEETING = {
    "title": "New", "slug": "new", "start_at_0": "2031-05-01", "start_at_1": "10:00", "end_at_0": "2031-05-01",
    "end_at_1": "11:00", "timezone": "UTC",
}  # fmt: skip
PAGES: dict[str, tuple[dict[str, Any], Callable[[], Model], dict[str, Any]]] = {
    "registration_account": (NEW_ACCOUNT, lambda: people.paused_account(), {"access_token": WORD}),
    "registration_declinereason": ({"title": "Full", "text": "It is full."}, reason, {"title": "Too late"}),
    "registration_roleassignment": ({"user": nora_s_key, "role": "viewer"}, role, {"role": "manager"}),
    "registration_meetinggroup": (
        {"name": "Fairs"}, lambda: MeetingGroup.objects.create(name="Old"), {"name": "Fairs"},
    ),
    "registration_meeting": (NEW_MEETING, the_meeting, {"title": "Open house"}),
    "registration_question": ({}, lambda: QuestionFactory(meeting=the_meeting()), {"text": "Why?"}),
    "auth_user": (
        {"username": "nora", "password1": WORD, "password2": WORD},
        nora,
        {"first_name": "Nora", "groups": [], "user_permissions": []},
    ),
    "auth_group": ({"name": "Helpers"}, lambda: Group.objects.create(name="Old"), {"name": "New"}),
}  # fmt: skip
"""By the beginning of their addresses: what is typed for a new one, one that is there, and what is typed for that."""


def on_pages() -> Iterator[Deed]:
    for name, (typed, make, otherwise) in PAGES.items():
        if typed:
            yield Deed(f"{name}_add", "add", added(name, typed), Action.ADDED)
        yield Deed(f"{name}_change", "edit", changed(make, **otherwise), Action.EDITED)
        yield Deed(f"{name}_delete", "delete", deleted(make), Action.DELETED)


# --- what needs attention ---------------------------------------------------------------------------------------------

WAITING: dict[tuple[Kind, str], tuple[Callable[[Meeting], Model], AuditEntry.Action]] = {
    (Kind.ACCOUNTS, "resume"): (lambda meeting: people.paused_account(), Action.RESUMED),
    (Kind.MEETINGS, "resume"): (lambda meeting: the_meeting(paused_at=timezone.now()), Action.RESUMED),
    (Kind.REFUSED, "send_again"): (people.refused, Action.RETRIED),
    (Kind.UNCERTAIN, "look_up"): (people.uncertain, Action.PUSHED),
    (Kind.STUCK, "try_at_once"): (people.given_up, Action.RETRIED),
    (Kind.MISSING, "look_up_again"): (people.missing, Action.RETRIED),
    (Kind.MISSING, "leave"): (people.missing, Action.ADOPTED),
    (Kind.DIFFERENT, "ask_again"): (people.rejected_there, Action.RETRIED),
    (Kind.DIFFERENT, "approve_here"): (
        lambda meeting: approved_there(the_meeting(withdrawal="reject"), "declined"),
        Action.APPROVED,
    ),
    (Kind.DIFFERENT, "read_statuses"): (people.rejected_there, Action.SYNCED),
    (Kind.DIFFERENT, "leave"): (people.rejected_there, Action.ADOPTED),
    (Kind.STRANGERS, "adopt"): (people.stranger, Action.ADOPTED),
    (Kind.STRANGERS, "ignore"): (people.stranger, Action.ADOPTED),
    (Kind.MAILS, "mail_again"): (people.failing, Action.MAILED),
}
"""For each verb of what waits for a person: one of whom it can be done, and the entry."""


def resolved(kind: Kind, verb: str) -> Callable[[Client], Done]:
    def do(client: Client) -> Done:
        thing = WAITING[kind, verb][0](the_meeting())
        response = people.do(client, kind.value, verb, [thing.pk])
        if response.status_code == 200:
            people.do(client, kind.value, verb, [thing.pk], **answer_of(response))
        return None if kind is Kind.ACCOUNTS else the_meeting()

    return do


def mended(client: Client) -> Done:
    test_mending.mend(client, refused(), work_phone="0049 30 901820")
    return the_meeting()
