"""Importing a meeting and its form from a server that speaks Webex, for the first time."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection
from django.db.models.signals import pre_delete, pre_save
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from registration.accounts import Clients, settings_account
from registration.errors import ImportRefused
from registration.flow import form_import
from registration.models import Account, ApprovalRule, Meeting
from registration.sandbox import seed
from registration.sandbox.forms import Form, Option, Question, Rule
from registration.sandbox.server import SandboxServer
from registration.standard_fields import CHOSEN_FIELDS
from registration.webex.client import WebexClient
from registration.webex.records import FormInfo, MeetingInfo
from tests.cast import WEBEX_ID, MeetingFactory, SubmissionFactory
from tests.importing.cast import COLOUR, NEWS, WHY, at_webex, import_it
from tests.importing.form_facts import everything_of, questions_of, rules_of, uses_of

pytestmark = pytest.mark.django_db


def test_the_whole_meeting_and_form_come_over(sandbox: SandboxServer) -> None:
    imported = import_it(seed.PRODUCT_LAUNCH_ID)

    webinar = sandbox.store.meeting(seed.PRODUCT_LAUNCH_ID)
    assert webinar is not None
    meeting = Meeting.objects.get()
    assert (imported.meeting, imported.is_new) == (meeting, True)
    assert imported.notes == [
        "The form has 3 approval rules. Webex follows them with whom we send; here they are not followed."
    ]
    assert (meeting.title, meeting.agenda) == ("Product launch", seed.PRODUCT_LAUNCH_AGENDA)
    assert (meeting.start_at, meeting.end_at) == (webinar.start_at, webinar.end_at)
    assert (meeting.timezone, meeting.scheduled_type) == ("America/New_York", "webinar")
    assert (meeting.host_display_name, meeting.host_email) == (seed.HOST_NAME, seed.HOST_EMAIL)
    assert (meeting.slug, meeting.webex_id) == ("product-launch", seed.PRODUCT_LAUNCH_ID)
    assert (meeting.approval, meeting.is_published, meeting.auto_accept_request) == ("manual", False, False)
    assert (meeting.current, meeting.host_email_parameter) == (False, "")
    assert uses_of(meeting) == {field.name: "required" for field in CHOSEN_FIELDS}
    assert questions_of(meeting) == [
        (
            str(question.id),
            question.text,
            question.type,
            question.is_required,
            question.max_length,
            [(str(option.id), option.text) for option in question.options],
        )
        for question in seed.PRODUCT_LAUNCH_FORM.questions
    ]
    assert rules_of(meeting) == [
        (1, "email", "endsWith", "@competitor.example", False, "reject"),
        (2, "company_name", "contains", "Partner", True, "approve"),
        (3, "What is your role in buying decisions?", "contains", "student", False, "reject"),
    ]


def test_choices_for_our_side_are_taken(sandbox: SandboxServer) -> None:
    at_webex(sandbox, Form(), host_email="boss@example.com")

    meeting = import_it(
        host_email=" boss@example.com ", current=True, slug="the-launch", approval="automatic", publish=True
    ).meeting

    assert (meeting.slug, meeting.approval, meeting.is_published) == ("the-launch", "automatic", True)
    assert (meeting.current, meeting.host_email_parameter) == (True, "boss@example.com")


def test_current_and_host_are_in_every_call(sandbox: SandboxServer) -> None:
    at_webex(sandbox, Form(), host_email="boss@example.com")
    meeting = import_it(host_email="boss@example.com", current=True).meeting
    with Clients() as clients:
        form_import.refresh(meeting, clients=clients)
    import_it()

    asked = [(call.operation, dict(call.query)) for call in sandbox.store.calls]
    parameters = {"current": "true", "hostEmail": "boss@example.com"}
    assert asked == [("getMeeting", parameters), ("getRegistration", parameters)] * 3


@pytest.mark.parametrize(
    "spelling",
    [
        "A1B2C3D4-E5F6-0718-293A-4B5C6D7E8F90",
        f"  {WEBEX_ID}\n",
        "a1b2c3d4 e5f60718 293a4b5c 6d7e8f90",
        "a1b2c3d4\u2011e5f6\u20130718-293a-4b5c6d7e8f90",
    ],
)
def test_an_id_is_taken_in_every_spelling(sandbox: SandboxServer, spelling: str) -> None:
    at_webex(sandbox, Form())

    assert import_it(spelling).meeting.webex_id == WEBEX_ID


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Launch", "launch-3"),
        ("会议", "meeting-a1b2c3d4"),
        ("---", "meeting-a1b2c3d4"),
        ("long " * 50, ("long-" * 18).strip("-")),
    ],
)
def test_the_short_name_is_made_of_the_title_and_unique(sandbox: SandboxServer, title: str, slug: str) -> None:
    MeetingFactory(slug="launch", webex_id="")
    MeetingFactory(slug="launch-2", webex_id="")
    at_webex(sandbox, Form(), title=title)

    assert import_it().meeting.slug == slug


def test_a_form_that_accepts_everybody_is_told_of(sandbox: SandboxServer) -> None:
    at_webex(sandbox, Form(auto_accept=True))

    assert import_it().notes == [
        "Webex will accept everybody whom we send, and everybody who registers on Webex’s own page: "
        "“Automatically accept all requests” is on there. Here every submission waits for a person."
    ]
    assert import_it(approval="automatic").notes == []


def test_a_meeting_that_is_over_is_told_of(sandbox: SandboxServer) -> None:
    at_webex(sandbox, Form(), start_at=timezone.now() - timedelta(days=2))

    assert import_it().notes == ["This meeting is over: nobody can register for it."]


def test_queries_do_not_grow_with_submissions(sandbox: SandboxServer) -> None:
    at_webex(sandbox, Form(questions=(COLOUR, WHY)))
    meeting = import_it().meeting

    def queries(form: Form) -> int:
        sandbox.store.set_form(WEBEX_ID, form)
        with CaptureQueriesContext(connection) as captured:
            import_it()
        return len(captured)

    few = queries(Form(questions=(WHY,)))
    queries(Form(questions=(COLOUR, WHY)))
    for submission in SubmissionFactory.create_batch(30, meeting=meeting):
        submission.answers.create(question=meeting.questions.first(), question_text="Colour?", text="Red")

    assert queries(Form(questions=(WHY,))) == few


def test_queries_do_not_grow_with_the_form(sandbox: SandboxServer) -> None:
    def form(size: int, *, first_id: int, word: str) -> Form:
        """A form whose every question, option and rule has the word in it."""
        choices = (Option(1, f"Yes {word}"), Option(2, f"No {word}"))
        ids = range(first_id, first_id + size)
        return Form(
            questions=tuple(Question(number, f"{word} {number}?", "radioButtons", options=choices) for number in ids),
            rules=tuple(Rule("equals", f"{word} {number}", "reject", order=number, field="city") for number in ids),
        )

    at_webex(sandbox, Form())
    settings_account()  # which is made on first use

    def queries(size: int) -> list[int]:
        Meeting.objects.all().delete()
        counts = []
        # For the first time, unchanged, reworded, and with other questions in place of these.
        for again in (
            form(size, first_id=1, word="Colour"),
            form(size, first_id=1, word="Colour"),
            form(size, first_id=1, word="Hue"),
            form(size, first_id=1000, word="Taste"),
        ):
            sandbox.store.set_form(WEBEX_ID, again)
            with CaptureQueriesContext(connection) as captured:
                import_it()
            counts.append(len(captured))
        return counts

    assert queries(2) == queries(40)


class ObservedClient(WebexClient):
    """Notes for each call whether a transaction is open."""

    def __init__(self, inner: WebexClient) -> None:
        self._inner = inner
        self.is_in_transaction: list[bool] = []

    def get_meeting(self, meeting_id: str, *, current: bool = False, host_email: str = "") -> MeetingInfo:
        self.is_in_transaction.append(connection.in_atomic_block)
        return self._inner.get_meeting(meeting_id, current=current, host_email=host_email)

    def get_registration(self, meeting_id: str, *, current: bool = False, host_email: str = "") -> FormInfo:
        self.is_in_transaction.append(connection.in_atomic_block)
        return self._inner.get_registration(meeting_id, current=current, host_email=host_email)


class ObservedClients(Clients):
    """Gives such clients."""

    def __init__(self) -> None:
        super().__init__()
        self.observed: dict[int, ObservedClient] = {}

    def of(self, account: Account) -> WebexClient:
        return self.observed.setdefault(account.pk, ObservedClient(super().of(account)))


@pytest.mark.django_db(transaction=True)
def test_no_call_is_made_inside_a_transaction(sandbox: SandboxServer) -> None:
    at_webex(sandbox, Form(questions=(COLOUR,)))
    with ObservedClients() as clients:
        meeting = form_import.import_meeting(WEBEX_ID, clients=clients).meeting
        form_import.refresh(meeting, clients=clients)

    [client] = clients.observed.values()
    assert client.is_in_transaction == [False] * 4


@pytest.mark.django_db(transaction=True)
def test_a_failure_half_way_leaves_nothing_behind(sandbox: SandboxServer) -> None:
    at_webex(sandbox, Form(questions=(COLOUR,), rules=(Rule("equals", "Bonn", "reject", order=1, field="city"),)))
    meeting = import_it().meeting
    before = everything_of(meeting), Meeting.objects.get().imported_at
    sandbox.store.set_form(WEBEX_ID, Form(questions=(NEWS, WHY)))

    def fail(**kwargs: object) -> None:
        raise InterruptedError

    pre_delete.connect(fail, sender=ApprovalRule)
    try:
        with pytest.raises(InterruptedError):
            import_it()
    finally:
        pre_delete.disconnect(fail, sender=ApprovalRule)

    assert (everything_of(meeting), Meeting.objects.get().imported_at) == before


def test_whoever_loses_a_race_is_told_to_import_again(sandbox: SandboxServer) -> None:
    at_webex(sandbox, Form())

    def be_quicker(**kwargs: object) -> None:
        Meeting.objects.bulk_create([MeetingFactory.build(webex_id=WEBEX_ID)])

    pre_save.connect(be_quicker, sender=Meeting)
    try:
        with pytest.raises(ImportRefused) as caught:
            import_it()
    finally:
        pre_save.disconnect(be_quicker, sender=Meeting)

    assert str(caught.value.words) == "Somebody else changed the meetings at the same moment. Import again."
    assert type(caught.value.__cause__) is IntegrityError
