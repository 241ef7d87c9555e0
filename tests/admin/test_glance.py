"""A meeting at a glance: the same numbers, and charts with their data beside them."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from registration.admin import answer_counts, columns, timeline
from registration.models import Answer, Meeting, Question, RoleAssignment, Submission
from registration.states import Decision, Presence
from tests.admin.glancing import listed, numbers, with_role
from tests.admin.pages import soup, text
from tests.cast import MeetingFactory, QuestionFactory, SubmissionFactory
from tests.crowd import in_every_state, many_in_many_meetings, read_whole

pytestmark = pytest.mark.django_db

Role = RoleAssignment.Role
GLANCE = "admin:registration_meeting_glance"
THERE = {"decision": Decision.APPROVED, "presence": Presence.REGISTERED}


def see(client: Client, meeting: Meeting) -> Any:
    response = client.get(reverse(GLANCE, args=[meeting.pk]))
    assert response.status_code == 200
    return soup(response)


def table(page: Any, section: str) -> list[list[str]]:
    """The rows of the section's table."""
    rows = page.select_one(f"section[aria-labelledby={section}]").select("tbody tr")
    return [[words for cell in row.select("th, td") if (words := text(cell))] for row in rows]


def answer(submission: Submission, question: Question, *words: str) -> None:
    options = {option.text: option for option in question.options.all()}
    for word in words:
        Answer.objects.create(
            submission=submission, question=question, question_text=question.text, option=options.get(word), text=word
        )


