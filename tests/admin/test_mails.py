"""The mails in the admin: each can be found, looked at and sent again, and none shows an attendee's secret."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from registration.admin.words import failure_words
from registration.flow import post
from registration.mail import write
from registration.models import AuditEntry, Mail
from registration.states import Decision
from tests.admin.pages import answer_of, choose, facts, fields_of, page_of, press, rows, said, soup, text
from tests.cast import MeetingFactory, SubmissionFactory
from tests.letters import delivered, written

MAILS = "admin:registration_mail_changelist"
KEPT = "admin:registration_mail_kept"
POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; sandbox"

NOW = timezone.now()

STATES: dict[Mail.State, dict[str, Any]] = {
    Mail.State.QUEUED: {"due_at": NOW},
    Mail.State.RETRIED: {"due_at": NOW, "failed_tries": 2, "failure": "TimeoutError"},
    Mail.State.SENT: {"sent_at": NOW},
    Mail.State.UNSENT: {"failed_tries": 1, "failure": "SMTPRecipientsRefused 550"},
    Mail.State.OUTDATED: {"failure": "outdated"},
}


REFUSED = (
    "the mail server does not take mail for this address, often because it does not exist (SMTPRecipientsRefused 550)"
)
LATE = "the mail server did not answer in time (TimeoutError)"


def one_in_each_state() -> dict[Mail.State, Mail]:
    return {
        state: Mail.objects.create(
            submission=SubmissionFactory(first_name="Ann", last_name=state.name, meeting__title=f"About {state.name}"),
            kind=Mail.Kind.RECEIVED,
            queued_at=NOW,
            **given,
        )
        for state, given in STATES.items()
    }


def test_the_list_tells_what_became_of_each(as_dana: Client) -> None:
    one_in_each_state()
    written = f"{NOW:%Y-%m-%d %H:%M}"
    assert rows(as_dana.get(reverse(MAILS))) == [
        ["received", "Ann OUTDATED", "About OUTDATED", "– no longer true, not sent", "0", "–", written],
        ["received", "Ann UNSENT", "About UNSENT", "✗ given up", "1", REFUSED, written],
        ["received", "Ann SENT", "About SENT", "✓ sent", "0", "–", written],
        ["received", "Ann RETRIED", "About RETRIED", "? failed, tried again", "2", LATE, written],
        ["received", "Ann QUEUED", "About QUEUED", "○ waiting to be sent", "0", "–", written],
    ]


def test_it_can_be_filtered_and_searched(as_dana: Client) -> None:
    mails = one_in_each_state()

    def found(**asked: str | int) -> list[str]:
        return [row[1] for row in rows(as_dana.get(reverse(MAILS), asked))]

    for state, mail in mails.items():
        assert found(state=state.value) == [f"Ann {state.name}"]
        assert found(meeting=mail.submission.meeting_id) == [f"Ann {state.name}"]
        assert found(q=mail.submission.reference) == found(q=mail.submission.email) == [f"Ann {state.name}"]
    assert (found(kind__exact="news"), len(found(state="nonsense", meeting="²"))) == ([], 5)


@pytest.mark.parametrize("size", [1, 12])
def test_it_takes_as_many_questions_however_many_there_are(
    as_dana: Client, size: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for person in SubmissionFactory.create_batch(size):
        write(person.pk, Mail.Kind.RECEIVED, at=NOW)
    with django_assert_num_queries(6):
        assert len(rows(as_dana.get(reverse(MAILS)))) == size


def test_exactly_the_chosen_ones_are_sent_again(as_dana: Client) -> None:
    mails = one_in_each_state()
    chosen = [mails[state].pk for state in (Mail.State.SENT, Mail.State.UNSENT)]
    assert said(choose(as_dana, "send_again", chosen, model="mail")) == ["success: 2 mails are on their way."]
    assert said(choose(as_dana, "send_again", chosen, model="mail"))[1:] == [
        "warning: Left as they were: 2 (2 are on their way already)."
    ]
    waiting = Mail.objects.filter(due_at__isnull=False, failed_tries=0).order_by("pk")
    assert list(waiting.values_list("pk", flat=True)) == sorted([mails[Mail.State.QUEUED].pk, *chosen])
    assert said(press(as_dana, "send_again", mails[Mail.State.OUTDATED].pk, model="mail"))[2:] == [
        "success: 1 mail is on its way."
    ]


def test_mails_that_are_on_their_way_already_are_left_and_counted(as_dana: Client) -> None:
    mails = one_in_each_state()
    chosen = [mails[state].pk for state in (Mail.State.QUEUED, Mail.State.SENT, Mail.State.RETRIED)]
    assert said(choose(as_dana, "send_again", chosen, model="mail")) == [
        "success: 2 mails are on their way.",
        "warning: Left as they were: 1 (1 is on its way already).",
    ]


def test_a_mails_page_shows_what_it_says_now_without_the_secret(as_dana: Client) -> None:
    person = SubmissionFactory(decision=Decision.DECLINED, meeting__title="Launch", first_name="Ann", last_name="Lee")
    write(person.pk, Mail.Kind.DECLINED, at=NOW)
    mail = Mail.objects.get()
    response = as_dana.get(page_of(mail))
    known = facts(response)
    assert (known["To"], known["Meeting"], known["State"]) == ("Ann Lee", "Launch", "○ waiting to be sent")
    letter = soup(response).select_one(".letter pre")
    assert letter is not None and "Status: Declined" in letter.get_text()
    html = as_dana.get(reverse("admin:registration_mail_html", args=[mail.pk]))
    assert html.headers["Content-Security-Policy"] == POLICY
    assert "no-store" in html.headers["Cache-Control"]
    assert "Declined" in html.content.decode()
    for page in (response, html):
        assert person.token not in page.content.decode()
        assert "http://testserver/registrations/…/" in page.content.decode()


def test_a_mail_that_would_not_be_sent_says_so(as_dana: Client) -> None:
    person = SubmissionFactory(decision=Decision.CANCELLED)
    write(person.pk, Mail.Kind.REMINDER, at=NOW)
    mail = Mail.objects.get()
    assert "is no longer true, so it would not be sent" in as_dana.get(page_of(mail)).content.decode()
    assert as_dana.get(reverse("admin:registration_mail_html", args=[mail.pk])).status_code == 404


def test_nobody_adds_changes_or_deletes_one(as_dana: Client) -> None:
    mail = one_in_each_state()[Mail.State.SENT]
    assert as_dana.get(reverse("admin:registration_mail_add")).status_code == 403
    assert as_dana.post(page_of(mail), {"kind": "news"}).status_code == 403
    assert as_dana.post(reverse("admin:registration_mail_delete", args=[mail.pk])).status_code == 403


def test_who_only_looks_sends_nothing_and_a_stranger_sees_nothing(as_vera: Client, as_rita: Client, db: None) -> None:
    mail = one_in_each_state()[Mail.State.SENT]
    html = reverse("admin:registration_mail_html", args=[mail.pk])
    assert as_vera.get(page_of(mail)).status_code == as_vera.get(html).status_code == 200
    assert press(as_vera, "send_again", mail.pk, model="mail").status_code == 403
    assert said(press(as_rita, "send_again", mail.pk, model="mail")) == ["success: 1 mail is on its way."]
    stranger = Client()
    stranger.force_login(User.objects.create_user("sam", is_staff=True))
    for address in (reverse(MAILS), page_of(mail), html, reverse(KEPT)):
        assert stranger.get(address).status_code == 403
        assert Client().get(address).status_code == 302


def test_what_was_given_up_is_told_on_the_index(as_dana: Client) -> None:
    def notices() -> list[str]:
        return [
            text(notice) for notice in soup(as_dana.get(reverse("admin:index"))).select(".needs li:has(a[href*='#'])")
        ]

    assert notices() == []
    one_in_each_state()
    assert notices() == ["1 Mails that do not arrive"]
    [link] = soup(as_dana.get(reverse("admin:index"))).select(".needs a[href*='#']")
    assert [text(who) for who in soup(as_dana.get(str(link["href"]))).select("#mails .who")] == ["Ann UNSENT"]


# --- mails that are kept as files -------------------------------------------------------------------------------------


@pytest.fixture
def kept(settings: Settings, tmp_path: Path) -> Path:
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path)
    return tmp_path


def test_kept_mails_can_be_read_with_their_links(as_dana: Client, kept: Path) -> None:
    people = [SubmissionFactory(first_name=name, meeting__title="Launch") for name in ("Ann", "Bo")]
    for person in people:
        write(person.pk, Mail.Kind.RECEIVED, at=timezone.now())
    post.send(Mail.objects.all())
    (kept / "folder.log").mkdir()
    (kept / "notes.txt").write_text("Subject: Not a mail of ours")
    index = soup(as_dana.get(reverse("admin:index"))).select_one(".kept-mails a")
    assert index is not None and index["href"] == reverse(KEPT)
    page = soup(as_dana.get(reverse(KEPT)))
    assert [text(row).split(":")[0] for row in page.select("tbody tr")] == [
        f"Your registration {person.reference}" for person in reversed(people)
    ]
    [_first, second] = page.select("tbody a")
    response = as_dana.get(str(second["href"]))
    headers = facts(response)
    assert (headers["To"], headers["From"]) == (people[0].email, django_settings.DEFAULT_FROM_EMAIL)
    assert headers["Attached"] == f'{people[0].meeting.slug}.ics (text/calendar; charset="utf-8"; method="PUBLISH")'
    own_page = f"http://testserver{people[0].get_absolute_url()}"
    assert [link["href"] for link in soup(response).select(".letter a")] == [own_page]
    html = as_dana.get(f"{second['href']}html/")
    assert (html.headers["Content-Security-Policy"], own_page in html.content.decode()) == (POLICY, True)


def test_what_is_attached_to_a_kept_mail_can_be_saved(as_dana: Client, as_vera: Client, kept: Path) -> None:
    person = SubmissionFactory(meeting__slug="launch")
    write(person.pk, Mail.Kind.RECEIVED, at=timezone.now())
    post.send(Mail.objects.all())
    [mail] = soup(as_dana.get(reverse(KEPT))).select("tbody a")
    [link] = soup(as_dana.get(str(mail["href"]))).select(".facts dd a")
    AuditEntry.objects.all().delete()
    response = as_dana.get(str(link["href"]))
    content = response.content.decode()
    assert (content.splitlines()[0], f"SUMMARY:{person.meeting.title}" in content) == ("BEGIN:VCALENDAR", True)
    names = ("Content-Type", "Content-Disposition", "X-Content-Type-Options")
    assert [response.headers[name] for name in names] == [
        "text/calendar; charset=utf-8",
        'attachment; filename="launch.ics"',
        "nosniff",
    ]
    assert [(entry.action, entry.thing) for entry in AuditEntry.objects.all()] == [("viewed", "a kept mail")]
    assert as_vera.get(str(link["href"])).status_code == 403
    assert as_dana.get(f"{mail['href']}attached/1/").status_code == 404


def test_where_mails_are_sent_there_are_none_to_read(as_dana: Client, as_vera: Client, kept: Path) -> None:
    assert as_vera.get(reverse(KEPT)).status_code == 403
    assert soup(as_vera.get(reverse("admin:index"))).select(".kept-mails") == []
    for name in ("nothing", "..", "%2e%2e"):
        assert as_dana.get(f"{reverse(KEPT)}{name}/0/").status_code == 404
    django_settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    assert as_dana.get(reverse(KEPT)).status_code == 404
    assert soup(as_dana.get(reverse("admin:index"))).select(".kept-mails") == []


# --- news of the meeting ----------------------------------------------------------------------------------------------


def test_everybody_is_written_to_once_it_was_confirmed(as_dana: Client) -> None:
    meeting = MeetingFactory(title="Launch", is_cancelled=True)
    people = [SubmissionFactory(meeting=meeting, decision=decision) for decision in Decision]
    asked = press(as_dana, "write_news", meeting.pk, model="meeting")
    assert text(soup(asked).h1) == "Write to 4 people"
    assert [text(item) for item in soup(asked).select(".consequences li")] == [
        "Launch : the meeting is cancelled and does not take place. (4 people)"
    ]
    assert Mail.objects.count() == 0
    done = press(as_dana, "write_news", meeting.pk, model="meeting", shown=answer_of(asked)["shown"])
    assert said(done) == ["success: 4 mails are on their way."]
    assert sorted(mail.to[0] for mail in delivered()) == sorted(
        person.email for person in people if person.decision not in {Decision.DECLINED, Decision.CANCELLED}
    )


def test_where_it_concerns_others_by_then_it_is_asked_again(as_dana: Client) -> None:
    person = SubmissionFactory()
    asked = choose(as_dana, "write_news", [person.meeting_id], model="meeting")
    shown = str(soup(asked).select_one("input[name=shown]")["value"])  # type: ignore[index]
    SubmissionFactory(meeting=person.meeting)
    again = choose(as_dana, "write_news", [person.meeting_id], model="meeting", shown=shown)
    assert text(soup(again).h1) == "Write to 2 people"
    assert "Nobody has been written to yet" in text(soup(again))
    assert Mail.objects.count() == 0


def test_nobody_registered_is_nobody_to_write_to(as_dana: Client) -> None:
    meeting = MeetingFactory()
    assert said(press(as_dana, "write_news", meeting.pk, model="meeting")) == [
        "info: Nobody is registered for a meeting of these that is to come."
    ]
    over = MeetingFactory(start_at=NOW - timedelta(days=1))
    assert "Write to everybody who is registered …" not in text(soup(as_dana.get(page_of(over))))


@pytest.mark.parametrize(
    ("was", "becomes", "is_told"), [("True", "False", True), ("False", "False", False), ("False", "True", False)]
)
def test_who_was_approved_while_webex_was_to_write_is_told_once_the_portal_is(
    as_dana: Client, was: str, becomes: str, is_told: bool
) -> None:
    meeting = MeetingFactory(send_email=was == "True")
    ann = SubmissionFactory(meeting=meeting, approved=True)
    fields = fields_of(as_dana.get(page_of(meeting))) | {"send_email": becomes, "title": "Another title"}
    response = as_dana.post(page_of(meeting), fields)
    words = "info: 1 person who is approved had not been told by Webex: the portal writes to them now."
    assert (response.status_code, words in said(response)) == (302, is_told)
    assert written() == ([(ann.email, "approved")] if is_told else [])


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"is_cancelled": "on"}, True),
        ({"end_at_1": "23:59"}, True),
        ({"title": "Another title"}, False),
    ],
)
def test_after_a_meeting_was_moved_or_cancelled_staff_are_pointed_to_it(
    as_dana: Client, change: dict[str, str], told: bool
) -> None:
    start_at = timezone.now().replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(days=30)
    meeting = MeetingFactory(start_at=start_at, send_email=True)
    SubmissionFactory(meeting=meeting)
    fields = fields_of(as_dana.get(page_of(meeting))) | {"send_email": "True"} | change
    response = as_dana.post(page_of(meeting), fields)
    assert response.status_code == 302
    words = (
        "warning: 1 registered person has not been told of this change: press “Write to everybody who is registered …”."
    )
    assert (words in said(response)) is told
    assert Mail.objects.count() == 0


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        ("SMTPRecipientsRefused 550", REFUSED),
        (
            "SMTPRecipientsRefused 552",
            "the mail server does not take mail for this address, often because the mailbox is full "
            "(SMTPRecipientsRefused 552)",
        ),
        (
            "SMTPRecipientsRefused 452",
            "the mail server does not take mail for this address at the moment, often because the mailbox is full "
            "(SMTPRecipientsRefused 452)",
        ),
        (
            "SMTPRecipientsRefused 450",
            "the mail server does not take mail for this address at the moment (SMTPRecipientsRefused 450)",
        ),
        ("SMTPRecipientsRefused", "the mail server does not take mail for this address (SMTPRecipientsRefused)"),
        ("SMTPServerDisconnected", "the mail server hung up (SMTPServerDisconnected)"),
        ("SomethingElse", "SomethingElse"),
        ("", ""),
    ],
)
def test_why_a_mail_did_not_get_through_is_said_in_words(failure: str, words: str) -> None:
    assert failure_words(failure) == words
