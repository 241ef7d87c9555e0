"""Every page that visitors and attendees can come to, in every state that it can be in."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from registration.demo.people import PEOPLE
from registration.flow import erase, review
from registration.models import Mail, Meeting, Question, SecondSignUp, Submission
from registration.states import Decision, Presence, WebexStatus
from tests.browser.launch import launch, sign_up
from tests.cast import LogoFactory, MeetingFactory, QuestionFactory

[ADA] = [person for person in PEOPLE if person.first_name == "Ada"]
LONG_WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"


def declined() -> str:
    """The own page of one whom a person declined."""
    submission = sign_up(ADA, meeting=launch())
    dana = User.objects.create_user("dana")
    review.decline(
        Submission.objects.all(),
        by=dana,
        reason="This event is for customers.\nWe are glad to see you at the next one, on 12 December.",
    )
    return submission.get_absolute_url()


def own_page(*, decision: Decision, presence: Presence = Presence.ABSENT, status: str = "") -> str:
    """The own page of a submission in this state."""
    return sign_up(ADA, meeting=launch(), decision=decision, presence=presence, webex_status=status).get_absolute_url()


def own_page_of_meeting(*, decision: Decision, **changes: Any) -> str:
    """The own page of a submission for the launch with these changes."""
    return sign_up(ADA, meeting=launch(**changes), decision=decision).get_absolute_url()


def being_erased() -> str:
    """The own page of one whose data are erased as soon as Webex has removed them."""
    facts = {"decision": Decision.APPROVED, "presence": Presence.REGISTERED, "registrant_id": "r"}
    submission = sign_up(ADA, meeting=launch(), **facts)
    erase.ask(Submission.objects.all(), at=timezone.now())
    return submission.get_absolute_url()


def left_in_a_calendar() -> str:
    """The own page of one who cancelled, and into whose calendar a mail had put the meeting."""
    submission, now = sign_up(ADA, meeting=launch(), decision=Decision.CANCELLED), timezone.now()
    Mail.objects.create(submission=submission, kind=Mail.Kind.RECEIVED, queued_at=now, sent_at=now)
    return submission.get_absolute_url()


def signed_up_again(*, differs: bool) -> str:
    """The own page of one whom somebody signed up again, with other words or the same."""
    submission = sign_up(ADA, meeting=launch(), decision=Decision.APPROVED)
    values = {"company_name": "Lagos Water Works plc", "city": "", "address2": LONG_WORD * 2}
    answers = [
        ["How did you hear about this event?", ["Invitation by e-mail"]],
        ["What is your role in buying decisions?", ["I advise"]],
        ["Which topics interest you?", ["Video and audio quality", "Prices and licences"]],
        [
            "What would you like to ask the product team?",
            ["Two things:\n1. Does it run on Linux?\n2. وهل تدعمون العربية؟"],
        ],
    ]
    typed = {"values": values, "answers": answers} if differs else {"values": {}, "answers": submission.given_answers}
    SecondSignUp.objects.create(submission=submission, at=timezone.now(), **typed)
    return submission.get_absolute_url()


def own_page_of(*, page: str = "", meeting: dict[str, Any] | None = None, **facts: Any) -> str:
    """The own page of a submission with these facts, or a page behind it."""
    return sign_up(ADA, meeting=launch(**(meeting or {})), **facts).get_absolute_url() + page


def own_page_with_retired_questions() -> str:
    """The form on which one changes her answers, some of which are no longer asked for."""
    address = own_page_of(page="change/", decision=Decision.APPROVED)
    Question.objects.filter(position__in=[0, 1]).update(is_retired=True)
    return address


def hard_to_lay_out() -> str:
    """A sign-up page of words and options that fit nowhere."""
    meeting = launch(title=f"{LONG_WORD} {LONG_WORD}", agenda=LONG_WORD * 3, host_display_name=LONG_WORD)
    QuestionFactory(meeting=meeting, text=LONG_WORD * 2, type=Question.Type.CHECKBOX, options=[LONG_WORD * 2, "No"])
    QuestionFactory(meeting=meeting, text=LONG_WORD, type=Question.Type.DROPDOWN, options=[LONG_WORD * 3])
    return meeting.get_absolute_url()


def hard_own_page() -> str:
    """An own page of words that fit nowhere."""
    hard = replace(ADA, first_name=LONG_WORD, company_name=LONG_WORD, address1="9" * 200)
    return sign_up(hard, meeting=launch(title=LONG_WORD)).get_absolute_url()


def right_to_left() -> str:
    """A sign-up page whose organisers write from right to left."""
    meeting = MeetingFactory(
        title="إطلاق المنتج الجديد", agenda="1. مرحباً\n2. عرض حي", host_display_name="محمد الأحمد", shows_all=True
    )
    QuestionFactory(meeting=meeting, text="كيف سمعت عنا؟", type=Question.Type.RADIO, options=["زميل", "موقعنا"])
    return str(meeting.get_absolute_url())


def with_its_own_look() -> Meeting:
    """A meeting with all that a company puts on its page: logo, colour and introduction."""
    meeting = launch(
        accent_color="#a0153e",
        intro="We have worked on this for two years, and you are the first to see it.\n\n"
        "Bring your questions: the whole product team is there to answer them.",
    )
    LogoFactory(meeting=meeting)
    return meeting


def several_meetings() -> str:
    """The list, with a meeting in each state."""
    now = timezone.now()
    launch()
    MeetingFactory(title="Open hour with the support team", capacity=0)
    MeetingFactory(title="Breakfast with the founders", capacity=0, waiting_list="offer")
    MeetingFactory(title="Partner day", opens_at=now + timedelta(days=3))
    MeetingFactory(title="Security round table: what changed in the last twelve months", closes_at=now)
    MeetingFactory(title="Training that does not take place", is_cancelled=True)
    MeetingFactory(title="Last month's review", start_at=now - timedelta(days=20))
    return "/"


def _launch(**changes: Any) -> str:
    return launch(**changes).get_absolute_url()


def _from_now(days: int) -> datetime:
    return timezone.now() + timedelta(days=days)


_REVIEWED = {"has_review_after_change": True}

PAGES: dict[str, Callable[[], str]] = {
    "meetings": several_meetings,
    "meetings-none": lambda: "/",
    "sign-up": _launch,
    "sign-up-hard-to-lay-out": hard_to_lay_out,
    "sign-up-right-to-left": right_to_left,
    "sign-up-look": lambda: with_its_own_look().get_absolute_url(),
    "done-look": lambda: f"{with_its_own_look().get_absolute_url()}done/",
    "own-page-look": lambda: sign_up(ADA, meeting=with_its_own_look()).get_absolute_url(),
    "sign-up-full": lambda: _launch(capacity=0),
    "sign-up-not-yet-open": lambda: _launch(opens_at=_from_now(3)),
    "sign-up-closed": lambda: _launch(closes_at=_from_now(-1)),
    "sign-up-cancelled": lambda: _launch(is_cancelled=True),
    "sign-up-over": lambda: _launch(start_at=_from_now(-3)),
    "done": lambda: f"{_launch()}done/",
    "done-automatic": lambda: f"{_launch(approval='automatic', host_email='')}done/",
    "done-rules": lambda: f"{_launch(approval='rules', webex_id='')}done/",
    "sign-up-waiting-list": lambda: _launch(capacity=0, waiting_list="offer"),
    "done-to-confirm": lambda: f"{_launch(confirms_address=True)}done/",
    "done-waiting-list": lambda: f"{_launch(capacity=9, waiting_list='at_once')}done/",
    "done-cancelled": lambda: f"{_launch(is_cancelled=True)}done/",
    "done-over": lambda: f"{_launch(start_at=_from_now(-3))}done/",
    "not-found": lambda: "/meetings/nothing/",
    "own-page-waiting": lambda: own_page(decision=Decision.WAITING),
    "own-page-waitlisted": lambda: own_page(decision=Decision.WAITLISTED),
    "own-page-cancelled": lambda: own_page(decision=Decision.CANCELLED),
    "own-page-left-in-a-calendar": left_in_a_calendar,
    "own-page-declined": declined,
    "own-page-approved": lambda: own_page(decision=Decision.APPROVED),
    "own-page-sent": lambda: own_page(decision=Decision.APPROVED, presence=Presence.REGISTERED),
    **{
        f"own-page-{status}-at-webex": partial(
            own_page, decision=Decision.APPROVED, presence=Presence.REGISTERED, status=status
        )
        for status in WebexStatus.values
    },
    "own-page-without-webex": lambda: own_page_of_meeting(decision=Decision.APPROVED, webex_id=""),
    "own-page-of-cancelled-meeting": lambda: own_page_of_meeting(decision=Decision.APPROVED, is_cancelled=True),
    "own-page-of-meeting-over": lambda: own_page_of_meeting(decision=Decision.APPROVED, start_at=_from_now(-3)),
    "own-page-signed-up-again": lambda: signed_up_again(differs=True),
    "own-page-signed-up-again-the-same": lambda: signed_up_again(differs=False),
    "own-page-hard-to-lay-out": hard_own_page,
    "own-page-offered": lambda: own_page_of(decision=Decision.OFFERED, offer_ends_at=_from_now(1)),
    "own-page-unconfirmed": lambda: own_page_of(confirm_by=_from_now(2)),
    "own-page-in-line": lambda: own_page_of(decision="waitlisted", meeting={"capacity": 0, "waiting_list": "at_once"}),
    "own-page-cancelled-before": lambda: own_page_of(page="?done=cancelled", decision=Decision.CANCELLED),
    "own-page-at-webex-since": lambda: own_page_of(
        page="?done=changed",
        decision=Decision.APPROVED,
        presence=Presence.REGISTERED,
        webex_status="approved",
        webex_status_at=timezone.now(),
    ),
    "change": lambda: own_page_of(page="change/", decision=Decision.APPROVED, meeting=_REVIEWED),
    "change-retired-questions": own_page_with_retired_questions,
    "change-too-late": lambda: own_page_of(page="change/", meeting={"changes_until": _from_now(-1)}),
    "cancel": lambda: own_page_of(page="cancel/"),
    "again": lambda: own_page_of(page="again/", decision=Decision.CANCELLED),
    "again-full": lambda: own_page_of(page="again/", decision=Decision.CANCELLED, meeting={"capacity": 0}),
    "new-link": lambda: own_page_of(page="new-link/"),
    "link-sent": lambda: "/registrations/link-sent/",
    "confirm": lambda: own_page_of(page="confirm/", decision=Decision.WAITING, confirm_by=_from_now(2)),
    "confirm-hard-to-lay-out": lambda: own_page_of(
        page="confirm/", decision=Decision.WAITING, confirm_by=_from_now(2), email=f"{'m' * 60}@{'example' * 8}.com"
    ),
    "confirm-confirmed": lambda: own_page_of(page="confirm/", decision=Decision.WAITING, confirmed_at=_from_now(0)),
    "confirm-nothing": lambda: own_page_of(page="confirm/", decision=Decision.APPROVED),
    "confirm-too-late": lambda: own_page_of(page="confirm/", decision=Decision.WAITING, confirm_by=_from_now(-1)),
    "confirm-meeting-cancelled": lambda: own_page_of(
        page="confirm/", decision=Decision.WAITING, confirm_by=_from_now(2), meeting={"is_cancelled": True}
    ),
    "place": lambda: own_page_of(page="place/", decision=Decision.OFFERED),
    "place-taken": lambda: own_page_of(page="place/", decision=Decision.APPROVED),
    "place-none": lambda: own_page_of(page="place/", decision=Decision.WAITLISTED),
    "place-too-late": lambda: own_page_of(page="place/", decision=Decision.OFFERED, offer_ends_at=_from_now(-1)),
    "own-page-being-erased": being_erased,
    "erase": lambda: f"{own_page(decision=Decision.APPROVED)}erase/",
    "erased": lambda: "/registrations/erased/",
}
"""Every page by the name of its picture: calling it makes what the page shows, and returns the address."""
