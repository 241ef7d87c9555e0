"""Writing a form to Webex: what is shown first, what is written, and that nobody is sent with another form's ids."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from registration.accounts import Clients
from registration.errors import ChangedMeanwhile, ImportRefused, NotPossible
from registration.flow import deliver, form_import, form_push, moves, pauses
from registration.models import AuditEntry, Meeting, Option, Question, Submission
from registration.sandbox.faults import Fault
from registration.sandbox.seed import PRODUCT_LAUNCH_ID
from registration.sandbox.server import SandboxServer
from registration.states import Presence
from registration.webex.client import WebexClient
from tests.cast import ApprovalRuleFactory, MeetingFactory, QuestionFactory, SubmissionFactory

pytestmark = pytest.mark.django_db

SOURCE, TOPICS, USES, ROLE, WISH = "330521", "330522", "330523", "330524", "330525"


@pytest.fixture
def clients() -> Iterator[Clients]:
    with Clients() as clients:
        yield clients


@pytest.fixture
def dana(db: None) -> User:
    return User.objects.create_superuser("dana")


@pytest.fixture
def meeting(sandbox: SandboxServer, clients: Clients) -> Meeting:
    """The sandbox's product launch, imported."""
    found = form_import.import_meeting(PRODUCT_LAUNCH_ID, clients=clients, approval="automatic", publish=True).meeting
    sandbox.store.forget_calls()
    return found


def push(meeting: Meeting, clients: Clients, by: User) -> form_push.Pushed:
    """Push what the plan shows."""
    planned = form_push.plan(meeting, clients=clients)
    return form_push.push(meeting, clients=clients, shown=planned.fingerprint, by=by)


def ids(meeting: Meeting) -> dict[str, tuple[str, list[str]]]:
    """Of each question that is asked, its Webex id and those of its options, in order."""
    return {
        question.text: (question.webex_id, [option.webex_id for option in question.options.filter(is_retired=False)])
        for question in meeting.questions.filter(is_retired=False)
    }


def ids_at_webex(sandbox: SandboxServer) -> dict[str, tuple[str, list[str]]]:
    there = sandbox.store.meeting(PRODUCT_LAUNCH_ID)
    assert there is not None and there.form is not None
    return {
        question.text: (str(question.id), [str(option.id) for option in question.options])
        for question in there.form.questions
    }


def edit(meeting: Meeting) -> None:
    """Another order of options and questions, a new question, and one that is retired."""
    topics = meeting.questions.get(webex_id=TOPICS)
    for option, position in zip(topics.options.all(), (3, 2, 1, 0), strict=True):
        Option.objects.filter(pk=option.pk).update(position=position)
    meeting.questions.filter(webex_id=TOPICS).update(position=9)
    meeting.questions.filter(webex_id=ROLE).update(is_retired=True)
    QuestionFactory(
        meeting=meeting, webex_id="", text="Which <b>team</b>?", type="radioButtons", options=["A", "B"], position=1
    )
    Option.objects.filter(question__text="Which <b>team</b>?").update(webex_id="")


def test_what_would_change_at_webex_is_shown_first(meeting: Meeting, clients: Clients, sandbox: SandboxServer) -> None:
    edit(meeting)
    Meeting.objects.filter(pk=meeting.pk).update(fax_use="hidden")
    meeting.refresh_from_db()
    planned = form_push.plan(meeting, clients=clients)

    assert [(change.what, change.there, change.here) for change in planned.changes] == [
        ("Fax", "shown", "not shown"),
        ("“Which <b>team</b>?”", "–", "new: radio buttons, optional, with “A”, “B”"),
        (
            "“Which topics interest you?”",
            "“Video and audio quality”, “Security and compliance”, “Management of many rooms”, “Prices and licences”",
            "“Prices and licences”, “Management of many rooms”, “Security and compliance”, “Video and audio quality”",
        ),
        ("“What is your role in buying decisions?”", "asked", "–"),
        (
            "Order of the questions",
            "“How did you hear about this event?”, “Which topics interest you?”, “Do you use our products today?”, "
            "“What is your role in buying decisions?”, “What would you like to ask the product team?”",
            "“How did you hear about this event?”, “Which <b>team</b>?”, “Do you use our products today?”, "
            "“What would you like to ask the product team?”, “Which topics interest you?”",
        ),
        (
            "Approval rules",
            "E-mail address ends with “@competitor.example”: decline; Company contains “Partner”: approve; "
            "What is your role in buying decisions? contains “student”: decline",
            "E-mail address ends with “@competitor.example”: decline; Company contains “Partner”: approve",
        ),
    ]
    assert planned.lost == ("What is your role in buying decisions?",)
    assert [call.operation for call in sandbox.store.calls] == ["getRegistration"]


