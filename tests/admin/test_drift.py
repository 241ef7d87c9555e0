"""What staff see of drift, and do about it."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from registration.admin.totals import totals_of
from registration.flow import drift, queries
from registration.models import Meeting, Submission, UnknownRegistrant
from registration.sandbox.rows import Answer, Choice
from registration.sandbox.server import SandboxServer
from tests.admin.pages import MEETINGS, SUBMISSIONS, answer_of, buttons, choose, facts, page_of, press, rows, said, soup
from tests.admin.pages import text as words_of
from tests.cast import MeetingFactory, QuestionFactory, SubmissionFactory
from tests.letters import written
from tests.sync.people import sign_up_at_webex, states, unknown

pytestmark = pytest.mark.django_db
STRANGERS = "admin:registration_unknownregistrant_changelist"


def stranger(meeting: Meeting, number: int = 1, **kwargs: object) -> UnknownRegistrant:
    facts = {"first_name": "Eve", "last_name": f"Stranger {number}", "email": f"eve{number}@example.com"}
    known = {"registrant_id": f"r-{number}", "webex_status": "approved", "seen_at": timezone.now()}
    return UnknownRegistrant.objects.create(meeting=meeting, **{**facts, **known, **kwargs})


def gone(meeting: Meeting, **kwargs: object) -> Submission:
    usual = {"decision": "approved", "presence": "registered"}
    person: Submission = SubmissionFactory(meeting=meeting, missing_at=timezone.now(), **{**usual, **kwargs})
    return person


# --- people at Webex only ---------------------------------------------------------------------------------------------


def test_the_list_of_strangers_is_filtered_by_meeting_status_and_what_was_decided(as_dana: Client) -> None:
    meeting = MeetingFactory(title="Launch")
    stranger(meeting, registration_time="2026-11-03T09:05:00Z")
    stranger(meeting, 2, webex_status="", is_ignored=True)
    stranger(MeetingFactory(), 3)
    found = rows(as_dana.get(reverse(STRANGERS), {"meeting__id__exact": meeting.pk, "is_ignored__exact": "0"}))
    assert [row[:-1] for row in found] == [
        ["Eve Stranger 1", "eve1@example.com", "✓ approved", "Launch", "2026-11-03 09:05"]
    ]
    assert len(rows(as_dana.get(reverse(STRANGERS), {"webex_status__exact": "approved"}))) == 2
    assert len(rows(as_dana.get(reverse(STRANGERS), {"q": "eve3"}))) == 1


@pytest.mark.parametrize("words", ["özil", "ÖZIL", "mesut özil", "ÉVA@example"])
def test_strangers_are_searched_by_letters_of_every_alphabet_in_either_case(as_dana: Client, words: str) -> None:
    stranger(MeetingFactory(), first_name="Mesut", last_name="ÖziL", email="éva@example.com")
    stranger(MeetingFactory(), 2)
    assert [row[0] for row in rows(as_dana.get(reverse(STRANGERS), {"q": words}))] == ["Mesut ÖziL"]


def test_the_page_of_a_stranger_shows_what_webex_told(
    as_dana: Client, open_hour: Meeting, sandbox: SandboxServer
) -> None:
    QuestionFactory(meeting=open_hour, webex_id="330521", text="Colour?")
    answers = Answer(330521, (Choice("<b>red</b>"),)), Answer(7, (Choice("I sing."),))
    sign_up_at_webex(sandbox, open_hour, "eve@example.com", *answers, companyName="Example Ltd")
    response = press(as_dana, "sync_now", open_hour.pk, model="meeting")
    assert said(response) == [
        "info: Nobody of these is at Webex, as far as we know.",
        "warning: 1 person is at Webex and not here: adopt or ignore them in the admin.",
    ]
    page = as_dana.get(page_of(UnknownRegistrant.objects.get()))
    shown = facts(page)
    assert {term: shown[term] for term in ("Meeting", "Webex status", "Company", "Colour?", "Question 7 at Webex")} == {
        "Meeting": "Open hour",
        "Webex status": "✓ approved",
        "Company": "Example Ltd",
        "Colour?": "<b>red</b>",
        "Question 7 at Webex": "I sing.",
    }
    assert buttons(page)[:2] == ["Adopt", "Ignore"]


def test_strangers_are_adopted_and_staff_read_that_nobody_was_mailed(as_rita: Client) -> None:
    meeting = MeetingFactory()
    people = [stranger(meeting, number) for number in (1, 2)]
    SubmissionFactory(meeting=meeting, email="eve3@example.com")
    people.append(stranger(meeting, 3))
    response = choose(as_rita, "adopt", [person.pk for person in people], model="unknownregistrant")
    assert said(response) == [
        "success: 2 adopted, decided as at Webex. Nobody was mailed.",
        "warning: 1 has a registration here already. The next push finds them at Webex, "
        "and does there what was decided about them here.",
    ]
    assert sorted(states("email", "presence")) == [
        ("eve1@example.com", "registered"),
        ("eve2@example.com", "registered"),
        ("eve3@example.com", "uncertain"),
    ]
    assert (unknown(), written()) == ([], [])


def test_a_stranger_who_is_adopted_on_their_page_leaves_it(as_rita: Client) -> None:
    response = press(as_rita, "adopt", stranger(MeetingFactory()).pk, model="unknownregistrant")
    assert (response.status_code, response["Location"]) == (302, reverse(STRANGERS))


def test_a_stranger_is_ignored_and_reported_again(as_rita: Client) -> None:
    person = stranger(MeetingFactory())
    assert said(press(as_rita, "ignore", person.pk, model="unknownregistrant")) == ["success: 1 is ignored now."]
    assert buttons(as_rita.get(page_of(person)))[:2] == ["Adopt", "Stop ignoring"]
    response = choose(as_rita, "stop_ignoring", [person.pk], model="unknownregistrant")
    assert (said(response), UnknownRegistrant.objects.get().is_ignored) == (["success: 1 is reported again."], False)


@pytest.mark.parametrize(
    ("action", "done", "left"),
    [
        ("ignore", "1 is ignored now.", "1 was ignored already"),
        ("stop_ignoring", "1 is reported again.", "1 was not ignored"),
    ],
)
def test_strangers_who_stay_as_they_were_are_counted_and_nothing_done_is_no_success(
    as_rita: Client, action: str, done: str, left: str
) -> None:
    meeting = MeetingFactory()
    people = [stranger(meeting, 1), stranger(meeting, 2, is_ignored=True)]
    chosen = [person.pk for person in people]
    assert said(choose(as_rita, action, chosen, model="unknownregistrant")) == [
        f"success: {done}",
        f"warning: Left as they were: 1 ({left}).",
    ]
    assert said(choose(as_rita, action, chosen, model="unknownregistrant"))[2:] == [
        f"warning: Left as they were: 2 ({left.replace('1 was', '2 were')})."
    ]


@pytest.mark.parametrize("action", ["adopt", "ignore", "stop_ignoring"])
def test_who_only_looks_decides_nothing_about_strangers(as_vera: Client, action: str) -> None:
    person = stranger(MeetingFactory(), is_ignored=action == "stop_ignoring")
    assert as_vera.get(page_of(person)).status_code == 200
    assert press(as_vera, action, person.pk, model="unknownregistrant").status_code == 403
    choose(as_vera, action, [person.pk], model="unknownregistrant")
    assert UnknownRegistrant.objects.get().is_ignored == (action == "stop_ignoring")
    assert Submission.objects.count() == 0


def test_strangers_are_nobody_elses_business() -> None:
    client = Client()
    client.force_login(User.objects.create_user("clerk", is_staff=True))
    assert client.get(reverse(STRANGERS)).status_code == 403
    assert "At Webex only" not in client.get(reverse("admin:index")).text


# --- our people -------------------------------------------------------------------------------------------------------


def test_submissions_are_filtered_by_drift(as_dana: Client) -> None:
    meeting = MeetingFactory()
    missing = gone(meeting)
    rejected = SubmissionFactory(meeting=meeting, approved=True, presence="registered", webex_status="rejected")
    SubmissionFactory(meeting=meeting, approved=True, presence="registered", webex_status="approved")

    def shown(kind: str) -> list[str]:
        return [row[4] for row in rows(as_dana.get(reverse(SUBMISSIONS), {"drift": kind}))]

    assert (shown("missing"), shown("different")) == ([missing.email], [rejected.email])


def test_the_meetings_show_the_drift_as_links(as_dana: Client) -> None:
    meeting, _other = MeetingFactory(title="Launch"), MeetingFactory()
    gone(meeting)
    gone(meeting, presence="uncertain", due_at=timezone.now())
    SubmissionFactory(meeting=meeting, approved=True, presence="registered", webex_status="rejected")
    stranger(meeting)
    stranger(meeting, 2, is_ignored=True)
    for page in (as_dana.get(reverse(MEETINGS)), as_dana.get(page_of(meeting))):
        links = soup(page).select("a.state-count:is([href*=drift], [href*=is_ignored])")
        assert [words_of(link) for link in links] == [
            "1 ? missing",
            "1 ? differs",
            "1 ? only there",
        ]
        for link in links:
            assert len(rows(as_dana.get(str(link["href"])))) == 1


def test_looking_up_again_says_first_what_webex_will_do(as_rita: Client) -> None:
    quiet = MeetingFactory(send_email=False)
    people: list[Submission] = [
        gone(MeetingFactory()),
        gone(quiet),
        gone(quiet, decision="waiting"),
        SubmissionFactory(meeting=quiet),
    ]
    page = choose(as_rita, "look_up_again", [person.pk for person in people])
    assert [words_of(item) for item in soup(page).select(".caution li")] == [
        "2 of them are approved: if Webex does not have them, the push registers them again.",
        "Webex mails 1 of them about it.",
        "If the host removed them on purpose, decline them instead, or leave them as they are.",
    ]
    assert words_of(soup(page).select_one("#content h1")) == "Look up 3 missing people again"
    assert {presence for [presence] in states("presence")} == {"registered", "absent"}

    response = as_rita.post(reverse(SUBMISSIONS), answer_of(page))
    assert said(response) == [
        "success: 3 will be looked up with the next push.",
        "warning: Left as they were: 1 (1 is not missing).",
    ]
    assert [presence for [presence] in states("presence")] == ["uncertain", "uncertain", "uncertain", "absent"]


def test_nobody_is_looked_up_unseen(as_rita: Client) -> None:
    meeting = MeetingFactory()
    first, second = gone(meeting), SubmissionFactory(meeting=meeting, approved=True, presence="registered")
    page = choose(as_rita, "look_up_again", [first.pk, second.pk])
    Submission.objects.filter(pk=second.pk).update(missing_at=timezone.now())
    page = as_rita.post(reverse(SUBMISSIONS), answer_of(page))
    assert [words_of(note) for note in soup(page).select(".errornote")] == [
        "Nobody is looked up yet: other people are missing now. Look at it again."
    ]
    assert states("presence") == [("registered",), ("registered",)]


def test_who_is_left_as_at_webex_is_counted_nowhere_until_they_are_reported_again(as_rita: Client) -> None:
    meeting = MeetingFactory()
    missing = gone(meeting)
    rejected = SubmissionFactory(meeting=meeting, approved=True, presence="registered", webex_status="rejected")
    attention = reverse("admin:registration_attention")

    def reported() -> tuple[list[str], list[str], list[int]]:
        kinds = soup(as_rita.get(attention)).select(".waiting-kinds a, section.waiting")
        counts = soup(as_rita.get(reverse(MEETINGS))).select("a.state-count[href*=drift]")
        numbers = [totals_of([meeting.pk])[meeting.pk].numbers["missing"], queries.missing([meeting])]
        return [str(kind.get("id")) for kind in kinds if kind.get("id")], [words_of(each) for each in counts], numbers

    everything = (["missing", "different"], ["1 ? missing", "1 ? differs"], [1, 1])
    assert reported() == everything
    for kind, person in (("missing", missing), ("different", rejected)):
        where = reverse("admin:registration_attention_do", args=[kind, "leave"])
        as_rita.post(where, {"_selected_action": [person.pk]})
        page = as_rita.get(page_of(person))
        assert "Left as at Webex since" in facts(page)
        assert "Report again if left as at Webex" in buttons(page)
    assert reported() == ([], [], [0, 0])
    listed = rows(as_rita.get(reverse(SUBMISSIONS), {"drift": "left"}))
    assert {row[4] for row in listed} == {missing.email, rejected.email}
    assert said(press(as_rita, "report_again", missing.pk)) == ["success: 1 is reported again."]
    page = choose(as_rita, "report_again", [missing.pk, rejected.pk])
    assert said(page)[1:] == [
        "success: 1 is reported again.",
        "warning: Left as they were: 1 (1 was not left as at Webex).",
    ]
    assert reported() == everything
    assert "Left as at Webex since" not in facts(as_rita.get(page_of(missing)))


def test_who_may_well_be_gone_is_missing_nowhere(as_rita: Client) -> None:
    meeting = MeetingFactory()
    person, now = gone(meeting), timezone.now()
    later = now + timedelta(minutes=1)
    for what in ({"decision": "declined"}, {"decision": "cancelled"}, {"erase_asked_at": now}, {"left_at": later}):
        gone(meeting, **what)
    assert totals_of([meeting.pk])[meeting.pk].numbers["missing"] == 1
    for query in ({"drift": "missing"}, {"who": "missing"}):
        assert [row[4] for row in rows(as_rita.get(reverse(SUBMISSIONS), query))] == [person.email]


def test_whether_somebody_was_left_is_asked_of_them_alone_and_once_for_each_place_that_tells_it(
    as_rita: Client,
) -> None:
    person = gone(MeetingFactory())
    counts = []
    for left_at in (None, timezone.now()):
        Submission.objects.update(left_at=left_at)
        with CaptureQueriesContext(connection) as asked:
            as_rita.get(page_of(person))
        counts.append(len(asked))
    # The button and the fact: each whom Webex did not change, and whether they are left.
    assert counts[1] - counts[0] == 4


@pytest.mark.parametrize("since", ["missing_at", "webex_status_at", "decided_at", "corrected_at"])
def test_who_was_left_is_reported_again_once_anything_changes(since: str) -> None:
    now = timezone.now()
    person = gone(MeetingFactory(), left_at=now, webex_status_at=now, decided_at=now, corrected_at=now)
    everybody = Submission.objects.all()
    Submission.objects.update(missing_at=now)
    assert (list(drift.left(everybody)), queries.missing([person.meeting])) == ([person], 0)
    Submission.objects.update(**{since: now + timedelta(seconds=1)})
    assert (list(drift.left(everybody)), queries.missing([person.meeting])) == ([], 1)


def test_one_missing_person_is_looked_up_again_on_their_page(as_rita: Client) -> None:
    person = gone(MeetingFactory())
    page = as_rita.get(page_of(person))
    assert "Look up again who is missing …" in buttons(page)
    assert "Missing at Webex since" in facts(page)
    page = press(as_rita, "look_up_again", person.pk)
    assert said(as_rita.post(page.wsgi_request.path, answer_of(page))) == [
        "success: 1 will be looked up with the next push."
    ]
    person.refresh_from_db()
    assert (person.presence, person.missing_at) == ("uncertain", None)


def test_nobody_is_missing(as_rita: Client, as_vera: Client) -> None:
    person = SubmissionFactory(approved=True, presence="registered")
    assert "Look up again who is missing …" not in buttons(as_rita.get(page_of(person)))
    assert said(choose(as_rita, "look_up_again", [person.pk])) == ["info: Nobody of these is missing at Webex."]
    assert press(as_vera, "look_up_again", gone(MeetingFactory()).pk).status_code == 403


def test_staff_read_the_alarm_of_a_sync(
    as_dana: Client, open_hour: Meeting, sandbox: SandboxServer, here: None
) -> None:
    SubmissionFactory.create_batch(5, meeting=open_hour, approved=True)
    press(as_dana, "push_now", open_hour.pk, model="meeting")
    Submission.objects.update(presence_at="2026-01-01T00:00:00Z")
    sandbox.store.delete(open_hour.webex_id, [row.id for row in sandbox.store.registrants(open_hour.webex_id)])
    response = press(as_dana, "sync_now", open_hour.pk, model="meeting")
    alarm, missing = said(response)[-2:]
    assert alarm.startswith("error: Open hour: 5 of 5 people are gone from Webex at once. The meeting is paused")
    assert missing.startswith("error: Open hour: not found at Webex any more: ")
