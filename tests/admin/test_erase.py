"""Staff erase people for whom they were asked to."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from registration.accounts import notices
from registration.flow import erase
from registration.models import Meeting, Move, Submission
from registration.sandbox.server import SandboxServer
from registration.states import Decision, Presence
from tests.admin.pages import SUBMISSIONS, buttons, choose, page_of, press, rows, said, soup, text
from tests.cast import MeetingFactory, SubmissionFactory

pytestmark = pytest.mark.django_db


def shown_on(response: object) -> str:
    return str(soup(response).select_one("input[name=shown]")["value"])  # type: ignore[index]


def test_people_are_erased_after_a_look_at_who_they_are(as_dana: Client, dana: User) -> None:
    ann = SubmissionFactory(first_name="Ann", last_name="Lee", approved=True)
    ben = SubmissionFactory(first_name="Ben", last_name="Ott", presence=Presence.REGISTERED, registrant_id="r")
    pks = [ann.pk, ben.pk]
    page = choose(as_dana, "erase", pks)
    assert text(soup(page).h1) == "Erase the data of 2 people"
    assert sorted(text(name) for name in soup(page).select(".names li")) == ["Ann Lee", "Ben Ott"]
    assert [text(words) for words in soup(page).select(".caution li")] == [
        "It cannot be undone, and whoever is expected at a meeting loses their place.",
        "1 of them is, or may be, at Webex: the next push removes them there.",
        "Webex may mail 1 of them about it.",
        "The portal mails none of them about it: it has no address then. Tell them yourself, if they asked you.",
    ]
    assert Submission.objects.filter(erase_asked_at=None).count() == 2
    done = choose(as_dana, "erase", pks, shown=shown_on(page))
    assert said(done) == [
        "success: 1 erased.",
        "success: 1 is erased once the next push has removed them at Webex.",
    ]
    assert Move.objects.filter(reason="Asked for by staff.", by=dana).count() == 2


def test_nobody_is_erased_unseen(as_dana: Client) -> None:
    ann, ben = SubmissionFactory.create_batch(2)
    page = choose(as_dana, "erase", [ann.pk])
    again = choose(as_dana, "erase", [ann.pk, ben.pk], shown=shown_on(page))
    assert [text(note) for note in soup(again).select(".errornote")] == [
        "Nobody is erased yet: other people match your choice now. Look at it again."
    ]
    assert Submission.objects.filter(erase_asked_at=None).count() == 2


def test_a_reviewer_may_not_erase_and_who_may_delete_submissions_may(as_rita: Client, rita: User) -> None:
    ann = SubmissionFactory()
    assert "Erase this person’s data …" not in buttons(as_rita.get(page_of(ann)))
    choose(as_rita, "erase", [ann.pk], shown="x")
    assert press(as_rita, "erase", ann.pk).status_code == 403
    rita.user_permissions.add(Permission.objects.get(codename="delete_submission"))
    assert "Erase this person’s data …" in buttons(as_rita.get(page_of(ann)))
    done = press(as_rita, "erase", ann.pk, shown=shown_on(press(as_rita, "erase", ann.pk)))
    assert (done.status_code, said(done)) == (302, ["success: 1 erased."])


def test_the_erased_are_counted_and_shown_as_such_and_nothing_is_offered(as_dana: Client) -> None:
    meeting = MeetingFactory(title="Launch")
    ann = SubmissionFactory(meeting=meeting, approved=True)
    ben = SubmissionFactory(meeting=meeting, presence=Presence.REGISTERED, registrant_id="r")
    erase.ask(Submission.objects.all(), at=timezone.now())
    shown = rows(as_dana.get(reverse(SUBMISSIONS), {"meeting__id__exact": meeting.pk}))
    assert [(row[0], row[1], row[4]) for row in shown] == [
        ("→ being erased", "– cancelled", "–"),
        ("– erased", "– cancelled", "–"),
    ]
    assert len(rows(as_dana.get(reverse(SUBMISSIONS), {"erasure": "waiting"}))) == 1
    assert len(rows(as_dana.get(reverse(SUBMISSIONS), {"erasure": "erased"}))) == 1
    headings = [text(heading) for heading in soup(as_dana.get(page_of(ann))).select("#content h2")]
    assert headings == ["Registration", "Person", "Webex", "Changes", "Calls to Webex"]
    trace = "Who looked at and changed this"
    assert buttons(as_dana.get(page_of(ann))) == [trace]
    assert buttons(as_dana.get(page_of(ben))) == ["Push to Webex now", trace]
    choose(as_dana, "erase", [ann.pk, ben.pk])
    choose(as_dana, "approve", [ann.pk])
    corrected = as_dana.get(reverse("admin:registration_submission_correct", args=[ann.pk]))
    assert (corrected.status_code, said(corrected)) == (
        302,
        [
            "info: Nothing was done: these were erased already.",
            "warning: Left as they were: 1 (1 was erased).",
            "warning: This registration was erased.",
        ],
    )


def test_the_button_removes_them_also_where_the_meeting_is_over(
    as_dana: Client, open_hour: Meeting, sandbox: SandboxServer
) -> None:
    ann = SubmissionFactory(meeting=open_hour, approved=True)
    press(as_dana, "push_now", ann.pk)
    past = timezone.now() - timedelta(days=1)
    Meeting.objects.update(start_at=past - timedelta(hours=1), end_at=past)
    erase.ask(Submission.objects.all(), at=timezone.now())
    press(as_dana, "push_now", ann.pk)
    ann.refresh_from_db()
    assert (ann.erased_at is not None, ann.decision) == (True, Decision.APPROVED)
    assert sandbox.store.registrants(open_hour.webex_id) == []


@pytest.mark.parametrize(("minutes", "told"), [(59, 0), (61, 1)])
def test_staff_are_told_who_waits_too_long(minutes: int, told: int) -> None:
    person = SubmissionFactory(presence=Presence.REGISTERED, registrant_id="r")
    past = timezone.now() - timedelta(days=2)
    Meeting.objects.update(start_at=past, end_at=past)
    erase.ask(Submission.objects.all(), at=timezone.now() - timedelta(minutes=minutes))
    words = [notice.words for notice in notices.of_all(now=timezone.now())]
    assert (
        words
        == [
            f"1 person who asked to be erased may still be at Webex, at the meeting “{person.meeting}”. "
            "See what keeps the push from removing them there."
        ]
        * told
    )