def test_what_webex_cannot_hold_is_said_and_not_sent(meeting: Meeting, clients: Clients) -> None:
    meeting.questions.filter(webex_id=SOURCE).update(hint="Where from", is_private=True)
    meeting.rules.filter(field="email").update(is_active=False)
    ApprovalRuleFactory(meeting=meeting, result="hold", value="@us.example", order=40)
    planned = form_push.plan(meeting, clients=clients)

    assert list(planned.left_out) == [
        "1 hint: Webex has none.",
        "1 question is private in the portal only: whoever reads registrations at Webex reads its answers there.",
        "The rule “E-mail address ends with “@competitor.example”: decline”: it is switched off.",
        "The rule “E-mail address ends with “@us.example”: hold for review”: Webex has no “hold for review”.",
    ]
    assert [rule.field for rule in planned.update.rules] == ["companyName"]


def test_a_form_that_is_webexs_already_changes_nothing(meeting: Meeting, clients: Clients) -> None:
    planned = form_push.plan(meeting, clients=clients)
    assert (planned.changes, planned.lost, planned.left_out) == ((), (), ())


@pytest.mark.parametrize("keeps_ids", [False, True])
def test_after_a_push_every_question_has_the_id_that_webex_gave_it(
    meeting: Meeting, clients: Clients, sandbox: SandboxServer, dana: User, keeps_ids: bool
) -> None:
    sandbox.store.keeps_question_ids = keeps_ids
    edit(meeting)
    own = ApprovalRuleFactory(meeting=meeting, result="hold", value="@us.example", order=40)
    before = Meeting.objects.get(pk=meeting.pk).form_version
    pushed = push(meeting, clients, dana)

    assert pushed.is_known
    assert ids(meeting) == ids_at_webex(sandbox)
    assert list(ids(meeting)) == list(ids_at_webex(sandbox))
    retired = meeting.questions.get(is_retired=True)
    assert (retired.text, retired.webex_id) == ("What is your role in buying decisions?", "")
    assert [(rule.is_from_webex, rule.result) for rule in meeting.rules.all()] == [
        (True, "reject"),
        (True, "approve"),
        (False, "reject"),
        (False, "hold"),
    ]
    assert meeting.rules.filter(pk=own.pk).exists()
    meeting.refresh_from_db()
    assert (meeting.paused_at, meeting.pause_reason) == (None, "")
    assert meeting.form_version != before
    [entry] = AuditEntry.objects.filter(action="form_pushed")
    assert (entry.by, entry.meeting, entry.thing) == (dana, meeting, "form")
    assert form_push.plan(meeting, clients=clients).changes == ()


def test_all_that_a_push_changed_of_a_question_is_in_the_audit(meeting: Meeting, clients: Clients, dana: User) -> None:
    topics, wish = (meeting.questions.get(webex_id=each) for each in (TOPICS, WISH))
    meeting.questions.filter(pk=topics.pk).update(is_required=not topics.is_required)
    topics.options.filter(position=3).delete()
    meeting.questions.filter(pk=wish.pk).update(max_length=40, is_required=not wish.is_required)
    changes = form_push.plan(meeting, clients=clients).changes
    push(meeting, clients, dana)
    entry = AuditEntry.objects.get(action="form_pushed")
    noted = [(what, *pair) for what in entry.before for pair in zip(entry.before[what], entry.after[what], strict=True)]
    assert sorted(noted) == sorted((change.what, change.there, change.here) for change in changes)
    assert [len(values) for values in entry.before.values()] == [2, 2]


def test_a_rule_that_is_switched_off_is_the_portals_own_after_a_push_and_can_be_removed(
    meeting: Meeting, clients: Clients, sandbox: SandboxServer, dana: User
) -> None:
    rule = meeting.rules.filter(is_from_webex=True)[0]
    meeting.rules.filter(pk=rule.pk).update(is_active=False)
    assert push(meeting, clients, dana).is_known
    rule.refresh_from_db()
    assert (rule.is_from_webex, rule.is_active) == (False, False)
    rule.delete()
    assert form_import.plan(meeting, clients=clients).is_empty


