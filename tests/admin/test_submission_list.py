"""The list of submissions: its filters, pages, and what is done to all that match."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils.http import urlencode
from pytest_django import DjangoAssertNumQueries

from registration.admin import by_time, paging
from registration.models import (
    Answer,
    Meeting,
    Note,
    Question,
    RoleAssignment,
    Submission,
    Tag,
)
from registration.states import Decision
from tests.admin.pages import SUBMISSIONS, answer_of, choose, fields_of, rows, said, soup, states, text
from tests.cast import MeetingFactory, QuestionFactory, SubmissionFactory


def names(response: Any) -> list[str]:
    return [row[0].split()[0] for row in rows(response)]


def listed(client: Client, **query: Any) -> list[str]:
    response = client.get(reverse(SUBMISSIONS), query)
    assert response.status_code == 200
    return names(response)


def offered_by(client: Client, name: str, **query: Any) -> list[str]:
    page = soup(client.get(reverse(SUBMISSIONS), query))
    return [text(option) for option in page.select(f"select[name={name}] option")]


# --- filters ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def ann_and_bo(rita: User, dana: User) -> tuple[Submission, Submission]:
    ann = SubmissionFactory(
        first_name="Ann", submitted_at="2026-11-01T23:30:00Z", assigned_to=rita, review_note="Too young?"
    )
    Tag.objects.create(submission=ann, name="VIP")
    Note.objects.create(submission=ann, by=dana, at="2026-11-02T09:00:00Z", text="Met in May")
    bo = SubmissionFactory(
        first_name="Bo",
        submitted_at="2026-11-02T00:30:00Z",
        held_decision="declined",
        held_at="2026-11-02T09:00:00Z",
        confirmed_at="2026-11-02T09:00:00Z",
    )
    return ann, bo


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"tag": "VIP"}, ["Ann"]),
        ({"tag": "vip"}, ["Ann"]),
        ({"tag": "vi"}, []),
        ({"assigned": "me"}, ["Ann"]),
        ({"assigned": "somebody"}, ["Ann"]),
        ({"assigned": "nobody"}, ["Bo"]),
        ({"notes": "yes"}, ["Ann"]),
        ({"notes": "no"}, ["Bo"]),
        ({"held": "any"}, ["Bo"]),
        ({"held": "declined"}, ["Bo"]),
        ({"held": "approved"}, []),
        ({"held": "rule"}, ["Ann"]),
        ({"submitted_from": "2026-11-02"}, ["Bo"]),
        ({"submitted_until": "2026-11-01"}, ["Ann"]),
        ({"submitted_until": "2026-11-02T00:30:00+00:00"}, ["Bo", "Ann"]),
        ({"submitted_from": "2126-11-01"}, []),
        ({"submitted_from": "1999-11-01", "submitted_until": "9999-12-31"}, ["Bo", "Ann"]),
        ({"submitted_until": "0001-01-01T00:00:00+14:00"}, []),
        ({"submitted_from": "", "assigned": "", "held": "", "notes": ""}, ["Bo", "Ann"]),
        ({"tag": "VIP", "assigned": "me", "notes": "yes", "held": "rule", "address": "not_asked"}, ["Ann"]),
        ({"tag": "VIP", "address": "confirmed"}, []),
    ],
)
def test_filters_combine(
    as_rita: Client, ann_and_bo: tuple[Submission, Submission], query: dict[str, str], expected: list[str]
) -> None:
    assert listed(as_rita, **query) == expected


def test_each_colleague_who_is_to_look_at_somebody_is_offered(
    as_dana: Client, as_rita: Client, ann_and_bo: tuple[Submission, Submission], rita: User, vera: User
) -> None:
    assert offered_by(as_dana, "assigned") == ["all", "me", "somebody", "nobody", "rita"]
    assert listed(as_dana, assigned=rita.pk) == ["Ann"]
    assert offered_by(as_rita, "assigned") == ["all", "me", "somebody", "nobody"]
    # Who has nobody to look at any more: nobody is kept, and the filter is still to be seen.
    assert listed(as_dana, assigned=vera.pk) == []
    assert offered_by(as_dana, "assigned", assigned=vera.pk)[-1] == "the chosen one"


def test_the_tags_that_there_are_are_suggested_whatever_their_case(
    as_rita: Client, ann_and_bo: tuple[Submission, Submission]
) -> None:
    _ann, bo = ann_and_bo
    Tag.objects.create(submission=bo, name="Ärztin")
    Tag.objects.create(submission=bo, name="vip")
    field = soup(as_rita.get(reverse(SUBMISSIONS))).select_one("input[name=tag]")
    assert field is not None
    options = soup(as_rita.get(reverse(SUBMISSIONS))).select(f"#{field['list']} option")
    assert [option["value"] for option in options] == ["VIP", "vip", "Ärztin"]
    assert (listed(as_rita, tag="ViP"), listed(as_rita, tag="äRZTIN")) == (["Bo", "Ann"], ["Bo"])


@pytest.mark.parametrize("name", ["submitted_from", "submitted_until"])
@pytest.mark.parametrize("typed", ["yesterday", "1999", "2026-02-30", "31.12.2026"])
def test_what_is_no_day_keeps_nobody_and_is_said_beside_its_field(as_rita: Client, name: str, typed: str) -> None:
    SubmissionFactory()
    response = as_rita.get(reverse(SUBMISSIONS), {name: typed})
    field = soup(response).select_one(f"input[name={name}]")
    assert field is not None
    assert (names(response), field["type"], field["value"]) == ([], "text", typed)
    error = soup(response).select_one(f"#{field['aria-describedby']}")
    assert text(error) == "This is no day: nobody is found. Write it as 2026-11-30."


def test_answers_to_any_question_of_the_chosen_meeting_filter(as_rita: Client) -> None:
    meeting = MeetingFactory()
    color = QuestionFactory(meeting=meeting, text="Colour?", type=Question.Type.RADIO, options=["Red", "Green"])
    wish = QuestionFactory(meeting=meeting, text="Wishes?")
    red, green = color.options.all()
    for name, option, text_of in (("Ann", red, "No nuts, please"), ("Bo", green, "50% off ZÜRICH")):
        person = SubmissionFactory(meeting=meeting, first_name=name, last_name=name)
        Answer.objects.create(submission=person, question=color, option=option, question_text="", text=option.text)
        Answer.objects.create(submission=person, question=wish, question_text="", text=text_of)
    of = {"meeting__id__exact": meeting.pk, "o": "1"}
    assert listed(as_rita, **of, **{f"answer_{color.pk}": red.pk}) == ["Ann"]
    assert listed(as_rita, **of, **{f"answer_{wish.pk}": "NUTS"}) == ["Ann"]
    assert listed(as_rita, **of, **{f"answer_{wish.pk}": "0% o"}) == ["Bo"]
    assert listed(as_rita, **of, **{f"answer_{wish.pk}": "zürich"}) == ["Bo"]
    assert listed(as_rita, **of, **{f"answer_{wish.pk}": "nuts", f"answer_{color.pk}": green.pk}) == []
    assert without_the_lost(as_rita, {**of, f"answer_{color.pk}": "nonsense"}) == urlencode(of)
    page = as_rita.get(reverse(SUBMISSIONS), of)
    labels = [text(label) for label in soup(page).select(".filters label")]
    assert labels[-2:] == ["Colour?", "Wishes?"]
    # Without the meeting, nobody can be asked about.
    assert without_the_lost(as_rita, {f"answer_{wish.pk}": "nuts"}) == ""


LEFT_OUT = "warning: Some of the filters are not there, or not yours to use: they were left out."


def without_the_lost(client: Client, query: dict[str, Any], address: str = SUBMISSIONS) -> str:
    """The query that one is sent on to where the list is asked for more than it offers, which is said."""
    response = client.get(reverse(address), query)
    assert (response.status_code, said(response)) == (302, [LEFT_OUT])
    path, _mark, rest = response.headers["Location"].partition("?")
    assert path == reverse(address)
    return rest


@pytest.mark.parametrize(
    "query",
    [
        {"decision__exact": "nope"},
        {"presence__exact": "nope"},
        {"webex_status": "nope"},
        {"drift": "nope"},
        {"who": "nope"},
        {"time": "nope"},
        {"held": "<b>"},
        {"assigned": "nope"},
        {"notes": "nope"},
        {"meeting__id__exact": "abc"},
        {"meeting__id__exact": "²"},
    ],
)
def test_a_value_that_no_filter_knows_is_left_out_and_that_is_said(as_rita: Client, query: dict[str, str]) -> None:
    """Or more people would be shown, and exported, than were asked for."""
    SubmissionFactory()
    assert without_the_lost(as_rita, {**query, "o": "1"}) == "o=1"


def test_the_form_leads_from_the_answers_of_one_meeting_to_another_and_to_all(as_rita: Client) -> None:
    wish, size = QuestionFactory(text="Wishes?"), QuestionFactory(text="Size?")
    for question, name in ((wish, "Ann"), (size, "Bo")):
        person = SubmissionFactory(meeting=question.meeting, first_name=name)
        Answer.objects.create(submission=person, question=question, question_text="", text="none")
    page = as_rita.get(reverse(SUBMISSIONS), {"meeting__id__exact": wish.meeting_id})
    fields = fields_of(page, "#changelist-search")
    assert fields[f"answer_{wish.pk}"] == ""
    for meeting, expected in ((size.meeting_id, ["Bo"]), ("", ["Bo", "Ann"])):
        moved = as_rita.get(reverse(SUBMISSIONS), fields | {"meeting__id__exact": meeting}, follow=True)
        assert (names(moved), said(moved)) == (expected, [])
    # What was asked about the answers is not asked any more, which is said.
    asked = {"decision__exact": "waiting", "meeting__id__exact": size.meeting_id}
    rest = without_the_lost(as_rita, {**asked, f"answer_{wish.pk}": "none", "answer_x": ""})
    assert rest == f"decision__exact=waiting&meeting__id__exact={size.meeting_id}"


def test_nothing_is_done_to_more_people_than_were_seen_when_a_filter_is_lost(as_dana: Client, as_rita: Client) -> None:
    diet = QuestionFactory(is_private=True)
    ann = SubmissionFactory(meeting=diet.meeting)
    query = f"?answer_{diet.pk}=&meeting__id__exact={diet.meeting_id}"
    response = chosen_across(as_rita, "approve", ann, query)
    assert (response.status_code, said(response)) == (302, ["warning: Nothing was done.", LEFT_OUT])
    assert (
        text(soup(chosen_across(as_dana, "approve", ann, query)).select_one("#content h1")) == "Approve: 1 registration"
    )


def test_private_answers_cannot_be_guessed_by_filtering(as_rita: Client, as_dana: Client) -> None:
    diet = QuestionFactory(text="Diet?", is_private=True)
    ann = SubmissionFactory(meeting=diet.meeting, first_name="Ann")
    Answer.objects.create(submission=ann, question=diet, question_text="Diet?", text="none")
    query = {"meeting__id__exact": diet.meeting_id, f"answer_{diet.pk}": "n"}
    assert without_the_lost(as_rita, query) == f"meeting__id__exact={diet.meeting_id}"
    assert listed(as_dana, **query) == ["Ann"]


def test_eve_finds_nobody_of_another_meeting_by_any_filter(as_eve: Client, dana: User) -> None:
    question = QuestionFactory(text="Secret question?")
    ann = SubmissionFactory(meeting=question.meeting, first_name="Ann", last_name="Nobody", assigned_to=dana)
    Tag.objects.create(submission=ann, name="Secret tag")
    for query in (
        {},
        {"q": "nobody"},
        {"tag": "secret TAG"},
        {"assigned": str(dana.pk)},
        {"assigned": "nobody"},
        {"meeting__id__exact": str(ann.meeting_id)},
    ):
        page = as_eve.get(reverse(SUBMISSIONS), query)
        content = page.content.decode()
        assert names(page) == []
        assert "Secret question?" not in content and ann.meeting.title not in content
        assert "Secret tag" not in content and "dana" not in content
    hidden = {"meeting__id__exact": ann.meeting_id, f"answer_{question.pk}": "x"}
    assert without_the_lost(as_eve, hidden) == f"meeting__id__exact={ann.meeting_id}"


# --- many of them -----------------------------------------------------------------------------------------------------


def test_no_more_are_counted_than_can_be_turned_to(as_dana: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "MOST_COUNTED", 200)
    SubmissionFactory.create_batch(203, meeting=MeetingFactory())
    first = as_dana.get(reverse(SUBMISSIONS))
    assert "more than 200 submissions" in text(soup(first).select_one(".paginator"))
    last = as_dana.get(reverse(SUBMISSIONS), {"p": "4"})
    link = soup(last).select_one(".paginator a:-soup-contains('earlier')")
    assert link is not None
    rest = as_dana.get(reverse(SUBMISSIONS) + str(link["href"]))
    # It begins with the last one that was shown.
    assert len(rows(rest)) == 4
    assert rows(rest)[0] == rows(last)[-1]


@pytest.mark.parametrize("as_who", ["as_dana", "as_eve"])
def test_what_is_searched_for_has_pages_and_an_end_of_its_own(
    request: pytest.FixtureRequest, as_eve: Client, as_who: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = request.getfixturevalue(as_who)
    monkeypatch.setattr(paging, "MOST_FOUND", 60)
    hers = Meeting.objects.get(title="Hers")
    for number in range(62):
        SubmissionFactory(meeting=hers, first_name=f"Nr{number}q", company_name="Acme")
    SubmissionFactory(meeting=hers, first_name="Other", company_name="Other")
    newest_first = [f"Nr{number}q" for number in reversed(range(62))]
    first, second = (client.get(reverse(SUBMISSIONS), {"q": "acme", "p": page}) for page in ("1", "2"))
    assert [row[0].split()[0] for row in [*rows(first), *rows(second)]] == newest_first[:60]
    assert "more than 60 submissions" in text(soup(first).select_one(".paginator"))
    monkeypatch.setattr(paging, "MOST_FOUND", 62)
    everybody = client.get(reverse(SUBMISSIONS), {"q": "acme", "all": ""})
    assert [row[0].split()[0] for row in rows(everybody)] == newest_first
    one = client.get(reverse(SUBMISSIONS), {"q": "acme nr61q"})
    assert [row[0].split()[0] for row in rows(one)] == ["Nr61q"]
    assert rows(client.get(reverse(SUBMISSIONS), {"q": "nobody"})) == []


def test_everybody_is_sorted_by_when_they_came_and_one_meeting_by_any_column(as_dana: Client) -> None:
    meeting = MeetingFactory()
    SubmissionFactory(meeting=meeting, first_name="Ann", last_name="Z")
    SubmissionFactory(meeting=meeting, first_name="Bo", last_name="A")
    assert listed(as_dana, o="1") == ["Bo", "Ann"]
    assert listed(as_dana, o="-1") == ["Bo", "Ann"]
    assert listed(as_dana, o="7") == ["Ann", "Bo"]
    assert listed(as_dana, o="-1", meeting__id__exact=meeting.pk) == ["Ann", "Bo"]
    for query, columns in (({}, 1), ({"meeting__id__exact": meeting.pk}, 7)):
        assert len(soup(as_dana.get(reverse(SUBMISSIONS), query)).select("th.sortable")) == columns


def test_a_page_needs_as_many_queries_for_twenty_with_tags_and_notes_as_for_two(
    as_dana: Client, dana: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for size in (2, 18):
        for person in SubmissionFactory.create_batch(size, meeting=MeetingFactory(), assigned_to=dana):
            Tag.objects.create(submission=person, name="VIP")
            Note.objects.create(submission=person, by=dana, at="2026-11-02T09:00:00Z", text="x")
        with django_assert_num_queries(12):
            last = rows(as_dana.get(reverse(SUBMISSIONS)))[0][-1]
        assert last == "VIP for dana 1 note"


@pytest.mark.postgresql
@pytest.mark.parametrize(
    ("query", "index"),
    [
        ({}, "submission_submitted_at"),
        ({"decision__exact": "offered"}, "submission_decision_at"),
        ({"presence__exact": "refused"}, "submission_unusual"),
        ({"webex_status": "rejected"}, "submission_unsettled"),
        ({"held": "rule"}, "submission_review_note"),
        ({"held": "any"}, "submission_held"),
        ({"assigned": "me"}, "submission_assigned"),
        ({"address": "confirmed"}, "submission_confirmed"),
        ({"address": "open"}, "submission_unconfirmed"),
        ({"erasure": "erased"}, "submission_erased"),
        ({"erasure": "waiting"}, "submission_being_erased"),
        ({"drift": "missing"}, "submission_missing"),
        ({"drift": "different"}, "submission_rejected_there"),
        ({"tag": "VIP"}, "tag_name"),
        ({"q": "somebody"}, "submission_search"),
    ],
    ids=str,
)
def test_each_filter_over_all_meetings_reads_an_index(as_dana: Client, query: dict[str, str], index: str) -> None:
    meeting = MeetingFactory()
    people = Submission.objects.bulk_create(
        SubmissionFactory.build(
            meeting=meeting,
            first_name=f"N{n}",
            email_key=f"p{n}@example.com",
            approved=True,
            presence="registered",
            webex_status="approved",
        )
        for n in range(5_000)
    )
    Tag.objects.bulk_create(Tag(submission=person, name="Other") for person in people)
    Tag.objects.create(submission=people[0], name="VIP")
    with connection.cursor() as cursor:
        for table in ("registration_submission", "registration_tag"):
            cursor.execute(f"REINDEX TABLE {table}")
            cursor.execute(f"ANALYZE {table}")
    plans = _plans(as_dana, query)
    assert any(index in plan for plan in plans)
    # Counting everybody reads the table, but no further than it counts.
    read_through = [plan for plan in plans if re.search("Seq Scan on registration_submission", plan)]
    assert not query or read_through == []


def _plans(client: Client, query: dict[str, str]) -> list[str]:
    """How PostgreSQL answers what the list asks of the table of submissions."""
    asked: list[tuple[str, Any]] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if 'FROM "registration_submission"' in sql:
            asked.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        assert client.get(reverse(SUBMISSIONS), query).status_code == 200
    plans: list[str] = []
    for sql, params in asked:
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN {sql}", params)
            plans.append(" ".join(str(row) for row in cursor.fetchall()))
    return plans


@pytest.mark.parametrize("most_sorted", [100_000, 1])
def test_whoever_sees_some_meetings_has_their_people_in_the_same_order(
    as_eve: Client, as_dana: Client, monkeypatch: pytest.MonkeyPatch, most_sorted: int
) -> None:
    monkeypatch.setattr(by_time, "MOST_SORTED", most_sorted)
    hers = Meeting.objects.get(title="Hers")
    SubmissionFactory()
    for day, name in [(2, "Bo"), (1, "Ann"), (2, "Cy")]:
        SubmissionFactory(meeting=hers, first_name=name, submitted_at=f"2026-11-0{day}T12:00:00Z")
    assert listed(as_eve) == listed(as_dana, meeting__id__exact=hers.pk) == ["Cy", "Bo", "Ann"]
    first = as_eve.get(reverse("admin:registration_submission_review"), follow=True)
    assert text(soup(first).select_one("h1")).split()[0] == "Ann"


@pytest.mark.postgresql
def test_whoever_sees_some_meetings_does_not_read_the_others_people(as_eve: Client) -> None:
    hers = Meeting.objects.get(title="Hers")
    SubmissionFactory.create_batch(300, meeting=hers, submitted_at="2026-10-01T12:00:00Z")
    others = SubmissionFactory.build_batch(5_000, meeting=MeetingFactory(), submitted_at="2026-11-01T12:00:00Z")
    for number, person in enumerate(others):
        person.email_key = f"p{number}@example.com"
    Submission.objects.bulk_create(others)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE registration_submission")
    plans = _plans(as_eve, {})
    assert [plan for plan in plans if "submission_submitted_at" in plan] == []


# --- all that match ---------------------------------------------------------------------------------------------------

ACROSS = {"select_across": "1", "index": "0"}


def chosen_across(client: Client, action: str, first: Submission, query: str = "?decision__exact=waiting") -> Any:
    return client.post(reverse(SUBMISSIONS) + query, {"action": action, "_selected_action": [first.pk], **ACROSS})


@pytest.mark.parametrize(
    "action",
    ["approve", "reopen", "confirm_address", "push_now", "sync_now", "send_again", "mail_again", "replace_links"],
)
def test_all_that_match_are_shown_with_their_number_and_the_filters_before_anything_is_done(
    as_dana: Client, action: str
) -> None:
    people = [SubmissionFactory(first_name=f"N{n}", last_name="X") for n in range(12)]
    SubmissionFactory(decision=Decision.DECLINED)
    page = soup(chosen_across(as_dana, action, people[0]))
    assert text(page.select_one("#content h1")).endswith(": 12 registrations")
    first, second = page.select(".names")
    assert text(first) == "decision: waiting for review"
    assert [text(item) for item in second.select("li")] == [*(f"N{n} X" for n in range(11, 1, -1)), "and 2 more"]
    assert {decision for decision, *_ in states()} == {"waiting", "declined"}


@pytest.mark.parametrize("action", ["decline", "tag", "untag", "assign", "erase"])
def test_the_pages_that_ask_for_more_say_the_filters_too(as_dana: Client, action: str) -> None:
    people = SubmissionFactory.create_batch(2)
    page = soup(chosen_across(as_dana, action, people[0]))
    assert "decision: waiting for review" in text(page.select_one("#content"))
    assert "2" in text(page.select_one("#content h1"))


def test_whoever_comes_to_match_later_is_not_acted_on_unseen(as_dana: Client) -> None:
    ann = SubmissionFactory()
    asked = chosen_across(as_dana, "approve", ann)
    SubmissionFactory()
    address = reverse(SUBMISSIONS) + "?decision__exact=waiting"
    again = as_dana.post(address, answer_of(asked))
    assert "Nothing was done yet" in text(soup(again).select_one(".errornote"))
    assert [decision for decision, *_ in states()] == ["waiting", "waiting"]
    assert said(as_dana.post(address, answer_of(again))) == ["success: 2 approved."]


def test_a_double_click_finds_nobody_any_more_and_says_so(as_dana: Client) -> None:
    ann = SubmissionFactory()
    asked = answer_of(chosen_across(as_dana, "approve", ann))
    address = reverse(SUBMISSIONS) + "?decision__exact=waiting"
    as_dana.post(address, asked)
    assert said(as_dana.post(address, asked))[1:] == [
        "warning: Nothing was done: what you chose is no longer on this list."
    ]


def test_who_may_only_look_at_some_of_the_meetings_is_told_how_many_are_left(client: Client, db: None) -> None:
    hers, other = SubmissionFactory(), SubmissionFactory()
    user = User.objects.create_user("mia", is_staff=True)
    RoleAssignment.objects.create(user=user, role="reviewer", meeting=hers.meeting)
    RoleAssignment.objects.create(user=user, role="viewer", meeting=other.meeting)
    client.force_login(user)
    asked = chosen_across(client, "approve", hers)
    assert text(soup(asked).select_one("#content h1")) == "Approve: 1 registration"
    assert text(soup(asked).select_one(".caution")).startswith("1 more matches, and is left as it is")
    client.post(reverse(SUBMISSIONS) + "?decision__exact=waiting", answer_of(asked))
    assert [decision for decision, *_ in states()] == ["approved", "waiting"]


# --- tags and assignments of many -------------------------------------------------------------------------------------


def test_tagging_many_says_how_many_had_it(as_rita: Client) -> None:
    first, second = SubmissionFactory.create_batch(2)
    Tag.objects.create(submission=first, name="VIP guest")
    fields = answer_of(choose(as_rita, "tag", [first.pk, second.pk]))
    response = as_rita.post(reverse(SUBMISSIONS), fields | {"name": "  VIP   guest "})
    assert said(response) == [
        "success: 1 tagged.",
        "warning: Left as they were: 1 (1 have the tag already, or were erased).",
    ]
    assert list(Tag.objects.order_by("pk").values_list("submission", "name")) == [
        (first.pk, "VIP guest"),
        (second.pk, "VIP guest"),
    ]
    fields = answer_of(choose(as_rita, "untag", [first.pk, second.pk]))
    assert said(as_rita.post(reverse(SUBMISSIONS), fields | {"name": "VIP guest"})) == [
        "success: The tag was taken off 2."
    ]
    assert not Tag.objects.exists()


@pytest.mark.parametrize("name", ["", " ", "x" * 41, "\0"])
def test_a_tag_that_cannot_be_is_refused(as_rita: Client, name: str) -> None:
    ann = SubmissionFactory()
    fields = answer_of(choose(as_rita, "tag", [ann.pk]))
    response = as_rita.post(reverse(SUBMISSIONS), fields | {"name": name})
    assert soup(response).select(".errorlist li")
    assert not Tag.objects.exists()


def test_many_are_assigned_to_whoever_may_review_all_of_them(as_dana: Client, rita: User, eve: User) -> None:
    first, second = SubmissionFactory.create_batch(2)
    asked = choose(as_dana, "assign", [first.pk, second.pk])
    assert [text(option) for option in soup(asked).select("select[name=name] option")] == ["nobody", "dana", "rita"]
    refused = as_dana.post(reverse(SUBMISSIONS), answer_of(asked) | {"name": str(eve.pk)})
    assert soup(refused).select(".errorlist li")
    response = as_dana.post(reverse(SUBMISSIONS), answer_of(asked) | {"name": str(rita.pk)})
    assert said(response) == ["success: 2 assigned."]
    assert set(Submission.objects.values_list("assigned_to", flat=True)) == {rita.pk}
