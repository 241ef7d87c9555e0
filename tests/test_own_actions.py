"""What attendees do on their own page, over HTTP."""

import logging
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from registration.models import Answer, Mail, Meeting, Option, Submission
from registration.states import Decision, Presence, WaitingList
from tests.cast import MeetingFactory, QuestionFactory, SubmissionFactory
from tests.letters import written
from tests.pages import HOUR, read, texts

pytestmark = pytest.mark.django_db

PAGES = ["change/", "cancel/", "again/", "new-link/"]
NEW_LINK = "Get a new link"
THERE: dict[str, Any] = {"decision": "approved", "presence": Presence.REGISTERED, "webex_status": "approved"}


@pytest.fixture
def ann() -> Submission:
    """She is approved for a meeting that asks for her city and one question."""
    meeting = MeetingFactory(city_use="optional", company_name_use="required", host_email="host@example.com")
    ann: Submission = SubmissionFactory(
        meeting=meeting, approved=True, first_name="Ann", last_name="Lee", email="ann@example.com", company_name="Acme"
    )
    question = QuestionFactory(meeting=meeting, text="Colour?", type="radioButtons", options=["Red", "Blue"])
    red = question.options.get(text="Red")
    Answer.objects.create(submission=ann, question=question, option=red, question_text="Colour?", text="Red")
    return ann


def stored(person: Submission) -> Submission:
    return Submission.objects.select_related("meeting").get(pk=person.pk)


def address(person: Submission, page: str = "") -> str:
    return f"{person.get_absolute_url()}{page}"


def now_has(meeting: Meeting, **facts: Any) -> None:
    """Staff change this of the meeting."""
    for name, value in facts.items():
        setattr(meeting, name, value)
    meeting.save()


def filled(client: Client, person: Submission, **changes: Any) -> dict[str, Any]:
    """What a browser would send of the form of changes, with these."""
    page = read(client.get(address(person, "change/")))
    fields = {str(field["name"]): str(field.get("value", "")) for field in page.select("main input:not([type=radio])")}
    boxes = {str(box["name"]): str(box["value"]) for box in page.select("main input[type=radio][checked]")}
    return fields | boxes | changes


def offered(client: Client, person: Submission) -> list[str]:
    """What the own page says that can be done."""
    return texts(read(client.get(address(person))), ".actions a")


# --- what is offered ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("decision", Decision)
def test_what_can_be_done_follows_from_the_decision(client: Client, decision: Decision) -> None:
    standing, over = ["Change my answers", "Cancel my registration"], list[str]()
    expected = {Decision.CANCELLED: ["Register again"], Decision.DECLINED: over}.get(decision, standing)
    assert offered(client, SubmissionFactory(decision=decision)) == [*expected, NEW_LINK]


@pytest.mark.parametrize(
    ("facts", "decision", "expected"),
    [
        ({"changes_until": timezone.now() - HOUR}, "approved", ["Cancel my registration"]),
        ({"start_at": timezone.now() - HOUR / 2}, "approved", ["Cancel my registration"]),
        ({"start_at": timezone.now() - 3 * HOUR}, "approved", []),
        ({"is_cancelled": True}, "approved", []),
        ({"is_cancelled": True}, "cancelled", []),
        ({"capacity": 0}, "cancelled", []),
        ({"capacity": 0, "waiting_list": WaitingList.OFFER}, "cancelled", ["Register again"]),
        ({"is_published": False}, "cancelled", []),
    ],
)
def test_what_can_be_done_follows_from_the_meeting(
    client: Client, facts: dict[str, Any], decision: str, expected: list[str]
) -> None:
    ann = SubmissionFactory(meeting=MeetingFactory(**facts), decision=decision)
    assert offered(client, ann) == [*expected, NEW_LINK]


def test_the_page_says_until_when(client: Client) -> None:
    start = timezone.now().replace(year=2090, month=1, day=5, hour=9, minute=0, second=0, microsecond=0)
    meeting = MeetingFactory(start_at=start, changes_until=start - 48 * HOUR, capacity=0, waiting_list="offer")
    ann = SubmissionFactory(meeting=meeting)
    hints = [texts(read(client.get(address(ann))), ".actions .hint")]
    cancelled(ann)
    hints.append(texts(read(client.get(address(ann))), ".actions .hint"))
    assert hints == [
        [
            "until Tuesday, 3 January 2090, 10:00 (Europe/Berlin)",
            "until Thursday, 5 January 2090, 11:00 (Europe/Berlin)",
            "if somebody else may know the address of this page",
        ],
        [
            "for the waiting list, until Thursday, 5 January 2090, 11:00 (Europe/Berlin)",
            "if somebody else may know the address of this page",
        ],
    ]