def test_nothing_is_written_twice_and_nothing_twice_the_same_way(
    meeting: Meeting, clients: Clients, sandbox: SandboxServer, dana: User
) -> None:
    edit(meeting)
    push(meeting, clients, dana)
    once = ids(meeting), list(meeting.questions.values_list("max_length", flat=True))
    sandbox.store.keeps_question_ids = True
    assert push(meeting, clients, dana).notes == []
    assert (ids(meeting), list(meeting.questions.values_list("max_length", flat=True))) == once


class TestPeople:
    """Whoever is sent, is sent with the ids of the form that Webex has."""

    def test_people_who_answered_before_are_sent_with_the_new_ids(
        self, meeting: Meeting, clients: Clients, sandbox: SandboxServer, dana: User
    ) -> None:
        somebody(meeting)
        edit(meeting)
        push(meeting, clients, dana)
        sandbox.store.new_question_id()
        deliver.push(Meeting.objects.all(), clients=clients)

        [registrant] = sandbox.store.registrants(PRODUCT_LAUNCH_ID)
        there = ids_at_webex(sandbox)
        assert {
            str(answer.question_id): [choice.text for choice in answer.choices] for answer in registrant.row.answers
        } == {
            there["How did you hear about this event?"][0]: ["A colleague"],
            there["Which topics interest you?"][0]: ["Video and audio quality", "Prices and licences"],
            there["Do you use our products today?"][0]: ["Yes"],
        }
        assert Submission.objects.get().presence == Presence.REGISTERED

    def test_while_somebody_is_under_way_nothing_is_written(
        self, meeting: Meeting, clients: Clients, sandbox: SandboxServer, dana: User
    ) -> None:
        SubmissionFactory(
            meeting=meeting, approved=True, presence=Presence.SENDING, due_at=timezone.now() + timedelta(minutes=5)
        )
        with pytest.raises(NotPossible, match="being sent"):
            push(meeting, clients, dana)
        assert "putRegistration" not in [call.operation for call in sandbox.store.calls]
        meeting.refresh_from_db()
        assert not meeting.is_paused

    def test_whoever_was_claimed_just_before_does_not_leave_while_the_form_is_written(
        self, meeting: Meeting, clients: Clients, sandbox: SandboxServer, dana: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The claim is committed, and the call is about to be made, when the meeting gets held."""
        somebody(meeting)
        insert = WebexClient.bulk_insert
        holds = []

        def hold_and_insert(client: WebexClient, *args: Any, **kwargs: Any) -> Any:
            holds.append(pauses.hold_meeting(meeting, at=timezone.now()))
            return insert(client, *args, **kwargs)

        monkeypatch.setattr(WebexClient, "bulk_insert", hold_and_insert)
        deliver.push(Meeting.objects.all(), clients=clients)
        assert sandbox.store.registrants(PRODUCT_LAUNCH_ID) == []
        assert Submission.objects.get().presence == Presence.ABSENT
        [hold] = holds
        assert hold is not None
        pauses.release(hold)
        monkeypatch.undo()
        deliver.push(Meeting.objects.all(), clients=clients)
        assert Submission.objects.get().presence == Presence.REGISTERED

    def test_nobody_is_claimed_between_the_writing_and_the_new_ids(
        self, meeting: Meeting, clients: Clients, sandbox: SandboxServer, dana: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        somebody(meeting)
        edit(meeting)
        update = WebexClient.update_registration

        def update_and_deliver(client: WebexClient, *args: Any, **kwargs: Any) -> None:
            update(client, *args, **kwargs)
            deliver.push(Meeting.objects.all(), clients=clients)

        monkeypatch.setattr(WebexClient, "update_registration", update_and_deliver)
        push(meeting, clients, dana)
        assert (Submission.objects.get().presence, sandbox.store.registrants(PRODUCT_LAUNCH_ID)) == ("absent", [])
        deliver.push(Meeting.objects.all(), clients=clients)
        assert Submission.objects.get().presence == Presence.REGISTERED

    def test_a_run_that_has_looked_at_the_form_before_it_was_written_sends_the_new_ids(
        self,
        meeting: Meeting,
        clients: Clients,
        sandbox: SandboxServer,
        dana: User,
        settings: Any,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        settings.WEBEX_BATCH_SIZE = 1
        somebody(meeting)
        somebody(meeting)
        edit(meeting)
        claim = moves.claim
        claimed: list[Any] = []

        def push_and_claim(*args: Any, **kwargs: Any) -> Any:
            if len(claimed) == 1:
                push(meeting, clients, dana)
            claimed.append(claim(*args, **kwargs))
            return claimed[-1]

        monkeypatch.setattr(moves, "claim", push_and_claim)
        deliver.push(Meeting.objects.all(), clients=clients)
        assert list(Submission.objects.values_list("presence", flat=True)) == ["registered", "registered"]
        assert [call.operation for call in sandbox.store.calls].count("bulkInsert") == 2


def somebody(meeting: Meeting) -> Submission:
    """Somebody who is approved, and answered the three required questions."""
    person: Submission = SubmissionFactory(meeting=meeting, approved=True, company_name="Example Ltd")
    given = [
        (SOURCE, "A colleague"),
        (TOPICS, "Video and audio quality"),
        (TOPICS, "Prices and licences"),
        (USES, "Yes"),
    ]
    for position, (webex_id, text) in enumerate(given):
        option = Option.objects.get(question__meeting=meeting, question__webex_id=webex_id, text=text)
        person.answers.create(
            question=option.question, option=option, question_text=option.question.text, text=text, position=position
        )
    return person


class TestGoingWrong:
    """A fault on the way."""

    def test_what_was_not_shown_is_not_written(
        self, meeting: Meeting, clients: Clients, sandbox: SandboxServer, dana: User
    ) -> None:
        shown = form_push.plan(meeting, clients=clients).fingerprint
        meeting.questions.filter(webex_id=SOURCE).update(text="Reworded here")
        with pytest.raises(ChangedMeanwhile):
            form_push.push(meeting, clients=clients, shown=shown, by=dana)
        shown = form_push.plan(meeting, clients=clients).fingerprint
        change_webex(sandbox)
        with pytest.raises(ChangedMeanwhile):
            form_push.push(meeting, clients=clients, shown=shown, by=dana)
        assert "putRegistration" not in [call.operation for call in sandbox.store.calls]
        meeting.refresh_from_db()
        assert not meeting.is_paused

    @pytest.mark.parametrize(("status", "words"), [(400, "not today"), (403, "not today"), (429, "no more calls")])
    def test_a_refusal_changes_nothing_and_is_quoted(
        self, meeting: Meeting, clients: Clients, sandbox: SandboxServer, dana: User, status: int, words: str
    ) -> None:
        edit(meeting)
        before = ids(meeting)
        sandbox.faults.add(Fault("putRegistration", status=status, message="not today", retry_after="1"))
        with pytest.raises(ImportRefused, match=words):
            push(meeting, clients, dana)
        meeting.refresh_from_db()
        assert (ids(meeting), meeting.is_paused) == (before, False)

    def test_an_outcome_that_was_not_seen_and_landed_is_looked_up(
        self, meeting: Meeting, clients: Clients, sandbox: SandboxServer, dana: User
    ) -> None:
        edit(meeting)
        sandbox.faults.add(Fault("putRegistration", drop=True, after_write=True))
        assert push(meeting, clients, dana).is_known
        assert ids(meeting) == ids_at_webex(sandbox)
        assert [call.operation for call in sandbox.store.calls].count("putRegistration") == 1

    def test_an_outcome_that_was_not_seen_and_may_land_yet_leaves_the_meeting_paused(
        self, meeting: Meeting, clients: Clients, sandbox: SandboxServer, dana: User
    ) -> None:
        somebody(meeting)
        edit(meeting)
        before = ids(meeting)
        sandbox.faults.add(Fault("putRegistration", status=504))
        pushed = push(meeting, clients, dana)
        meeting.refresh_from_db()
        assert (pushed.is_known, meeting.pause_reason) == (False, str(pauses.FORM_IS_WRITTEN))
        assert ids(meeting) == before
        deliver.push(Meeting.objects.all(), clients=clients)
        assert Submission.objects.get().presence == Presence.ABSENT
        with pytest.raises(NotPossible, match="nobody knows"):
            push(meeting, clients, dana)

    def test_a_form_that_cannot_be_read_back_leaves_the_meeting_paused_until_it_is_refreshed(
        self, meeting: Meeting, clients: Clients, sandbox: SandboxServer, dana: User
    ) -> None:
        edit(meeting)
        planned = form_push.plan(meeting, clients=clients)
        after_the_put(sandbox, lambda: sandbox.faults.add(Fault("getRegistration", times=9, status=500)))
        pushed = form_push.push(meeting, clients=clients, shown=planned.fingerprint, by=dana)
        assert (pushed.is_known, Meeting.objects.get().is_paused) == (False, True)
        assert AuditEntry.objects.get(action="form_pushed").thing == "form"
        sandbox.faults.clear()
        form_import.refresh(meeting, clients=clients)
        assert ids(meeting) == ids_at_webex(sandbox)
        Meeting.objects.update(paused_at=timezone.now() - timedelta(hours=1))
        assert pauses.resume_meetings(Meeting.objects.all(), by=dana) == 1

    def test_an_older_pause_stays(self, meeting: Meeting, clients: Clients, sandbox: SandboxServer, dana: User) -> None:
        pauses.pause_meeting(meeting, reason="Webex no longer asks “Why?”.", at=timezone.now())
        edit(meeting)
        assert push(meeting, clients, dana).is_known
        meeting.refresh_from_db()
        assert meeting.pause_reason == "Webex no longer asks “Why?”."

    @pytest.mark.parametrize("minutes", [0, 60])
    def test_nobody_resumes_a_meeting_whose_form_may_be_another_one(
        self, meeting: Meeting, clients: Clients, dana: User, minutes: int
    ) -> None:
        """Neither while it is written, nor later, before it was refreshed."""
        another = MeetingFactory(paused_at=timezone.now(), pause_reason="Gone")
        Meeting.objects.filter(pk=meeting.pk).update(imported_at=timezone.now() - timedelta(hours=2))
        pauses.hold_meeting(meeting, at=timezone.now() - timedelta(minutes=minutes))
        assert pauses.hold_meeting(meeting, at=timezone.now()) is None
        assert pauses.resume_meetings(Meeting.objects.all(), by=dana) == 1
        assert list(Meeting.objects.filter(paused_at=None)) == [another]
        form_import.refresh(meeting, clients=clients)
        assert pauses.resume_meetings(Meeting.objects.all(), by=dana) == (1 if minutes else 0)

    def test_what_was_edited_here_meanwhile_is_kept_and_mapped(
        self, meeting: Meeting, clients: Clients, sandbox: SandboxServer, dana: User
    ) -> None:
        edit(meeting)
        planned = form_push.plan(meeting, clients=clients)
        source = meeting.questions.get(webex_id=SOURCE)
        after_the_put(sandbox, lambda: Question.objects.filter(pk=source.pk).update(text="Edited"))
        pushed = form_push.push(meeting, clients=clients, shown=planned.fingerprint, by=dana)
        source.refresh_from_db()
        assert pushed.notes == ["The form here was changed meanwhile: push it again."]
        assert (source.text, source.webex_id) == (
            "Edited",
            ids_at_webex(sandbox)["How did you hear about this event?"][0],
        )

    @pytest.mark.parametrize("change", [{"webex_id": ""}, {"current": True}, {"is_cancelled": True}])
    def test_what_cannot_be_written_is_refused_before_webex_is_asked(
        self, meeting: Meeting, clients: Clients, sandbox: SandboxServer, change: dict[str, Any]
    ) -> None:
        Meeting.objects.update(**change)
        meeting.refresh_from_db()
        with pytest.raises(NotPossible):
            form_push.plan(meeting, clients=clients)
        assert sandbox.store.calls == []


def change_webex(sandbox: SandboxServer) -> None:
    """Another form at Webex."""
    there = sandbox.store.meeting(PRODUCT_LAUNCH_ID)
    assert there is not None and there.form is not None
    sandbox.store.set_form(PRODUCT_LAUNCH_ID, replace(there.form, questions=there.form.questions[1:]))


def after_the_put(sandbox: SandboxServer, act: Callable[[], object]) -> None:
    """Do something once Webex has the new form, before the portal reads it back."""
    patch = pytest.MonkeyPatch()
    update = WebexClient.update_registration

    def update_and_act(client: WebexClient, *args: Any, **kwargs: Any) -> None:
        patch.undo()
        try:
            update(client, *args, **kwargs)
        finally:
            act()

    patch.setattr(WebexClient, "update_registration", update_and_act)
