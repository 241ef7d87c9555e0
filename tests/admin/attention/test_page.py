"""The one list of what waits for a person: what stands on it, for whom, and how much it asks of the database."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from registration.flow import all_waiting, attention, disagreements
from registration.flow.attention import Kind
from registration.models import Account, AuditEntry, Mail, RoleAssignment, Submission
from registration.roles import Role
from tests.admin.attention import people
from tests.admin.attention.people import LONG_AGO, PHONE, address, buttons, counted, names, queries_of, said_in, staff
from tests.admin.pages import soup, text
from tests.cast import MeetingFactory, SubmissionFactory

pytestmark = pytest.mark.django_db

AS_MANY = 15
ALL = ["accounts", "meetings", "refused", "uncertain", "stuck", "missing", "different", "strangers", "mails", "held"]


def test_an_empty_list_says_so_and_what_happens_by_itself(as_dana: Client) -> None:
    page = as_dana.get(address())
    assert counted(page) == {}
    assert text(soup(page).select_one(".all-well h2")) == "Nothing needs your attention."


def test_each_kind_has_its_section_in_the_order_of_urgency(as_dana: Client) -> None:
    meeting = MeetingFactory(title="Launch", work_phone_use="optional")
    people.one_of_each(meeting)
    page = as_dana.get(address())
    assert counted(page) == dict.fromkeys(ALL, "1") | {"mails": "2"}
    assert list(AuditEntry.objects.values_list("action", "by__username", "count")) == [("listed", "dana", 11)]
    assert [link["href"] for link in soup(page).select(".waiting-kinds a")] == [f"#{kind}" for kind in ALL]
    assert (names(page, "meetings"), said_in(page, "meetings")) == (["Launch"], ["Webex is gone."])
    assert said_in(page, "refused") == [f"{PHONE} (0)"]
    assert said_in(page, "stuck") == [
        "So far, 12 calls in a row gave no usable answer: they are tried once an hour now."
    ]
    assert said_in(page, "different") == ["Here: approved. At Webex: rejected."]
    unreached, failing = Submission.objects.filter(mails__isnull=False).order_by("pk")
    assert said_in(page, "mails") == [
        f"“received” to {unreached.email}: the mail server does not take mail for this address, often because it does "
        "not exist (SMTPRecipientsRefused 550). ✗ given up",
        f"“approved” to {failing.email}: the mail server did not answer in time (TimeoutError). ? failed, tried again",
    ]
    assert said_in(page, "held") == ["1 to be released"]


def test_what_is_on_its_way_or_over_does_not_wait(as_dana: Client) -> None:
    meeting = MeetingFactory()
    people.uncertain(meeting, presence_at=timezone.now() - timedelta(minutes=5))
    people.given_up(
        meeting,
    ).__class__.objects.update(failed_calls=3)
    people.held(meeting, held_at=timezone.now())
    over = MeetingFactory(start_at=timezone.now() - timedelta(days=2))
    people.one_of_each(over)
    Account.objects.all().delete()
    people.refused(MeetingFactory(is_cancelled=True))
    assert counted(as_dana.get(address())) == {}


def test_it_asks_as_many_queries_for_many_as_for_few(as_dana: Client) -> None:
    meeting = MeetingFactory(work_phone_use="optional")
    people.one_of_each(meeting, 2)
    few = queries_of(as_dana, address())
    for _number in range(3):
        people.paused_account(f"Account {_number}")
    for other in MeetingFactory.create_batch(3, work_phone_use="optional"):
        people.one_of_each(other, 5)
    assert (queries_of(as_dana, address()), few) == (few, AS_MANY)


def test_a_section_shows_some_at_a_time(as_dana: Client) -> None:
    meetings = MeetingFactory.create_batch(2)
    everybody = [people.missing(meeting).full_name for meeting in meetings for _number in range(10)]
    first = as_dana.get(address())
    assert (counted(first), names(first, "missing")) == ({"missing": "20"}, everybody[:10])
    onward = soup(first).select_one("#missing .paginator a")
    second = as_dana.get(address() + str(onward and onward["href"]))
    assert names(second, "missing") == everybody[10:]
    assert [text(link) for link in soup(second).select("#missing .paginator a")] == ["The first ones"]


@pytest.mark.parametrize("after", ["", "-", "x-1", "1", "9" * 40 + "-1", "\0-1", "١-١"])
def test_a_page_that_there_is_not_is_the_first(as_dana: Client, after: str) -> None:
    person = people.missing(MeetingFactory())
    assert names(as_dana.get(address(after_missing=after)), "missing") == [person.full_name]


def test_of_many_meetings_with_held_decisions_the_others_are_in_the_outbox(as_dana: Client) -> None:
    for meeting in MeetingFactory.create_batch(9):
        people.held(meeting)
    assert soup(as_dana.get(address())).select("#held .paginator") == []
    for meeting in MeetingFactory.create_batch(8):
        people.held(meeting)
    page = as_dana.get(address())
    links = [(text(link), link["href"]) for link in soup(page).select("#held .paginator a")]
    assert (counted(page), len(names(page, "held"))) == ({"held": "17"}, 10)
    assert links == [("All that wait to be released", reverse("admin:registration_outbox"))]


def test_a_row_with_fields_has_no_other_button_and_is_sent_again_with_those_that_are_ticked(as_dana: Client) -> None:
    person = people.refused()
    page = as_dana.get(address())
    row = [text(button) for button in soup(page).select(f"#refused-{person.pk} button")]
    bulk = [text(button) for button in soup(page).select("#several-refused button")]
    assert (row, bulk) == (["Correct and send again"], ["Send again", "Send again …"])


def test_many_who_are_refused_in_the_same_words_are_one_line(as_dana: Client) -> None:
    meeting = MeetingFactory(title="Launch")
    chosen = [people.refused(meeting, words="Question 7 <b>is wrong</b>.") for _number in range(3)]
    people.refused(words="Other words.")
    page = as_dana.get(address())
    groups = [text(each) for each in soup(page).select("#refused .groups li")]
    assert groups == ["Question 7 <b>is wrong</b>. 3 people, Launch Show exactly these 3 Send all 3 again …"]
    link = soup(page).select_one("#refused .groups a")
    only = as_dana.get(address() + str(link and link["href"]))
    assert counted(only) == {"refused": "3"}
    assert names(only, "refused") == [person.full_name for person in chosen]
    Submission.objects.filter(pk__in=[person.pk for person in chosen]).update(presence="absent")
    gone = as_dana.get(address() + str(link and link["href"]))
    assert "Nobody is refused in these words any more." in text(soup(gone).select_one("#content-main"))


def test_hostile_words_and_names_are_shown_as_words(as_dana: Client) -> None:
    people.refused(
        words="<script>alert(1)</script> =cmd \u202e🎉 " + "x" * 900, first_name="<img src=x>", last_name="\u202eenO"
    )
    page = as_dana.get(address())
    assert names(page, "refused") == ["<img src=x> \u202eenO"]
    assert soup(page).select("#refused img, #refused script") == []


# --- who sees what ----------------------------------------------------------------------------------------------------


def test_eve_whose_role_is_for_another_meeting_sees_nothing_of_it() -> None:
    secret, hers = MeetingFactory(title="Secret", work_phone_use="optional"), MeetingFactory(title="Hers")
    people.one_of_each(secret, 2)
    eve = staff("eve", Role.MANAGER, hers)
    page = eve.get(address())
    assert counted(page) == {}
    assert "Secret" not in page.content.decode()
    refused = Submission.objects.filter(presence="refused").values_list("pk", flat=True)
    people.do(eve, "refused", "send_again", list(refused))
    people.do(eve, "meetings", "resume", [secret.pk])
    assert people.do(eve, "accounts", "resume", [1]).status_code == 403
    mend = reverse("admin:registration_attention_mend", args=["refused", refused[0]])
    eve.post(mend, {f"refused-{refused[0]}-work_phone": "+49 30 901820"})
    secret.refresh_from_db()
    assert (secret.is_paused, Submission.objects.filter(presence="refused").count()) == (True, 2)
    assert all_waiting.counts(User.objects.get(username="eve")) == {}


def test_eve_sees_what_waits_of_her_own_meeting() -> None:
    hers = MeetingFactory(work_phone_use="optional")
    people.one_of_each(hers)
    people.one_of_each(MeetingFactory(work_phone_use="optional"))
    eve = staff("eve", Role.REVIEWER, hers)
    expected = dict.fromkeys(ALL[1:], "1") | {"mails": "2"}
    assert counted(eve.get(address())) == expected


def test_each_role_has_its_buttons() -> None:
    meeting = MeetingFactory(work_phone_use="optional")
    people.one_of_each(meeting, 2)
    has = {role: staff(role, role, meeting).get(address()) for role in Role}
    shown = {role: {kind: buttons(page, kind) for kind in ("meetings", "refused")} for role, page in has.items()}
    resume, again = ["Resume"], ["Correct and send again", "Send again", "Send again …"]
    assert shown == {
        Role.VIEWER: {"meetings": [], "refused": []},
        Role.REVIEWER: {"meetings": [], "refused": again},
        Role.MANAGER: {"meetings": resume, "refused": again},
        Role.ADMINISTRATOR: {"meetings": resume, "refused": again},
    }
    assert buttons(staff("mary", Role.MANAGER).get(address()), "accounts") == []
    assert buttons(staff("adam", Role.ADMINISTRATOR).get(address()), "accounts") == resume


def test_who_may_only_look_at_some_is_told_of_how_many_the_buttons_are() -> None:
    hers, looked_at = MeetingFactory(), MeetingFactory()
    for meeting in (hers, hers, looked_at):
        people.refused(meeting)
    mixed = staff("mia", Role.REVIEWER, hers)
    RoleAssignment.objects.create(user=User.objects.get(username="mia"), role=Role.VIEWER, meeting=looked_at)
    page = mixed.get(address())
    told = [text(legend) for legend in soup(page).select("#refused legend")]
    group = [text(button) for button in soup(page).select("#refused .groups button")]
    assert counted(page) == {"refused": "3"}
    assert (told, group) == (["With those that are ticked", "With all 2"], ["Send all 2 again …"])


def test_who_only_looks_resolves_nothing(as_vera: Client) -> None:
    person = people.refused()
    assert names(as_vera.get(address()), "refused") == [person.full_name]
    assert people.do(as_vera, "refused", "send_again", [person.pk]).status_code == 403
    mend = reverse("admin:registration_attention_mend", args=["refused", person.pk])
    assert as_vera.post(mend, {f"refused-{person.pk}-work_phone": "+49 30 901820"}).status_code == 403
    assert Submission.objects.get().presence == "refused"


def test_whoever_has_no_role_and_whoever_is_not_signed_in_is_kept_out(client: Client) -> None:
    assert staff("nobody").get(address()).status_code == 403
    assert client.get(address()).status_code == 302


# --- the counts, for other pages --------------------------------------------------------------------------------------


def test_counts_are_those_of_the_page_and_end_at_one_more_than_the_most(
    dana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    people.one_of_each(MeetingFactory(work_phone_use="optional"), 3)
    assert all_waiting.counts(dana) == {
        Kind.ACCOUNTS: 1,
        Kind.MEETINGS: 1,
        Kind.REFUSED: 3,
        Kind.UNCERTAIN: 3,
        Kind.STUCK: 3,
        Kind.MISSING: 3,
        Kind.DIFFERENT: 3,
        Kind.STRANGERS: 3,
        Kind.MAILS: 6,
        Kind.HELD: 3,
    }
    monkeypatch.setattr(attention, "MOST_COUNTED", 1)
    assert all_waiting.counts(dana)[Kind.REFUSED] == 2


@pytest.mark.parametrize("sees", ["all", "one", "none"])
@pytest.mark.parametrize("few", [100, 1])
def test_all_that_waits_is_what_waits_of_each_kind(
    dana: User, monkeypatch: pytest.MonkeyPatch, sees: str, few: int
) -> None:
    hers = MeetingFactory(work_phone_use="optional")
    people.one_of_each(hers, 3)
    people.one_of_each(MeetingFactory(work_phone_use="optional"), 2)
    eve = dana if sees == "all" else User.objects.create_user("eve", is_staff=True)
    if sees == "one":
        RoleAssignment.objects.create(user=eve, role=Role.MANAGER, meeting=hers)
    monkeypatch.setattr(disagreements, "_FEW", few)
    at = timezone.now()
    found = all_waiting.found(eve, at=at)
    places = {
        kind: sorted(
            (0, row.pk) if kind is Kind.MEETINGS else (row.meeting_id, row.pk)
            for part in attention.parts(kind, eve, at=at)
            for row in part
        )
        for kind in found
    }
    assert {kind: waiting.places for kind, waiting in found.items()} == places
    assert {kind: waiting.count for kind, waiting in found.items()} == {kind: len(places[kind]) for kind in found}
    assert set(found) == set(Kind) - {Kind.ACCOUNTS}


def test_of_more_than_are_counted_the_page_shows_the_same(as_dana: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    people.one_of_each(MeetingFactory(work_phone_use="optional"), 3)
    shown = {kind: names(as_dana.get(address()), kind) for kind in ALL}
    monkeypatch.setattr(attention, "MOST_COUNTED", 1)
    assert {kind: names(as_dana.get(address()), kind) for kind in ALL} == shown


# --- accounts that one does not see ----------------------------------------------------------------------------------


def test_who_runs_a_meeting_learns_that_its_account_is_paused_and_not_why() -> None:
    account = people.paused_account()
    hers = MeetingFactory(account=account, title="Launch", timezone="UTC")
    MeetingFactory(account=account)
    MeetingFactory(title="Running")
    since = f"{account.paused_at:%Y-%m-%d %H:%M} UTC"
    mia, dana = staff("mia", Role.MANAGER, hers), staff("adam", Role.ADMINISTRATOR)
    page = mia.get(address())
    assert [text(each) for each in soup(page).select(".stopped")] == [
        f"Nothing is sent for 1 meeting: its Webex account is paused since {since}; an administrator can resume it. "
        "Launch"
    ]
    assert (counted(page), soup(page).select(".all-well")) == ({}, [])
    own_page = mia.get(reverse("admin:registration_meeting_change", args=[hers.pk]))
    words = (
        f"Nothing is sent: the Webex account of this meeting is paused since {since}; an administrator can resume it."
    )
    assert words in text(soup(own_page).select_one("#content"))
    for response in (page, own_page):
        assert account.name not in response.text and account.pause_reason not in response.text
    seen = dana.get(address())
    assert (counted(seen), soup(seen).select(".stopped")) == ({"accounts": "1"}, [])


def test_the_pause_of_the_account_of_the_settings_stops_the_meetings_without_one() -> None:
    Account.objects.create(name="Ours", is_from_settings=True, paused_at=timezone.now())
    hers = MeetingFactory(title="Launch")
    MeetingFactory(account=Account.objects.create(name="Running"))
    page = staff("mia", Role.VIEWER).get(address())
    assert [text(link) for link in soup(page).select(".stopped a")] == [hers.title]


# --- mails that nobody sends ------------------------------------------------------------------------------------------


def queued(person: Submission, *, ago: timedelta, **kwargs: Any) -> Mail:
    at = timezone.now() - ago
    return Mail.objects.create(submission=person, kind="received", queued_at=at, **{"due_at": at, **kwargs})


def test_it_is_told_that_mails_wait_and_none_is_sent(as_dana: Client) -> None:
    person = SubmissionFactory()
    queued(person, ago=timedelta(minutes=5))
    assert soup(as_dana.get(address())).select(".caution") == []
    queued(person, ago=timedelta(hours=30), sent_at=timezone.now() - timedelta(hours=29), due_at=None)
    first = queued(person, ago=LONG_AGO)
    words = text(soup(as_dana.get(address())).select_one(".caution strong"))
    assert words == f"Mails have been waiting since {first.queued_at:%Y-%m-%d %H:%M} UTC, and none is sent."


def test_many_mails_that_are_being_sent_are_no_alarm(as_dana: Client) -> None:
    person = SubmissionFactory()
    queued(person, ago=LONG_AGO, sent_at=timezone.now(), due_at=None)
    queued(person, ago=LONG_AGO)
    assert soup(as_dana.get(address())).select(".caution") == []
