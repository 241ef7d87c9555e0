"""Every action of a list, and every button, leaves an entry: of whom, and what was so before and after."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.db.models import Model
from django.test import Client
from django.utils import timezone

from registration.models import (
    Account,
    Meeting,
    MeetingGroup,
    RoleAssignment,
)
from registration.sandbox.server import SandboxServer
from tests.admin import walk
from tests.admin.audit.entries import Action, the_entry
from tests.admin.audit.things import (
    REGISTERED,
    chosen_name,
    expected_meeting,
    mail,
    paused_meeting,
    person,
    stranger,
    tagged,
)
from tests.admin.pages import answer_of, choose
from tests.cast import MeetingFactory, SubmissionFactory

pytestmark = pytest.mark.django_db


NOW = timezone.now()

# For each action: what it is done to, the entry that it leaves, and of whom it tells the states before and after.
NOTED: dict[str, dict[str, tuple[Callable[[], Model], str, tuple[str, str] | None]]] = {
    "submission": {
        "approve": (person, Action.APPROVED, ("waiting", "approved")),
        "decline": (person, Action.DECLINED, ("waiting", "declined")),
        "reopen": (lambda: person(decision="declined"), Action.REOPENED, ("declined", "waiting")),
        "confirm_address": (lambda: person(confirm_by=NOW + timedelta(days=1)), Action.EDITED, ("", "")),
        "push_now": (lambda: person(decision="approved"), Action.PUSHED, ("absent", "registered")),
        "sync_now": (lambda: person(decision="approved", **REGISTERED), Action.SYNCED, ("approved", "approved")),
        "send_again": (
            lambda: person(decision="approved", presence="refused"),
            Action.RETRIED,
            ("refused", "absent"),
        ),
        "look_up_again": (
            lambda: person(decision="approved", missing_at=NOW, **REGISTERED),
            Action.RETRIED,
            ("registered", "uncertain"),
        ),
        "report_again": (
            lambda: person(decision="approved", missing_at=NOW, left_at=timezone.now(), **REGISTERED),
            Action.ADOPTED,
            ("left as it is", ""),
        ),
        "mail_again": (person, Action.MAILED, ("", "")),
        "replace_links": (person, Action.EDITED, ("", "")),
        "erase": (person, Action.ERASED, ("waiting", "")),
        "tag": (person, Action.NOTED, ("", "")),
        "untag": (tagged, Action.NOTED, ("", "")),
        "assign": (person, Action.NOTED, ("", "")),
        "export_csv": (person, Action.EXPORTED, None),
        "export_xlsx": (person, Action.EXPORTED, None),
    },
    "mail": {"send_again": (mail, Action.MAILED, ("", ""))},
    "unknownregistrant": {
        "adopt": (stranger, Action.ADOPTED, ("", "waiting")),
        "ignore": (stranger, Action.ADOPTED, None),
        "stop_ignoring": (lambda: stranger(is_ignored=True), Action.ADOPTED, None),
    },
    "meeting": {
        "push_now": (expected_meeting, Action.PUSHED, ("absent", "registered")),
        "sync_now": (expected_meeting, Action.SYNCED, None),
        "refresh": (expected_meeting, Action.REFRESHED, None),
        "resume": (paused_meeting, Action.RESUMED, None),
        "write_news": (expected_meeting, Action.MAILED, ("", "")),
        "delete_selected": (lambda: Meeting.objects.get(slug="open-hour"), Action.DELETED, None),
    },
    "account": {
        "resume": (lambda: Account.objects.create(name="Ours", paused_at=NOW), Action.RESUMED, None),
        "delete_selected": (lambda: Account.objects.create(name="Ours"), Action.DELETED, None),
    },
    "roleassignment": {
        "delete_selected": (
            lambda: RoleAssignment.objects.create(user=User.objects.create_user("nora"), role="viewer"),
            Action.DELETED,
            None,
        )
    },
    "meetinggroup": {"delete_selected": (lambda: MeetingGroup.objects.create(name="Fairs"), Action.DELETED, None)},
    "user": {"delete_selected": (lambda: User.objects.create_user("nora"), Action.DELETED, None)},
    "group": {"delete_selected": (lambda: Group.objects.create(name="Old"), Action.DELETED, None)},
}


def every_action() -> list[tuple[type[Model], str]]:
    found = []
    for model, model_admin in admin.site._registry.items():
        if model_admin.actions is None:
            continue
        is_deletable = type(model_admin).has_delete_permission is admin.ModelAdmin.has_delete_permission
        can_be_deleted = is_deletable or "delete_selected" in NOTED.get(str(model._meta.model_name), {})
        names = set(walk.actions(model)) - (set() if can_be_deleted else {"delete_selected"})
        found += [(model, name) for name in sorted(names)]
    return found


@pytest.mark.parametrize(
    ("model", "action"), every_action(), ids=lambda value: value if isinstance(value, str) else value._meta.model_name
)
def test_every_action_leaves_an_entry(
    model: type[Model], action: str, sandbox: SandboxServer, open_hour: Meeting, as_dana: Client, here: None
) -> None:
    name = str(model._meta.model_name)
    assert action in NOTED.get(name, {}), f"Say in NOTED which entry the action “{action}” on “{name}” leaves."
    make, noted, states = NOTED[name][action]
    thing = make()
    response = as_dana.post(
        f"/admin/{model._meta.app_label}/{name}/", {"action": action, "_selected_action": [thing.pk], "index": "0"}
    )
    if response.status_code == 302 and response["Location"].endswith("/form/refresh/"):
        response = as_dana.get(response["Location"])
    if response.status_code == 200 and not response.streaming:
        # A page that asks once more.
        more = {"reason": "Full.", "post": "yes", "name": chosen_name()}
        as_dana.post(response.request["PATH_INFO"], {**answer_of(response), **more})
    entry = the_entry(noted)
    told = [(row.before, row.after) for row in entry.people.all()]
    assert told == ([states] if states else [])
    if states:
        assert entry.count == 1
    else:
        assert entry.thing or entry.meeting == open_hour


def test_what_was_chosen_at_once_is_one_entry_with_everybody_s_states(as_dana: Client) -> None:
    meeting = MeetingFactory()
    decisions = ("waiting", "declined", "approved")
    people = [SubmissionFactory(meeting=meeting, decision=decision) for decision in decisions]
    choose(as_dana, "reopen", [each.pk for each in people])
    entry = the_entry(Action.REOPENED)
    told = list(entry.people.order_by("submission").values_list("submission", "before", "after"))
    assert told == [(people[1].pk, "declined", "waiting"), (people[2].pk, "approved", "waiting")]