def test_the_time_that_is_printed_is_that_of_the_meetings_zone(
    as_dana: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    meeting = MeetingFactory(timezone="America/New_York")
    now = timezone.now().replace(month=1, day=15, hour=18, minute=36)
    monkeypatch.setattr(timezone, "now", lambda: now)
    page = see(as_dana, meeting)
    assert text(page.select("#content p.quiet")[-1]) == f"As of {now.year}-01-15 13:36 (America/New_York)."


def test_each_number_leads_to_exactly_as_many_people(as_dana: Client) -> None:
    meeting, other = MeetingFactory.create_batch(2)
    in_every_state(meeting)
    in_every_state(other)
    client = with_role(Role.VIEWER, meeting=meeting)
    for each in (as_dana, client):
        found = numbers(see(each, meeting))
        assert len(found) == 19 + 4
        assert [(count, address) for count, address in found if listed(each, address) != count] == []


def test_a_meeting_of_others_is_not_found(as_dana: Client) -> None:
    meeting = MeetingFactory()
    eve = with_role(Role.ADMINISTRATOR, meeting=MeetingFactory())
    assert eve.get(reverse(GLANCE, args=[meeting.pk])).status_code == 404
    assert as_dana.get(reverse(GLANCE, args=[meeting.pk + 99])).status_code == 404


def test_who_may_not_see_the_people_sees_neither_the_page_nor_a_link_to_it() -> None:
    meeting = MeetingFactory()
    user = User.objects.create_user("ole", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_meeting"))
    client = Client()
    client.force_login(user)
    address = reverse(GLANCE, args=[meeting.pk])
    assert client.get(address).status_code == 403
    for page in (reverse("admin:index"), reverse("admin:registration_meeting_change", args=[meeting.pk])):
        assert address not in client.get(page).text


def test_the_meetings_page_leads_there(as_vera: Client) -> None:
    meeting = MeetingFactory()
    page = as_vera.get(reverse("admin:registration_meeting_change", args=[meeting.pk]))
    assert reverse(GLANCE, args=[meeting.pk]) in [str(link["href"]) for link in soup(page).select(".object-tools a")]


def test_of_nobody_there_is_no_chart_but_what_to_do_next(as_dana: Client) -> None:
    page = see(as_dana, MeetingFactory(is_published=False))
    assert page.select(".chart-columns, .bars") == []
    assert text(page.select_one(".empty p")).startswith("Nobody has signed up yet. Publish the meeting")


def test_the_sign_ups_over_time_are_a_picture_with_a_name_and_its_words_and_a_table(as_dana: Client) -> None:
    now = timezone.now()
    meeting = MeetingFactory(timezone="UTC")
    for days in (5, 3, 3):
        SubmissionFactory(meeting=meeting, submitted_at=now - timedelta(days=days))
    page = see(as_dana, meeting)
    picture = page.select_one("svg[role=img]")
    named = [text(page.select_one(f"#{part}")) for part in str(picture["aria-labelledby"]).split()]
    first, most = (f"{now - timedelta(days=days):%Y-%m-%d}" for days in (5, 3))
    assert named[0] == "Sign-ups over time"
    assert named[1] == (
        f"3 sign-ups, the first at {first}; most in one day: 2, at {most}. All numbers are in the table below."
    )
    assert [people for _day, people in table(page, "over-time")] == ["1", "0", "2", "0", "0", "0"]
    assert len(picture.select("rect")) == 2


def test_the_funnel_counts_who_came_so_far(as_dana: Client) -> None:
    meeting = MeetingFactory()
    SubmissionFactory(meeting=meeting)
    SubmissionFactory(
        meeting=meeting, decision=Decision.DECLINED, presence=Presence.REGISTERED, webex_status="approved"
    )
    SubmissionFactory(meeting=meeting, approved=True)
    SubmissionFactory(meeting=meeting, **THERE, webex_status="pending")
    SubmissionFactory(meeting=meeting, **THERE, webex_status="approved")
    SubmissionFactory(meeting=meeting, **THERE, webex_status="approved", missing_at=timezone.now())
    assert table(see(as_dana, meeting), "funnel") == [
        ["signed up", "6", "100 %"],
        ["approved", "4", "67 %"],
        ["registered at Webex", "2", "33 %"],
        ["approved at Webex", "1", "17 %"],
    ]


def test_of_a_meeting_without_a_webex_id_no_number_looks_as_if_people_were_on_their_way(as_dana: Client) -> None:
    meeting = MeetingFactory(webex_id="")
    SubmissionFactory(meeting=meeting, approved=True)
    page = see(as_dana, meeting)
    assert text(page.select(".figure-group")[-1]) == (
        "At Webex Nobody is sent there: the meeting has no Webex meeting id."
    )
    assert table(page, "funnel") == [["signed up", "1", "100 %"], ["approved", "1", "100 %"]]
    start = soup(as_dana.get(reverse("admin:index")))
    assert [text(group) for group in start.select(".glance .figure-group")] == [
        text(group) for group in page.select(".figure-group")
    ]


def test_answers_are_counted_by_option_and_texts_by_how_many_wrote_one(as_dana: Client) -> None:
    meeting = MeetingFactory()
    topics = QuestionFactory(meeting=meeting, type=Question.Type.CHECKBOX, options=["Rooms", "<b>Prices</b>", "عربي"])
    wishes = QuestionFactory(meeting=meeting, type=Question.Type.MULTI_LINE)
    gone = QuestionFactory(meeting=meeting, is_retired=True)
    topics.options.filter(text="عربي").update(is_retired=True)
    ann, ben = SubmissionFactory.create_batch(2, meeting=meeting)
    answer(ann, topics, "Rooms", "<b>Prices</b>")
    answer(ben, topics, "Rooms")
    answer(ben, wishes, "=cmd()")
    page = see(as_dana, meeting)
    assert [text(heading) for heading in page.select(".question h3")] == [topics.text, wishes.text]
    assert table(page, "answers") == [
        ["Rooms", "2", "100 %"],
        ["<b>Prices</b>", "1", "50 %"],
        ["wrote an answer", "1", "50 %"],
    ]
    links = page.select("[aria-labelledby=answers] td a")
    assert [str(link["aria-label"]) for link in links] == ["2 Rooms", "1 <b>Prices</b>"]
    found = [listed(as_dana, str(link["href"])) for link in links]
    assert found == [2, 1]
    answer(ann, gone, "once")
    assert text(see(as_dana, meeting).select(".question h3")[-1]) == f"{gone.text} (no longer asked)"


def test_answers_to_private_questions_are_for_managers_alone() -> None:
    meeting = MeetingFactory()
    secret = QuestionFactory(meeting=meeting, text="Which allergies?", is_private=True)
    answer(SubmissionFactory(meeting=meeting), secret, "Nuts")
    for role, is_shown in {Role.VIEWER: False, Role.REVIEWER: False, Role.MANAGER: True}.items():
        page = with_role(role, meeting=meeting).get(reverse(GLANCE, args=[meeting.pk])).text
        assert ("Which allergies?" in page) is is_shown
        assert ("shown to the meeting’s managers only" in page) is not is_shown


# --- bounds -----------------------------------------------------------------------------------------------------------


def test_it_asks_as_often_for_many_people_as_for_one(
    as_dana: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    meeting = MeetingFactory(capacity=10)
    for n in range(2):
        QuestionFactory(meeting=meeting, type=Question.Type.RADIO, options=["A", "B"], position=n)
    SubmissionFactory(meeting=meeting)
    see(as_dana, meeting)
    with CaptureQueriesContext(connection) as first:
        see(as_dana, meeting)
    for n in range(10):
        question = QuestionFactory(meeting=meeting, type=Question.Type.RADIO, options=["A", "B"], position=n)
        answer(SubmissionFactory(meeting=meeting), question, "A")
    with django_assert_num_queries(len(first.captured_queries)):
        see(as_dana, meeting)


def test_a_chart_of_very_many_people_is_no_larger(as_dana: Client) -> None:
    drawn = columns.draw([(str(n), 100_000 * (n % 2)) for n in range(700)])
    assert len(drawn.columns) == 350
    assert all(0 <= part.x <= drawn.width and 0 <= part.y <= drawn.height for part in drawn.columns)
    assert [(line.words, line.at) for line in drawn.lines] == [("0", 232.0), ("50000", 122.0), ("100000", 12.0)]


@pytest.mark.parametrize(("count", "top"), [(0, 2), (1, 2), (2, 2), (3, 5), (9, 10), (11, 20), (201, 500)])
def test_the_scale_ends_with_a_round_number(count: int, top: int) -> None:
    assert columns.draw([("a", count)]).lines[-1].words == str(top)


@pytest.mark.postgresql
def test_no_chart_reads_the_people_of_other_meetings() -> None:
    meetings = many_in_many_meetings()
    for meeting in meetings:
        question = QuestionFactory(meeting=meeting, options=["A", "B"], type=Question.Type.RADIO)
        option = question.options.first()
        Answer.objects.bulk_create(
            Answer(submission=person, question=question, option=option, question_text="?", text="A")
            for person in meeting.submissions.all()
        )
    with CaptureQueriesContext(connection) as captured:
        timeline.of(meetings[0], now=timezone.now())
        answer_counts.of(meetings[0], User(is_superuser=True, is_active=True), people=60, written="")
    counted = [query["sql"] for query in captured.captured_queries if "GROUP BY" in query["sql"]]
    assert len(counted) == 2
    assert read_whole(counted, Submission, Answer) == []
