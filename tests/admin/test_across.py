"""All that match, on every list: shown with their number, who they are and the filters, then exactly those acted on."""

from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from registration.models import Account, AuditEntry, Mail, Meeting, RoleAssignment, Submission, UnknownRegistrant
from tests.admin.pages import SUBMISSIONS, answer_of, said, soup, text
from tests.admin.test_drift import stranger
from tests.cast import MeetingFactory, SubmissionFactory

pytestmark = pytest.mark.django_db

NOW = timezone.now()


def mail(number: int, **kwargs: Any) -> Mail:
    person = SubmissionFactory(first_name="Ann", last_name=f"N{number:02}")
    given = {"kind": Mail.Kind.RECEIVED, "queued_at": NOW, "sent_at": NOW, **kwargs}
    return Mail.objects.create(submission=person, **given)


def unknown(number: int, **kwargs: Any) -> UnknownRegistrant:
    return stranger(MeetingFactory(), number, last_name=f"N{number:02}", **kwargs)


def meeting(number: int, **kwargs: Any) -> Meeting:
    given = {"paused_at": NOW, "pause_reason": "No.", **kwargs}
    made: Meeting = MeetingFactory(title=f"N{number:02}", start_at=NOW + timedelta(days=number), **given)
    return made


def account(number: int, **kwargs: Any) -> Account:
    given = {"paused_at": NOW, "pause_reason": "No.", "is_from_settings": number == 1, **kwargs}
    return Account.objects.create(name=f"N{number:02}", **given)


CASES: dict[str, tuple[Callable[..., Model], str, str, list[str], str, str, str]] = {
    "mail": (
        *(mail, "send_again", "?state=sent&kind__exact=received&q=ann"),
        ["search: ann", "state: sent", "kind: received"],
        *("Send again: 12 mails", "Ann {}: received", "success: 12 mails are on their way."),
    ),
    "unknownregistrant": (
        *(unknown, "ignore", "?is_ignored__exact=0&time=coming"),
        ["ignored: No", "meeting’s time: to come"],
        *("Ignore: 12 people at Webex only", "Eve {}", "success: 12 are ignored now."),
    ),
    "meeting": (
        *(meeting, "resume", "?paused=1"),
        ["paused: Yes"],
        *("Resume: 12 meetings", "{}", "success: 12 were resumed."),
    ),
    "account": (
        *(account, "resume", ""),
        ["none: all that are on the list"],
        *("Resume: 12 Webex accounts", "{}", "success: 12 were resumed."),
    ),
}


@pytest.mark.parametrize("model", CASES)
def test_all_that_match_are_shown_and_exactly_these_are_acted_on(as_dana: Client, model: str) -> None:
    make, action, query, filters, title, name, done = CASES[model]
    made = [make(number) for number in range(1, 13)]
    address = reverse(f"admin:registration_{model}_changelist")
    before = _stored(made)
    asked = as_dana.post(address + query, {"action": action, "_selected_action": [made[0].pk], **ACROSS})
    page = soup(asked)
    assert text(page.select_one("#content h1")) == title
    in_use, shown = page.select(".names")
    assert [text(item) for item in in_use.select("li")] == filters
    names = [text(item) for item in shown.select("li")]
    of_all = {name.format(f"N{number:02}") for number in range(1, 13)}
    assert (len(set(names[:10]) & of_all), names[10:]) == (10, ["and 2 more"])
    assert [link["href"] for link in page.select(".breadcrumbs a")][-1] == address
    assert [link["href"] for link in page.select(".closelink")] == [address + query]
    assert _stored(made) == before

    later = make(13)
    again = as_dana.post(address + query, answer_of(asked))
    assert "Nothing was done yet" in text(soup(again).select_one(".errornote"))
    assert _stored(made) == before
    later.delete()
    assert said(as_dana.post(address + query, answer_of(asked))) == [done]