def cancelled(person: Submission) -> None:
    Submission.objects.filter(pk=person.pk).update(decision=Decision.CANCELLED)


@pytest.mark.parametrize(
    ("facts", "most"),
    [
        (THERE, 1),
        (THERE | {"corrected_at": datetime(2026, 12, 1, tzinfo=UTC)}, 1),
        ({"decision": "waitlisted"}, 3),
        ({"decision": "declined"}, 3),
        ({"decision": "cancelled"}, 3),
        ({"decision": "offered"}, 2),
    ],
)
def test_the_own_page_asks_little_of_the_database(client: Client, facts: dict[str, Any], most: int) -> None:
    ann = SubmissionFactory(meeting=MeetingFactory(capacity=3), **facts)
    client.get(address(ann))
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address(ann)).status_code == 200
    assert len(queries) == most


def test_the_own_page_says_how_far_one_is_in_the_line(client: Client) -> None:
    meeting = MeetingFactory(capacity=0, waiting_list=WaitingList.AT_ONCE)
    _first, second = SubmissionFactory.create_batch(2, meeting=meeting, decision=Decision.WAITLISTED)
    assert texts(read(client.get(address(second))), ".banner p") == [
        "All places are taken. You are number 2 on the waiting list and will hear from us when a place becomes free."
    ]


def test_the_own_page_says_how_it_stands_at_webex(client: Client, ann: Submission) -> None:
    facts = {"presence": Presence.REGISTERED, "webex_status": "pending", "webex_status_at": timezone.now()}
    Submission.objects.update(**facts)
    [_headline, said] = texts(read(client.get(address(ann))), ".banner p")
    assert said.startswith("Webex: waiting for the host since ")
    now_has(ann.meeting, is_cancelled=True)
    assert len(texts(read(client.get(address(ann))), ".banner p")) == 1


# --- every page ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES)
def test_every_page_is_kept_from_caches_search_engines_and_other_sites(client: Client, page: str) -> None:
    ann = SubmissionFactory(decision=Decision.CANCELLED if page == "again/" else Decision.WAITING)
    for response in (client.get(address(ann, page)), client.post(address(ann, page))):
        names = ("Cache-Control", "X-Robots-Tag", "Referrer-Policy")
        assert [response.headers[name] for name in names] == ["no-store", "noindex, nofollow", "strict-origin"]


@pytest.mark.parametrize("page", PAGES)
def test_to_open_a_page_changes_nothing(client: Client, page: str) -> None:
    ann = SubmissionFactory(decision=Decision.CANCELLED if page == "again/" else Decision.WAITING)
    before = Submission.objects.values().get()
    assert [client.get(address(ann, page)).status_code, client.head(address(ann, page)).status_code] == [200, 200]
    assert (Submission.objects.values().get(), ann.moves.count(), written()) == (before, 0, [])


@pytest.mark.parametrize("page", PAGES)
def test_every_page_of_nobody_or_of_one_who_was_erased_is_not_there(client: Client, page: str) -> None:
    gone = SubmissionFactory(erase_asked_at=timezone.now(), erased_at=timezone.now())
    for path in (f"/registrations/{'x' * 43}/{page}", address(gone, page)):
        assert client.get(path).status_code == 404
        # That a link which opens nothing was replaced already is all that a second click can mean.
        assert client.post(path).status_code == (302 if page == "new-link/" else 404)
    assert (client.get(address(gone)).status_code, written()) == (404, [])


@pytest.mark.parametrize("page", PAGES)
def test_nothing_can_be_done_with_what_is_being_erased(client: Client, page: str) -> None:
    ann = SubmissionFactory(decision=Decision.CANCELLED if page == "again/" else Decision.WAITING)
    Submission.objects.update(erase_asked_at=timezone.now())
    response = client.get(address(ann, page))
    assert (response.status_code, texts(read(response), "h1")) == (409, ["Your data are being erased"])
    client.post(address(ann, page))
    assert (stored(ann).decision, stored(ann).token, written()) == (ann.decision, ann.token, [])
    own_page = read(client.get(address(ann)))
    assert texts(own_page, ".banner h2") == ["Your data are being erased"]
    assert own_page.select("main a, .given") == []


