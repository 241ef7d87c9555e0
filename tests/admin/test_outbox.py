"""The outbox: what is held is seen, released and taken back, by whoever may; and the preview shows what a push does."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from registration import audit
from registration.admin import meeting_outbox, outbox
from registration.flow import review
from registration.models import Account, Answer, AuditEntry, Mail, Meeting, RoleAssignment, Submission
from registration.states import Presence
from tests.admin.conftest import _signed_in
from tests.admin.pages import buttons, choose, fields_of, page_of, said, soup, text
from tests.cast import MeetingFactory, QuestionFactory, SubmissionFactory

PAST = datetime(2026, 1, 1, tzinfo=UTC)
everybody = Submission.objects.order_by("pk")
LINK = '<a href="/admin/registration/outbox/">Open the outbox</a>'


@pytest.fixture
def launch(db: None) -> Meeting:
    meeting: Meeting = MeetingFactory(title="Launch", holds_decisions=True, send_email=False)
    return meeting


@pytest.fixture
def as_eve(launch: Meeting) -> Client:
    """She reviews another meeting."""
    eve = User.objects.create_user("eve", is_staff=True)
    RoleAssignment.objects.create(user=eve, meeting=MeetingFactory(title="Hers"), role="reviewer")
    return _signed_in(eve)


def all_outboxes() -> str:
    return reverse(f"admin:{outbox.OUTBOX}")


def outbox_of(meeting: Meeting) -> str:
    return reverse(f"admin:{meeting_outbox.PAGE}", args=[meeting.pk])


def preview_of(meeting: Meeting) -> str:
    return reverse(f"admin:{meeting_outbox.PREVIEW}", args=[meeting.pk])


def table(response: Any) -> list[list[str]]:
    return [
        [text(cell) for cell in row.select("th, td")] for row in soup(response).select("#content .wide-table tbody tr")
    ]


def do(client: Client, meeting: Meeting, deed: str, people: list[Submission] | None = None, **more: str) -> Any:
    seen_at = timezone.now().isoformat()
    keys = [str(person.pk) for person in people or []]
    return client.post(outbox_of(meeting), {"do": deed, "person": keys, "seen_at": seen_at, **more})


def held() -> list[tuple[str, str]]:
    return list(everybody.values_list("decision", "held_decision"))


# --- from the list to the outbox --------------------------------------------------------------------------------------


def test_a_held_decision_is_told_as_such(as_rita: Client, launch: Meeting) -> None:
    person = SubmissionFactory(meeting=launch)
    response = choose(as_rita, "approve", [person.pk])
    assert said(response) == [f"success: 1 decided, held until it is released. {LINK}"]
    listed = soup(as_rita.get(reverse("admin:registration_submission_changelist")))
    assert [text(cell) for cell in listed.select(".field-decision_word")] == ["○ waiting for review ‖ held: approved"]
    assert said(choose(as_rita, "approve", [person.pk])) == [
        "warning: Left as they were: 1 (1 is held as approved already).",
    ]


def test_each_count_leads_to_exactly_those_people(as_rita: Client, rita: User, launch: Meeting) -> None:
    people = SubmissionFactory.create_batch(3, meeting=launch)
    other = SubmissionFactory(meeting=MeetingFactory(holds_decisions=True))
    review.approve(everybody.filter(pk__in=[people[0].pk, other.pk]), by=rita)
    review.decline(everybody.filter(pk__in=[people[1].pk, people[2].pk]), by=rita, reason="Full.")
    page = soup(as_rita.get(outbox_of(launch)))
    links = [(text(link), str(link["href"])) for link in page.select("#content .state-count")]
    assert [words for words, _address in links] == ["1 ✓ approved", "2 ✗ declined"]
    found = [soup(as_rita.get(address)).select("#result_list .field-name a") for _words, address in links]
    assert [len(each) for each in found] == [1, 2]


def test_the_outbox_of_all_meetings(as_rita: Client, rita: User, launch: Meeting) -> None:
    SubmissionFactory.create_batch(2, meeting=launch)
    review.approve(everybody, by=rita)
    SubmissionFactory(meeting=MeetingFactory(title="Due"), approved=True)
    MeetingFactory(title="Idle", holds_decisions=True)
    now = f"{everybody.first().held_at:%Y-%m-%d %H:%M}"  # type: ignore[union-attr]
    assert table(as_rita.get(all_outboxes())) == [
        ["Launch", "2 ✓ approved", now, "–", "Release 2 Preview"],
        ["Due", "–", "–", "a push is due", "Preview"],
    ]


def test_an_empty_outbox_says_what_to_do_next(as_dana: Client, launch: Meeting) -> None:
    assert text(soup(as_dana.get(all_outboxes())).select_one("#content .empty")) == (
        "Nothing is held, and nothing is due at Webex. Turn on “decisions are held” on a meeting’s page to review at "
        "leisure and tell everybody at once. Meetings"
    )
    assert text(soup(as_dana.get(outbox_of(launch))).select_one("#content .empty")) == (
        "Nothing is held. Approve or decline people, and it waits here. The meeting’s registrations"
    )


def test_an_empty_outbox_asks_nobody_to_do_what_they_may_not(as_vera: Client, launch: Meeting) -> None:
    def words(address: str) -> str:
        return text(soup(as_vera.get(address)).select_one("#content .empty"))

    assert words(all_outboxes()) == "Nothing is held, and nothing is due at Webex. Meetings"
    assert words(outbox_of(launch)) == "Nothing is held. The meeting’s registrations"
    Meeting.objects.update(holds_decisions=False)
    assert words(outbox_of(launch)) == "Nothing is held: this meeting’s decisions count at once."


def test_the_outbox_of_a_meeting_without_a_webex_id_says_that_nobody_is_sent(
    as_rita: Client, as_dana: Client, launch: Meeting
) -> None:
    SubmissionFactory(meeting=launch, approved=True)
    assert cautions(as_dana, outbox_of(launch)) == []
    Meeting.objects.filter(pk=launch.pk).update(webex_id="")
    words = (
        "This meeting has no Webex meeting id: whoever is approved stays in the portal, and nobody is sent to Webex."
    )
    assert cautions(as_rita, outbox_of(launch)) == [words]
    assert cautions(as_dana, outbox_of(launch)) == [
        f"{words} Enter it on the meeting’s page, or leave it so if the portal alone invites."
    ]


@pytest.mark.parametrize("size", [2, 15])
def test_as_many_queries_for_many_meetings_as_for_two(
    as_rita: Client, rita: User, django_assert_num_queries: DjangoAssertNumQueries, size: int
) -> None:
    for _ in range(size):
        SubmissionFactory(meeting=MeetingFactory(holds_decisions=True))
        SubmissionFactory(meeting=MeetingFactory(), approved=True)
    review.approve(everybody.filter(decision="waiting"), by=rita)
    with django_assert_num_queries(18):
        assert len(table(as_rita.get(all_outboxes()))) == min(20, 2 * size)


def cautions(client: Client, address: str) -> list[str]:
    return [text(words) for words in soup(client.get(address)).select("#content .caution")]


OF_LAUNCH = (
    "“Launch” is paused since 2026-01-01 00:00 UTC: no call is made for it until somebody resumes it. It is gone."
)


def test_each_outbox_and_the_preview_say_that_the_meeting_is_paused_and_where_to_resume_it(
    as_dana: Client, as_rita: Client, launch: Meeting
) -> None:
    SubmissionFactory(meeting=launch, approved=True)
    Meeting.objects.update(paused_at=PAST, pause_reason="It is gone.")
    for address in (all_outboxes(), outbox_of(launch), preview_of(launch)):
        assert cautions(as_dana, address) == [f"{OF_LAUNCH} Resume “Launch” on its page"]
        assert cautions(as_rita, address) == [f"{OF_LAUNCH} The page of “Launch”"]
        link = soup(as_dana.get(address)).select_one("#content .caution a")
        assert link is not None
        assert link["href"] == page_of(launch)
    assert [row[3] for row in table(as_rita.get(all_outboxes()))] == ["a push is due, but nothing is sent"]
    Submission.objects.update(decision="waiting", held_decision="approved", held_at=PAST)
    assert [row[3] for row in table(as_rita.get(all_outboxes()))] == ["nothing is sent"]


def test_each_outbox_and_the_preview_say_that_the_account_is_paused_once_for_all_its_meetings(
    as_dana: Client, as_rita: Client, launch: Meeting
) -> None:
    SubmissionFactory(meeting=launch, approved=True)
    other = MeetingFactory(title="Other")
    SubmissionFactory(meeting=other, approved=True)
    account = Account.objects.create(name="Berlin", paused_at=PAST, pause_reason="The token is void.")
    Meeting.objects.update(account=account)
    why = (
        "The Webex account “Berlin” is paused since 2026-01-01 00:00 UTC: no call is made in its name until somebody "
        "resumes it. The token is void. Resume “Berlin” on its page"
    )
    for address in (all_outboxes(), outbox_of(launch), preview_of(launch)):
        assert cautions(as_dana, address) == [why]
    of_one = "is paused since 2026-01-01 00:00 UTC: no call is made for it until an administrator resumes the account."
    assert cautions(as_rita, preview_of(launch)) == [f"The Webex account of “Launch” {of_one}"]
    assert cautions(as_rita, all_outboxes()) == [
        "The Webex account of 2 meetings is paused since 2026-01-01 00:00 UTC: no call is made for them until an "
        "administrator resumes the account."
    ]
    assert [row[3] for row in table(as_rita.get(all_outboxes()))] == ["a push is due, but nothing is sent"] * 2


@pytest.mark.parametrize(
    ("of_account", "of_meeting"),
    [
        ({"is_from_settings": True, "paused_mark": "of another token"}, {}),
        ({"credentials_mark": "new"}, {"account": True}),
        ({}, {}),
        ({}, {"account": True, "webex_id": ""}),
    ],
)
def test_nothing_is_said_of_an_account_that_stops_nobody_of_the_meeting(
    as_dana: Client, launch: Meeting, of_account: dict[str, Any], of_meeting: dict[str, Any]
) -> None:
    account = Account.objects.create(name="Berlin", paused_at=PAST, **of_account)
    Meeting.objects.update(**of_meeting | ({"account": account} if "account" in of_meeting else {}))
    for address in (all_outboxes(), outbox_of(launch), preview_of(launch)):
        assert [words for words in cautions(as_dana, address) if "paused" in words] == []


# --- a meeting's outbox -----------------------------------------------------------------------------------------------


def test_who_is_held_is_listed_the_newest_first_and_it_is_noted_who_looked(
    as_rita: Client, rita: User, launch: Meeting
) -> None:
    first, second = SubmissionFactory.create_batch(2, meeting=launch)
    review.decline(everybody.filter(pk=first.pk), by=rita, reason="<b>Full</b>\n🎈 =cmd")
    review.approve(everybody.filter(pk=second.pk), by=rita)
    times = [f"{person.held_at:%Y-%m-%d %H:%M}" for person in everybody]
    AuditEntry.objects.all().delete()
    response = as_rita.get(outbox_of(launch))
    assert table(response) == [
        ["", second.full_name, "○ waiting for review", "‖ held: approved", "–", "rita", times[1]],
        ["", first.full_name, "○ waiting for review", "‖ held: declined", "<b>Full</b> 🎈 =cmd", "rita", times[0]],
    ]
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.by, entry.meeting, entry.thing, entry.count) == (
        audit.Action.LISTED, rita, launch, "outbox", 2,
    )  # fmt: skip


def test_the_page_lists_all_that_its_button_releases(as_rita: Client, rita: User, launch: Meeting) -> None:
    first, second = SubmissionFactory.create_batch(2, meeting=launch)
    review.approve(everybody.filter(pk=first.pk), by=rita)
    review.decline(everybody.filter(pk=second.pk), by=rita, reason="Full.")
    page = as_rita.get(outbox_of(launch), {"held": "approved"})
    assert [row[1] for row in table(page)] == [second.full_name, first.full_name]


def test_all_are_released_and_the_mails_are_written(as_rita: Client, rita: User, launch: Meeting) -> None:
    SubmissionFactory.create_batch(2, meeting=launch)
    review.approve(everybody, by=rita)
    response = do(as_rita, launch, "release_all")
    assert (response.headers["Location"], said(response)) == (outbox_of(launch), ["success: 2 released."])
    assert held() == [("approved", ""), ("approved", "")]
    assert list(Mail.objects.values_list("kind", flat=True)) == ["approved", "approved"]


def test_the_chosen_are_released_or_taken_back(as_rita: Client, rita: User, launch: Meeting) -> None:
    first, second, _third = SubmissionFactory.create_batch(3, meeting=launch)
    review.approve(everybody, by=rita)
    assert said(do(as_rita, launch, "release", [first])) == ["success: 1 released."]
    assert said(do(as_rita, launch, "take_back", [second]))[1:] == ["success: 1 taken back: it is to be decided anew."]
    assert held() == [("approved", ""), ("waiting", ""), ("waiting", "approved")]


def test_a_second_click_releases_nobody_twice(as_rita: Client, rita: User, launch: Meeting) -> None:
    person = SubmissionFactory(meeting=launch)
    review.approve(everybody, by=rita)
    seen_at = timezone.now().isoformat()
    do(as_rita, launch, "release", [person], seen_at=seen_at)
    for deed in ("release", "release_all"):
        assert said(do(as_rita, launch, deed, [person], seen_at=seen_at))[-1] == "info: 1 was released already."
    assert said(do(as_rita, launch, "release", [person]))[-1] == (
        f"warning: Left as they were: 1 ({person}: nothing is held any more; the registration is: approved)."
    )
    assert Mail.objects.count() == 1


@pytest.mark.parametrize("deed", ["release", "release_push", "take_back"])
def test_nobody_ticked_is_told_as_such(as_rita: Client, rita: User, launch: Meeting, deed: str) -> None:
    SubmissionFactory(meeting=launch)
    review.approve(everybody, by=rita)
    response = do(as_rita, launch, deed)
    assert (response.headers["Location"], said(response)) == (
        outbox_of(launch),
        ["warning: Nothing was done: nothing was chosen."],
    )
    assert held() == [("waiting", "approved")]


@pytest.mark.parametrize(
    "sent",
    [
        {"do": "release_all", "seen_at": ""},
        {"do": "release_all", "seen_at": "yesterday"},
        {"do": "release", "person": ["1"], "seen_at": "2026-13-45T99:99:99Z"},
        {"do": "release", "person": ["1"], "seen_at": "2026-11-01T00:00:00"},
        {"do": "x\0"},
        {},
        {"do": "take_back", "person": ["1' or 1=1"]},
        {"do": "take_back", "person": ["9" * 30]},
        {"do": "take_back", "person": [str(n) for n in range(200)]},
    ],
    ids=str,
)
def test_what_no_page_of_ours_sends_is_refused(as_rita: Client, launch: Meeting, sent: dict[str, Any]) -> None:
    assert as_rita.post(outbox_of(launch), sent).status_code == 400


def test_people_of_another_meeting_are_not_released(as_rita: Client, rita: User, launch: Meeting) -> None:
    stranger = SubmissionFactory(meeting=MeetingFactory(holds_decisions=True))
    review.approve(everybody, by=rita)
    do(as_rita, launch, "release", [stranger])
    assert held() == [("waiting", "approved")]


@pytest.mark.parametrize("size", [2, 20])
def test_the_page_needs_as_many_queries_for_twenty_as_for_two(
    as_rita: Client, rita: User, launch: Meeting, django_assert_num_queries: DjangoAssertNumQueries, size: int
) -> None:
    SubmissionFactory.create_batch(size, meeting=launch)
    review.approve(everybody, by=rita)
    with django_assert_num_queries(22):
        assert len(table(as_rita.get(outbox_of(launch)))) == size


# --- the preview ------------------------------------------------------------------------------------------------------


def test_the_preview_shows_calls_people_bodies_and_mails(as_rita: Client, rita: User, launch: Meeting) -> None:
    SubmissionFactory(meeting=launch, first_name="Ada", last_name="L", email="ada@example.com")
    SubmissionFactory(meeting=launch, first_name="<i>Bo</i>", last_name="M")
    review.approve(everybody.filter(first_name="Ada"), by=rita)
    review.decline(everybody.exclude(first_name="Ada"), by=rita, reason="Full.")
    page = soup(as_rita.get(preview_of(launch)))
    assert [text(term) for term in page.select("#content dd")] == [
        "1", "1", "nobody", "1 × “approved”: Ada L", "1 × “declined”: <i>Bo</i> M",
    ]  # fmt: skip
    (call,) = page.select("section.call")
    assert text(call.select_one(".line")) == f"POST /meetings/{launch.webex_id}/registrants/bulkInsert"
    assert [text(person) for person in call.select(".people li")] == ["Ada L ada@example.com"]
    assert '"email": "ada@example.com"' in text(call.select_one("pre"))
    only_due = soup(as_rita.get(preview_of(launch), {"only": "due"}))
    assert text(only_due.select_one("#content .empty")) == (
        "No call would be made. 2 decisions are not released yet. Outbox"
    )
    assert held() == [("waiting", "approved"), ("waiting", "declined")]


def no_call(client: Client, meeting: Meeting) -> str:
    return text(soup(client.get(preview_of(meeting))).select_one("#content .empty"))


@pytest.mark.parametrize(
    ("about", "why"),
    [
        ({"webex_id": ""}, "“Launch” has no Webex id, so nobody can be sent."),
        ({"is_cancelled": True}, "“Launch” is cancelled, so nobody is sent any more."),
        ({"start_at": PAST, "end_at": PAST + timedelta(hours=1)}, "“Launch” is over, so nobody is sent any more."),
    ],
)
def test_the_preview_says_why_nobody_of_the_meeting_can_be_sent(
    as_rita: Client, rita: User, launch: Meeting, about: dict[str, Any], why: str
) -> None:
    SubmissionFactory(meeting=launch)
    review.approve(everybody, by=rita)
    Meeting.objects.filter(pk=launch.pk).update(**about)
    assert no_call(as_rita, launch) == f"No call would be made. {why}"


def test_the_preview_says_who_is_not_as_it_was_decided_though_no_call_would_be_made(
    as_rita: Client, launch: Meeting
) -> None:
    def people(count: int, **about: Any) -> None:
        SubmissionFactory.create_batch(count, approved=True, **{"meeting": launch} | about)

    people(1, presence="registered", webex_status="approved", meeting=MeetingFactory(), missing_at=timezone.now())
    people(1, presence="registered", webex_status="approved")
    assert no_call(as_rita, launch) == "No call would be made: nothing has to be done at Webex."
    people(1, presence="uncertain")
    people(2, presence="refused")
    people(1, presence="registered", webex_status="approved", missing_at=timezone.now())
    people(1, presence="registered", webex_status="rejected", webex_status_at=timezone.now())
    assert no_call(as_rita, launch) == (
        "No call would be made. "
        "1 person is looked up first: the outcome of a call about them is not known yet. "
        "2 people wait for somebody to look: Refused by Webex. Needs attention "
        "1 person waits for somebody to look: Missing at Webex. Needs attention "
        "1 person waits for somebody to look: Decided differently at Webex. Needs attention"
    )
    links = soup(as_rita.get(preview_of(launch))).select("#content .empty a")
    address = reverse("admin:registration_attention")
    assert [link["href"] for link in links] == [f"{address}#{kind}" for kind in ("refused", "missing", "different")]


@pytest.mark.parametrize("size", [2, 20])
def test_why_there_is_no_call_needs_as_many_queries_for_twenty_as_for_two(
    as_rita: Client, launch: Meeting, django_assert_num_queries: DjangoAssertNumQueries, size: int
) -> None:
    SubmissionFactory.create_batch(size, meeting=launch, approved=True, presence="refused")
    with django_assert_num_queries(42):
        assert no_call(as_rita, launch).startswith(f"No call would be made. {size} people wait")


def test_the_preview_shows_the_address_under_which_each_call_is_about_a_person(
    as_rita: Client, launch: Meeting
) -> None:
    SubmissionFactory(
        meeting=launch, approved=True, email="new@example.com", sent_email="old@example.com", registrant_id="r-1",
        presence=Presence.REGISTERED, webex_status="approved", corrected_at=timezone.now(),
    )  # fmt: skip
    calls = soup(as_rita.get(preview_of(launch))).select("section.call")
    shown = [(text(call.select_one(".line")).rpartition("/")[2], text(call.select_one("bdi.quiet"))) for call in calls]
    assert shown == [("bulkDelete", "old@example.com"), ("bulkInsert", "new@example.com")]


def test_calls_are_paged(as_rita: Client, rita: User, launch: Meeting, settings: Any) -> None:
    settings.WEBEX_BATCH_SIZE = 1
    SubmissionFactory.create_batch(7, meeting=launch, approved=True)
    first, second = (soup(as_rita.get(preview_of(launch), {"p": number})) for number in ("1", "2"))
    assert [text(heading) for heading in second.select("section.call h2")] == ["Call 6 of 7", "Call 7 of 7"]
    assert (len(first.select("section.call")), text(first.select_one(".pages span"))) == (5, "Page 1 of 2")


def test_answers_to_private_questions_are_shown_to_those_alone_who_manage_the_meeting(
    as_dana: Client, as_rita: Client, launch: Meeting
) -> None:
    person = SubmissionFactory(meeting=launch, approved=True)
    for number, is_private in (("7", True), ("8", False)):
        question = QuestionFactory(meeting=launch, webex_id=number, is_private=is_private)
        Answer.objects.create(submission=person, question=question, question_text="?", text=f"Words {number}")
    shown = [text(soup(client.get(preview_of(launch))).select_one("pre")) for client in (as_dana, as_rita)]
    assert [("Words 7" in words, "Words 8" in words) for words in shown] == [(True, True), (False, True)]


@pytest.mark.parametrize("size", [2, 20])
def test_the_preview_needs_as_many_queries_for_twenty_as_for_two(
    as_rita: Client, rita: User, launch: Meeting, django_assert_num_queries: DjangoAssertNumQueries, size: int
) -> None:
    SubmissionFactory.create_batch(size, meeting=launch)
    review.approve(everybody, by=rita)
    with django_assert_num_queries(38):
        assert len(soup(as_rita.get(preview_of(launch))).select("section.call .people li")) == size


# --- who may ----------------------------------------------------------------------------------------------------------


def test_who_only_looks_sees_who_is_held_and_can_do_nothing(as_vera: Client, rita: User, launch: Meeting) -> None:
    SubmissionFactory(meeting=launch)
    review.approve(everybody, by=rita)
    response = as_vera.get(outbox_of(launch))
    assert [button["value"] for button in soup(response).select("#content button")] == []
    assert len(table(response)) == 1
    assert do(as_vera, launch, "release_all").status_code == 403
    assert as_vera.post(all_outboxes()).status_code == 403
    assert as_vera.get(preview_of(launch)).status_code == 403
    assert held() == [("waiting", "approved")]


def test_eve_sees_nothing_of_a_meeting_that_is_not_hers(as_eve: Client, rita: User, launch: Meeting) -> None:
    person = SubmissionFactory(meeting=launch)
    review.approve(everybody, by=rita)
    assert [as_eve.get(address).status_code for address in (outbox_of(launch), preview_of(launch))] == [404, 404]
    assert do(as_eve, launch, "release_all").status_code == 404
    shown = as_eve.get(all_outboxes()).content.decode()
    assert ("Launch" in shown, person.last_name in shown) == (False, False)
    assert held() == [("waiting", "approved")]


def test_the_outbox_is_reached_from_the_meeting_and_the_first_page(as_rita: Client, launch: Meeting) -> None:
    assert "Outbox" in buttons(as_rita.get(page_of(launch)))
    assert soup(as_rita.get(reverse("admin:index"))).select_one(f'nav a[href="{all_outboxes()}"]') is not None


# --- the meeting's form -----------------------------------------------------------------------------------------------


def test_holding_is_turned_on_and_off_on_the_meetings_page(as_dana: Client, dana: User, launch: Meeting) -> None:
    SubmissionFactory(meeting=launch)
    review.approve(everybody, by=dana)
    response = as_dana.get(page_of(launch))
    assert text(soup(response).select_one("#id_holds_decisions_helptext")) == (
        "Nobody is told of a decision, and Webex neither, until staff release it in the outbox. What is held when this "
        "is turned off stays in the outbox, and is still to be released there."
    )
    fields = fields_of(response)
    del fields["holds_decisions"]
    assert as_dana.post(page_of(launch), fields).status_code == 302
    assert Meeting.objects.get(pk=launch.pk).holds_decisions is False
    assert held() == [("waiting", "approved")]
    assert [text(words) for words in soup(as_dana.get(outbox_of(launch))).select(".caution")] == [
        "The meeting holds its decisions no longer: new ones count at once. What is here is still to be released or "
        "taken back."
    ]
