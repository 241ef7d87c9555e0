"""Import, refresh, push and sync of meetings from the admin, and who may."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from registration import queue
from registration.flow import pauses
from registration.models import AuditEntry, Batch, Meeting
from registration.sandbox.seed import OPEN_HOUR_ID, TEAM_MEETING_ID
from registration.sandbox.server import SandboxServer
from registration.states import Decision, Presence
from tests.admin.pages import MEETINGS, buttons, choose, complaints, page_of, press, said, soup, text
from tests.cast import WEBEX_ID, MeetingFactory, QuestionFactory, SubmissionFactory
from tests.importing.form_facts import everything_of

IMPORT = "admin:registration_meeting_import"


# --- import and refresh -----------------------------------------------------------------------------------------------


def test_importing_a_meeting_leads_to_its_page(as_dana: Client, sandbox: SandboxServer) -> None:
    hyphenated = f"{OPEN_HOUR_ID[:8]}-{OPEN_HOUR_ID[8:12]}-{OPEN_HOUR_ID[12:]}"
    response = as_dana.post(
        reverse(IMPORT),
        {"webex_id": hyphenated, "slug": "open", "approval": "automatic", "publish": "on", "current": "on"},
    )
    meeting = Meeting.objects.get()
    assert response.headers["Location"] == page_of(meeting)
    assert said(response)[0] == "success: “Open hour with the support team” was imported from Webex."
    assert (meeting.webex_id, meeting.slug, meeting.approval) == (OPEN_HOUR_ID, "open", "automatic")
    assert (meeting.is_published, meeting.current) == (True, True)


def test_a_meeting_that_cannot_be_imported_is_explained_and_the_form_stays(
    as_dana: Client, sandbox: SandboxServer
) -> None:
    response = as_dana.post(reverse(IMPORT), {"webex_id": TEAM_MEETING_ID, "slug": "team"})
    (message,) = said(response)
    assert message.startswith("error: ")
    assert fields_of_import(response) == {"webex_id": TEAM_MEETING_ID, "slug": "team"}
    assert Meeting.objects.count() == 0


def test_a_meeting_that_is_here_already_is_not_changed_and_leads_to_what_would_change(
    as_dana: Client, open_hour: Meeting, sandbox: SandboxServer
) -> None:
    QuestionFactory(meeting=open_hour, webex_id="999", text="Ours?")
    before = everything_of(open_hour), list(Meeting.objects.values())
    hyphenated = f"{OPEN_HOUR_ID[:8]}-{OPEN_HOUR_ID[8:]}".upper()
    response = as_dana.post(reverse(IMPORT), {"webex_id": hyphenated, "approval": "manual"})
    page = reverse("admin:registration_meeting_form_refresh", args=[open_hour.pk])
    assert (response.status_code, response.headers["Location"], sandbox.store.calls) == (302, page, [])
    words = (
        "info: “Open hour” is here already. What reading it again from Webex would change is shown first; "
        "nothing is changed yet."
    )
    assert said(response) == [words]
    assert "No longer asked: “Ours?”. The answers given are kept." in text(soup(as_dana.get(page)))

    entered = {"webex_id": OPEN_HOUR_ID, "slug": "other", "approval": "automatic", "publish": "on", "current": "on"}
    assert said(as_dana.post(reverse(IMPORT), entered)) == [
        words,
        "warning: What else you entered was not taken: it is set on the meeting’s own page.",
    ]
    assert (everything_of(open_hour), list(Meeting.objects.values())) == before


def test_who_may_not_change_the_form_of_a_meeting_that_is_here_is_told_so(
    as_rita: Client, rita: User, open_hour: Meeting, sandbox: SandboxServer
) -> None:
    rita.user_permissions.set(Permission.objects.filter(codename__in=["add_meeting", "change_meeting"]))
    response = as_rita.post(reverse(IMPORT), {"webex_id": OPEN_HOUR_ID, "slug": ""})
    words = "error: This meeting is here already, and you may not change it: ask whoever may."
    assert (response.status_code, said(response), sandbox.store.calls) == (200, [words], [])


def fields_of_import(response: Any) -> dict[str, str]:
    return {name: str(soup(response).select_one(f"#id_{name}")["value"]) for name in ("webex_id", "slug")}  # type: ignore[index]


def test_what_is_missing_in_the_import_form_is_said(as_dana: Client, sandbox: SandboxServer) -> None:
    response = as_dana.post(reverse(IMPORT), {"webex_id": "", "host_email": "nobody"})
    assert complaints(response) == ["This field is required.", "Enter a valid email address."]
    assert sandbox.store.calls == []


def test_the_button_leads_to_what_would_change(as_dana: Client, open_hour: Meeting, sandbox: SandboxServer) -> None:
    page = reverse("admin:registration_meeting_form_refresh", args=[open_hour.pk])
    for response in (
        press(as_dana, "refresh", open_hour.pk, model="meeting"),
        choose(as_dana, "refresh", [open_hour.pk], model="meeting"),
    ):
        assert (response.status_code, response.headers["Location"]) == (302, page)
    assert sandbox.store.calls == []


def test_a_meeting_whose_form_may_be_another_one_at_webex_is_not_resumed(as_dana: Client, open_hour: Meeting) -> None:
    pauses.hold_meeting(open_hour, at=timezone.now())
    why = "“Open hour” stays paused, since its form was being written: in some minutes refresh it from Webex first"
    assert said(press(as_dana, "resume", open_hour.pk, model="meeting")) == [f"warning: Left as they were: 1 ({why})."]
    paused, running = MeetingFactory.create_batch(2)
    pauses.pause_meeting(paused, reason="No.", at=timezone.now())
    response = choose(as_dana, "resume", [open_hour.pk, paused.pk, running.pk], model="meeting")
    assert said(response)[1:] == [
        "success: 1 was resumed.",
        f"warning: Left as they were: 2 ({why}; 1 was not paused).",
    ]


def test_refreshing_a_meeting_made_by_hand_says_what_is_missing(as_dana: Client, sandbox: SandboxServer) -> None:
    meeting = MeetingFactory(webex_id="")
    assert said(as_dana.get(reverse("admin:registration_meeting_form_refresh", args=[meeting.pk]))) == [
        "error: This meeting has no Webex meeting id. Enter it and save, then refresh again."
    ]


def test_without_a_token_the_import_says_which_setting_is_missing(as_dana: Client, settings: Settings) -> None:
    settings.WEBEX_ACCESS_TOKEN = ""
    response = as_dana.post(reverse(IMPORT), {"webex_id": WEBEX_ID})
    assert said(response) == [
        "error: WEBEX_ACCESS_TOKEN is not set. Set it, and run check_webex to see whether it works."
    ]


# --- push and sync ----------------------------------------------------------------------------------------------------


def how_it_went(client: Client, response: Any) -> tuple[str, list[str], list[str]]:
    """What the page of the push that one is led to says: how it stands, how many are where, and in which calls."""
    entry = AuditEntry.objects.filter(action="pushed", thing="push").earliest("at", "pk")
    assert response.headers["Location"] == reverse("admin:registration_push", args=[entry.pk])
    page = soup(client.get(response.headers["Location"]))
    calls = page.select('[aria-label="Calls"] tbody th')
    return text(page.select_one("[data-said]")), list(map(text, page.select(".tally li"))), list(map(text, calls))


def test_pushing_a_meeting_sends_all_its_approved_people_and_shows_how_it_goes_on(
    as_dana: Client, dana: User, open_hour: Meeting, sandbox: SandboxServer, here: None
) -> None:
    SubmissionFactory.create_batch(3, meeting=open_hour, approved=True)
    SubmissionFactory(meeting=open_hour)
    response = press(as_dana, "push_now", open_hour.pk, model="meeting")
    batch = Batch.objects.get()
    assert how_it_went(as_dana, response) == (
        "Done.",
        ["3 at Webex, or as decided there", "0 left", "0 outcome not known yet", "0 refused by Webex"],
        [str(batch)],
    )
    assert said(response) == []
    assert len(sandbox.store.registrants(OPEN_HOUR_ID)) == 3
    assert batch.requested_by == dana


def test_several_meetings_are_one_push_which_names_those_that_webex_is_never_called_for(
    as_dana: Client, open_hour: Meeting, here: None
) -> None:
    SubmissionFactory(meeting=open_hour, approved=True)
    by_hand = MeetingFactory(title="By hand", webex_id="")
    response = choose(as_dana, "push_now", [open_hour.pk, by_hand.pk], model="meeting")
    assert said(response) == ["warning: Passed over, because without a Webex id, cancelled or over already: By hand."]
    stands, _counts, calls = how_it_went(as_dana, response)
    assert (stands, calls) == ("Done.", [str(Batch.objects.get())])
    page = soup(as_dana.get(response.headers["Location"]))
    assert {text(link) for link in page.select('a[href$="/outbox/"]')} >= {"Open hour", "By hand"}
    asked = AuditEntry.objects.filter(action="pushed", thing="push").order_by("meeting")
    assert list(asked.values_list("meeting", flat=True)) == [open_hour.pk, by_hand.pk]


def test_with_workers_it_is_they_who_push_it(
    as_dana: Client, open_hour: Meeting, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(queue, "enqueue_push", asked.append)
    settings.QUEUE = True
    SubmissionFactory(meeting=open_hour, approved=True)
    response = press(as_dana, "push_now", open_hour.pk, model="meeting")
    assert (how_it_went(as_dana, response)[0], asked) == ("Under way.", [[open_hour.pk]])


def test_a_push_that_calls_nobody_says_why(as_dana: Client, open_hour: Meeting, here: None) -> None:
    SubmissionFactory(meeting=open_hour, approved=True, presence=Presence.REFUSED)
    SubmissionFactory(meeting=open_hour, held_decision=Decision.APPROVED, held_at=timezone.now())
    response = press(as_dana, "push_now", open_hour.pk, model="meeting")
    assert how_it_went(as_dana, response)[0] == (
        "Done. No call was made. 1 decision is not released yet. Outbox "
        "1 person waits for somebody to look: Refused by Webex. Needs attention"
    )


def test_a_push_of_a_meeting_that_webex_does_not_know_says_so(as_dana: Client, here: None) -> None:
    by_hand = MeetingFactory(title="By hand", webex_id="")
    response = press(as_dana, "push_now", by_hand.pk, model="meeting")
    assert said(response) == []
    assert how_it_went(as_dana, response)[0] == (
        "Done. No call was made. “By hand” has no Webex id, so nobody can be sent."
    )


def test_syncing_a_meeting(as_dana: Client, open_hour: Meeting, sandbox: SandboxServer, here: None) -> None:
    SubmissionFactory.create_batch(2, meeting=open_hour, approved=True)
    press(as_dana, "push_now", open_hour.pk, model="meeting")
    ids = [row.id for row in sandbox.store.registrants(OPEN_HOUR_ID)]
    sandbox.store.set_status(OPEN_HOUR_ID, ids[:1], "rejected")
    response = press(as_dana, "sync_now", open_hour.pk, model="meeting")
    assert said(response) == [
        "success: 2 statuses read, 1 changed.",
        "warning: 1 person was decided differently here and at Webex.",
    ]


# --- who may ----------------------------------------------------------------------------------------------------------


def test_the_buttons_of_a_meeting(as_dana: Client) -> None:
    published, draft = MeetingFactory(), MeetingFactory(is_published=False)
    actions = ["Push to Webex now", "Sync statuses now", "Refresh from Webex", "Write to everybody who is registered …"]
    usual = [
        *actions,
        "History",
        "At a glance",
        "Outbox",
        "Form",
        "Approval rules",
        "Texts of mails",
        "Import people",
        "Copy",
    ]
    assert buttons(as_dana.get(page_of(published))) == [*usual, "View sign-up page"]
    assert buttons(as_dana.get(page_of(draft))) == usual
    assert buttons(as_dana.get(reverse(MEETINGS))) == ["Import from Webex", "Add meeting"]


def test_staff_are_told_what_refreshing_does_first(as_dana: Client) -> None:
    page = soup(as_dana.get(page_of(MeetingFactory())))
    assert [button["title"] for button in page.select(".object-tools button[title]")] == [
        "Reads the meeting and its form again, and shows what would change before it does."
    ]


def test_who_only_looks_can_do_nothing(as_vera: Client, open_hour: Meeting, sandbox: SandboxServer) -> None:
    SubmissionFactory(meeting=open_hour, approved=True)
    assert buttons(as_vera.get(page_of(open_hour))) == [
        "History",
        "At a glance",
        "Outbox",
        "Approval rules",
        "Texts of mails",
        "View sign-up page",
    ]
    assert buttons(as_vera.get(reverse(MEETINGS))) == []
    for action in ("push_now", "sync_now", "refresh", "write_news"):
        assert press(as_vera, action, open_hour.pk, model="meeting").status_code == 403
        choose(as_vera, action, [open_hour.pk], model="meeting")
    assert as_vera.get(reverse(IMPORT)).status_code == 403
    assert as_vera.post(reverse(IMPORT), {"webex_id": OPEN_HOUR_ID}).status_code == 403
    assert sandbox.store.calls == []


def test_a_reviewer_pushes_and_syncs_and_changes_no_meeting(as_rita: Client, open_hour: Meeting, here: None) -> None:
    assert buttons(as_rita.get(page_of(open_hour))) == [
        "Push to Webex now",
        "Sync statuses now",
        "Write to everybody who is registered …",
        "History",
        "At a glance",
        "Outbox",
        "Approval rules",
        "Texts of mails",
        "View sign-up page",
    ]
    assert press(as_rita, "refresh", open_hour.pk, model="meeting").status_code == 403
    response = press(as_rita, "push_now", open_hour.pk, model="meeting")
    assert how_it_went(as_rita, response)[0] == "Done. Nothing had to be done at Webex."