def _stored(rows: list[Model]) -> list[dict[str, Any]]:
    manager = type(rows[0])._default_manager
    return list(manager.filter(pk__in=[row.pk for row in rows]).order_by("pk").values())


ACROSS = {"select_across": "1", "index": "0"}


@pytest.mark.parametrize("model", ["mail", "unknownregistrant"])
def test_whoever_is_named_before_it_was_looked_at(as_dana: Client, model: str) -> None:
    make, action, *_rest = CASES[model]
    made: Any = [make(number) for number in (1, 2)]
    address = reverse(f"admin:registration_{model}_changelist")
    as_dana.post(address, {"action": action, "_selected_action": [made[0].pk], **ACROSS})
    entries = AuditEntry.objects.order_by("pk")
    assert set(entries.values_list("note", flat=True)) == {"Before something was done."}
    if model == "mail":
        told = [(each.submission.meeting_id, each.submission_id, 1) for each in made]
        assert list(entries.values_list("meeting", "submission", "count")) == told
    else:
        assert [entry.count for entry in entries] == [2]


def test_mails_of_meetings_that_one_may_only_look_at_are_neither_named_nor_sent(client: Client) -> None:
    hers, other = mail(1), mail(2)
    user = User.objects.create_user("mia", is_staff=True)
    RoleAssignment.objects.create(user=user, role="reviewer", meeting=hers.submission.meeting)
    RoleAssignment.objects.create(user=user, role="viewer", meeting=other.submission.meeting)
    client.force_login(user)
    address = reverse("admin:registration_mail_changelist")
    asked = client.post(address, {"action": "send_again", "_selected_action": [hers.pk], **ACROSS})
    page = soup(asked)
    assert text(page.select(".names")[1]) == "Ann N01: received"
    assert text(page.select_one(".caution")).startswith("1 more matches, and is left as it is")
    assert said(client.post(address, answer_of(asked))) == ["success: 1 mail is on its way."]
    assert list(Mail.objects.filter(due_at__isnull=False)) == [hers]


@pytest.mark.parametrize(("action", "title"), [("write_news", "Write to 2 people"), ("delete_selected", "")])
def test_actions_with_a_page_of_their_own_ask_on_that_one_only(as_dana: Client, action: str, title: str) -> None:
    made = [MeetingFactory(send_email=False) for _number in range(2)]
    for each in made if action == "write_news" else ():
        SubmissionFactory(meeting=each, approved=True, presence="registered", webex_status="approved")
    address = reverse("admin:registration_meeting_changelist")
    page = soup(as_dana.post(address, {"action": action, "_selected_action": [made[0].pk], **ACROSS}))
    assert page.select("[name=shown_across]") == []
    assert text(page.select_one("#content h1")) == (title or "Delete multiple objects")
    assert Meeting.objects.count() == 2


def test_whoever_comes_to_match_at_any_moment_of_it_is_not_acted_on(as_dana: Client) -> None:
    ann = SubmissionFactory()
    address = reverse(SUBMISSIONS) + "?decision__exact=waiting"
    fields = answer_of(as_dana.post(address, {"action": "approve", "_selected_action": [ann.pk], **ACROSS}))
    for moment in count():
        with transaction.atomic():
            came = _Newcomer(moment, ann.meeting)
            with connection.execute_wrapper(came):
                as_dana.post(address, fields)
            newcomers = Submission.objects.exclude(pk=ann.pk)
            assert list(newcomers.values_list("decision", flat=True)) == ["waiting"] * newcomers.count(), moment
            transaction.set_rollback(True)
        if not came.has_come:
            break
    assert moment > 10


class _Newcomer:
    """Signs up right before so many queries were made, or right after the last."""

    def __init__(self, moment: int, meeting: Meeting) -> None:
        self.left, self.meeting, self.has_come = moment, meeting, False

    def __call__(self, execute: Callable[..., Any], *args: Any) -> Any:
        if not self.has_come and not self.left:
            self.has_come = True
            SubmissionFactory(meeting=self.meeting)
        self.left -= 1
        return execute(*args)