@pytest.mark.parametrize("page", PAGES)
def test_no_page_is_answered_without_a_csrf_token_nor_logs_the_address(
    page: str, ann: Submission, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        assert Client(enforce_csrf_checks=True).post(address(ann, page)).status_code == 403
    assert (stored(ann).decision, stored(ann).token, written()) == (Decision.APPROVED, ann.token, [])


# --- cancel, register again ---------------------------------------------------------------------------------------


def test_cancelling_is_asked_done_and_said(client: Client, ann: Submission) -> None:
    assert texts(read(client.get(address(ann, "cancel/"))), "h1") == ["Cancel your registration?"]
    response = client.post(address(ann, "cancel/"))
    assert (response.status_code, response.headers["Location"]) == (302, address(ann, "?done=cancelled"))
    page = read(client.get(response.headers["Location"]))
    assert texts(page, ".notice, .banner h2") == ["Your registration has been cancelled", "Cancelled"]
    assert written() == [("ann@example.com", "cancelled")]


@pytest.mark.parametrize(
    ("decision", "of", "words"),
    [
        ("approved", {}, "You can register again as long as registration is open."),
        (
            "approved",
            {"capacity": 1},
            "Your place is given to somebody else. You can register again only while there are places.",
        ),
        (
            "offered",
            {"capacity": 1, "waiting_list": "offer"},
            "Your place is given to somebody else. If all places are taken when you register again, you stand last on "
            "the waiting list.",
        ),
        (
            "waitlisted",
            {"capacity": 1, "waiting_list": "at_once"},
            "You leave the waiting list. If you register again, you stand last on it.",
        ),
    ],
)
def test_what_cancelling_means_for_ones_place_is_said_first(
    client: Client, decision: str, of: dict[str, Any], words: str
) -> None:
    person = SubmissionFactory(decision=decision, meeting=MeetingFactory(**of))
    assert texts(read(client.get(address(person, "cancel/"))), "form p")[0] == words


def test_a_second_click_does_no_harm(client: Client, ann: Submission) -> None:
    for page, done in (("cancel/", "cancelled"), ("again/", "again")):
        answers = [client.post(address(ann, page)) for _twice in range(2)]
        assert [answer.headers["Location"] for answer in answers] == [address(ann, f"?done={done}")] * 2
    assert [kind for _to, kind in written()] == ["cancelled", "received"]


def test_a_cancel_asks_little_of_the_database(client: Client, ann: Submission) -> None:
    client.get(address(ann))
    with CaptureQueriesContext(connection) as queries:
        client.post(address(ann, "cancel/"))
    # Beside them only what begins and ends a transaction.
    asked = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
    assert [sql.split()[0] for sql in asked] == ["SELECT", "UPDATE", "INSERT", "INSERT"]


def test_what_was_done_is_said_only_as_long_as_it_is_so(client: Client, ann: Submission) -> None:
    told = {word: texts(read(client.get(address(ann, f"?done={word}"))), ".notice") for word in ("cancelled", "again")}
    assert told == {"cancelled": [], "again": ["You have registered again"]}
    assert texts(read(client.get(address(ann, "?done=<script>"))), ".notice") == []


def test_registering_again_says_what_that_means_and_leads_back(client: Client, ann: Submission) -> None:
    cancelled(ann)
    words = [texts(read(client.get(address(ann, "again/"))), "form > p")[0]]
    now_has(ann.meeting, capacity=0, waiting_list=WaitingList.OFFER)
    words += [texts(read(client.get(address(ann, "again/"))), "form > p")[0]]
    assert words == [
        "Your registration is treated as if you signed up now.",
        "All places are taken. You would stand last on the waiting list.",
    ]
    client.post(address(ann, "again/"))
    assert stored(ann).decision == Decision.WAITLISTED


@pytest.mark.parametrize(
    ("page", "facts", "meeting", "words"),
    [
        ("cancel/", {"decision": "declined"}, {}, "This registration was declined"),
        ("cancel/", {}, {"start_at": timezone.now() - 5 * HOUR}, "This meeting is over"),
        ("again/", {"decision": "cancelled"}, {"capacity": 0}, "All places are taken"),
        ("again/", {"decision": "declined"}, {}, "This registration was declined"),
        ("change/", {"decision": "cancelled"}, {}, "This registration has been cancelled"),
    ],
)
def test_what_cannot_be_done_is_refused_with_the_reason(
    client: Client, page: str, facts: dict[str, Any], meeting: dict[str, Any], words: str
) -> None:
    ann = SubmissionFactory(meeting=MeetingFactory(**meeting), **facts)
    answers = [client.get(address(ann, page)), client.post(address(ann, page))]
    assert [answer.status_code for answer in answers] == [409, 409]
    assert texts(read(answers[0]), "h1") == [words]
    assert stored(ann).decision == ann.decision


def test_to_register_again_what_was_not_cancelled_leads_nowhere(client: Client, ann: Submission) -> None:
    response = client.get(address(ann, "again/"))
    assert texts(read(response), "h1") == ["This registration has not been cancelled"]
    assert client.post(address(ann, "again/")).headers["Location"] == address(ann, "?done=again")
    assert written() == []


# --- the link -----------------------------------------------------------------------------------------------------


def test_a_new_link_is_mailed_and_shown_to_nobody_who_has_the_old_one(client: Client, ann: Submission) -> None:
    response = client.post(address(ann, "new-link/"), follow=True)
    new = stored(ann)
    assert (response.redirect_chain, texts(read(response), "h1")) == (
        [("/registrations/link-sent/", 302)],
        ["The new link is in your mail"],
    )
    assert new.token not in response.content.decode() + str(response.headers)
    assert [client.get(address(person)).status_code for person in (ann, new)] == [404, 200]
    assert written() == [("ann@example.com", "new_link")]
    # The second click comes when the old link opens nothing any more.
    assert client.post(address(ann, "new-link/")).headers["Location"] == "/registrations/link-sent/"
    assert (stored(ann).token, len(written())) == (new.token, 1)


# --- change -------------------------------------------------------------------------------------------------------


def test_the_form_has_what_is_stored_and_not_the_address(client: Client, ann: Submission) -> None:
    data = filled(client, ann)
    [question] = [name for name in data if name.startswith("question_")]
    red = ann.answers.get().option_id
    assert {name: value for name, value in data.items() if name not in {"version", "csrfmiddlewaretoken"}} == {
        "first_name": "Ann",
        "last_name": "Lee",
        "company_name": "Acme",
        "city": "",
        question: str(red),
    }


def test_a_change_is_stored_and_said(client: Client, ann: Submission) -> None:
    response = client.post(address(ann, "change/"), filled(client, ann, city="Bonn", email="x@example.com"))
    assert response.headers["Location"] == address(ann, "?done=changed")
    assert (stored(ann).city, stored(ann).email) == ("Bonn", "ann@example.com")
    page = read(client.get(response.headers["Location"]))
    assert texts(page, ".notice") == ["Your answers have been changed"]
    response = client.post(address(ann, "change/"), filled(client, ann))
    assert response.headers["Location"] == address(ann, "?done=unchanged")
    assert written() == [("ann@example.com", "changed")]


def test_who_may_have_a_link_for_joining_reads_what_a_change_does_to_it(client: Client, ann: Submission) -> None:
    words = "If you change an answer, Webex registers you anew: a link for joining that you have may stop working."

    def is_said() -> bool:
        return words in texts(read(client.get(address(ann, "change/"))), "main p")

    before = is_said()
    Submission.objects.filter(pk=ann.pk).update(**THERE)
    assert (before, is_said()) == (False, True)


def test_what_is_wrong_is_said_and_everything_typed_is_kept(client: Client, ann: Submission) -> None:
    response = client.post(address(ann, "change/"), filled(client, ann, company_name="", city="Bonn"))
    page = read(response)
    assert (response.status_code, texts(page, ".problems li")) == (200, ["Enter the name of your company"])
    assert [field["value"] for field in page.select("[name=city]")] == ["Bonn"]
    assert (stored(ann).company_name, written()) == ("Acme", [])


def test_a_question_that_is_required_since_must_be_answered(client: Client, ann: Submission) -> None:
    QuestionFactory(meeting=ann.meeting, text="Size?", is_required=True)
    response = client.post(address(ann, "change/"), filled(client, ann, city="Bonn"))
    assert texts(read(response), ".problems li") == ["Answer “Size?”"]


def test_answers_to_questions_that_are_no_longer_asked_are_shown_and_stay(client: Client, ann: Submission) -> None:
    question = ann.meeting.questions.get()
    question.is_retired = True
    question.save()
    page = read(client.get(address(ann, "change/")))
    assert [texts(row, "dt, dd") for row in page.select(".given > div")] == [
        ["E-mail address", "ann@example.com"],
        ["Colour?", "Red"],
    ]
    client.post(address(ann, "change/"), filled(client, ann, city="Bonn"))
    assert stored(ann).given_answers == [("Colour?", ["Red"])]


def test_what_somebody_else_changed_meanwhile_is_shown_beside_what_was_typed(client: Client, ann: Submission) -> None:
    data = filled(client, ann, city="Bonn")
    client.post(address(ann, "change/"), filled(client, ann, city="Köln", company_name="Works"))
    response = client.post(address(ann, "change/"), data)
    page = read(response)
    assert (response.status_code, texts(page, "#notice")) == (409, ["Your answers have been changed meanwhile"])
    assert [texts(row, "dt, .said") for row in page.select(".differs > div")] == [
        ["Company", "Works", "Acme"],
        ["City", "Köln", "Bonn"],
    ]
    assert [field["value"] for field in page.select("[name=city]")] == ["Bonn"]
    assert stored(ann).city == "Köln"
    # To send it again replaces what is stored.
    [version] = [str(field["value"]) for field in page.select("[name=version]")]
    client.post(address(ann, "change/"), data | {"version": version})
    assert (stored(ann).city, stored(ann).company_name) == ("Bonn", "Acme")


@pytest.mark.parametrize("is_valid", [True, False])
def test_once_it_is_too_late_what_was_typed_is_still_there(client: Client, ann: Submission, is_valid: bool) -> None:
    data = filled(client, ann, city="Bonn", company_name="Acme" if is_valid else "")
    now_has(ann.meeting, changes_until=timezone.now() - timedelta(seconds=1))
    response = client.post(address(ann, "change/"), data)
    page = read(response)
    assert response.status_code == 409
    assert texts(page, "#notice")[0].startswith("Answers could be changed until ")
    assert [field["value"] for field in page.select("[name=city]")] == ["Bonn"]
    assert (page.select("main button"), stored(ann).city, written()) == ([], "", [])


def often_mailed(person: Submission) -> None:
    """As many mails as their own deeds may bring them in an hour."""
    lately = timezone.now() - timedelta(minutes=59)
    Mail.objects.bulk_create(Mail(submission=person, kind="changed", queued_at=lately) for _ in range(20))


def test_whoever_has_the_link_cannot_flood_its_owner_by_changing_over_and_over(client: Client, ann: Submission) -> None:
    often_mailed(ann)
    data = filled(client, ann, city="Bonn")
    response = client.post(address(ann, "change/"), data)
    page = read(response)
    assert (response.status_code, response.headers["Retry-After"]) == (429, "3600")
    assert texts(page, "#notice")[0].startswith("Wait an hour, then try again")
    assert ([field["value"] for field in page.select("[name=city]")], stored(ann).city) == (["Bonn"], "")
    # Nothing is typed anew an hour later.
    Mail.objects.update(queued_at=timezone.now() - HOUR)
    assert client.post(address(ann, "change/"), data).status_code == 302
    assert stored(ann).city == "Bonn"


def test_nor_by_cancelling_and_registering_again_over_and_over(client: Client, ann: Submission) -> None:
    answers = [client.post(address(ann, page)) for _ in range(15) for page in ("cancel/", "again/")]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert (len(written()), Counter(answer.status_code for answer in refused)) == (21, {429: 5})
    assert refused[0].headers["Retry-After"] == "3600"
    page = read(refused[0])
    assert texts(page, "h1")[0].startswith("Wait an hour, then try again")
    assert "no longer" not in page.get_text()
    assert stored(ann).decision == Decision.CANCELLED


def test_what_others_did_keeps_its_owner_from_nothing(client: Client, ann: Submission) -> None:
    often_mailed(ann)
    Mail.objects.update(kind="known")
    assert client.post(address(ann, "change/"), filled(client, ann, city="Bonn")).status_code == 302


def test_a_stale_form_is_given_back_with_everything_typed(ann: Submission) -> None:
    strict = Client(enforce_csrf_checks=True)
    response = strict.post(address(ann, "change/"), {"city": "Bonn", "version": "x"})
    page = read(response)
    assert (response.status_code, response.headers["Cache-Control"]) == (403, "no-store")
    assert texts(page, "#notice")[0].startswith("Send the form once more")
    assert [field["value"] for field in page.select("[name=city], [name=version]")] == ["Bonn", "x"]
    assert stored(ann).city == ""


def test_what_was_chosen_stays_on_offer_though_it_is_retired(client: Client, ann: Submission) -> None:
    Option.objects.filter(text="Red").update(is_retired=True)
    assert str(ann.answers.get().option_id) in filled(client, ann).values()
