"""All that is done by a POST to the admin, but for the actions of its lists: each by its address, and its entry.

An address may do several things; then each is here.
"""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from registration.flow import review
from registration.models import (
    ApprovalRule,
    AuditEntry,
    Job,
    Meeting,
    Move,
    SavedView,
    Submission,
)
from registration.sandbox.seed import PRODUCT_LAUNCH_ID
from registration.transfer import run
from tests.admin import (
    test_correct,
    test_form_at_webex,
    test_meeting_copy,
    test_people_import,
    test_review,
    test_rules,
)
from tests.admin.audit.deed import Deed, Done, answered, post
from tests.admin.audit.deeds_on_pages import WAITING, WORD, mended, nora, on_pages, resolved
from tests.admin.audit.entries import Action
from tests.admin.audit.things import expected_meeting, held, person, the_meeting
from tests.admin.form_editor import editing
from tests.admin.pages import answer_of
from tests.cast import ApprovalRuleFactory, QuestionFactory

# --- the outbox -------------------------------------------------------------------------------------------------------


def pushed_all(client: Client) -> Done:
    meeting = expected_meeting()
    post(client, "registration_outbox")
    return meeting


def in_outbox(deed: str) -> Callable[[Client], Done]:
    def do(client: Client) -> Done:
        chosen = held()
        seen_at = timezone.now().isoformat()
        post(client, "registration_meeting_outbox", chosen.meeting_id, do=deed, person=chosen.pk, seen_at=seen_at)
        return chosen.meeting

    return do


# --- meetings and their forms -----------------------------------------------------------------------------------------


def imported(client: Client) -> Done:
    post(client, "registration_meeting_import", webex_id=PRODUCT_LAUNCH_ID)
    return Meeting.objects.get(webex_id=PRODUCT_LAUNCH_ID)


def copied(client: Client) -> Done:
    return test_meeting_copy.copied(client, the_meeting())


def form_saved(client: Client) -> Done:
    editing.press(client, the_meeting(), "save", use_city="required")
    return the_meeting()


def refreshed(client: Client) -> Done:
    test_form_at_webex.confirm(client, the_meeting(title="Ours"), "refresh")
    return the_meeting()


def form_pushed(client: Client) -> Done:
    QuestionFactory(meeting=the_meeting(imported_at=timezone.now()), text="Why?", webex_id="")
    test_form_at_webex.confirm(client, the_meeting(), "push")
    return the_meeting()


def ruled() -> Meeting:
    meeting = the_meeting(approval="rules")
    ApprovalRuleFactory(meeting=meeting, value="@example.com", result="reject")
    return meeting


def rules(button: str, **typed: str) -> Callable[[Client], Done]:
    def do(client: Client) -> Done:
        meeting = ruled()
        if button == "follow":
            the_meeting(approval="manual")
        person(email="ann@example.com", approved=True)
        page = client.get(test_rules.rules_of(meeting))
        test_rules.press(client, meeting, page, button, **typed)
        return meeting

    return do


def rule_switched(client: Client) -> Done:
    ApprovalRule.objects.filter(meeting=ruled()).update(is_active=False)
    page = client.get(test_rules.rules_of(the_meeting()))
    test_rules.press(client, the_meeting(), page, "save", rule_1_is_active="on")
    assert ApprovalRule.objects.get().is_active
    return the_meeting()


def rules_applied(client: Client) -> Done:
    meeting = ruled()
    person(email="ann@example.com")
    address = test_rules.waiting_of(meeting)
    client.post(address, answer_of(client.post(address)))
    return meeting


def mail_text(button: str) -> Callable[[Client], Done]:
    def do(client: Client) -> Done:
        User.objects.filter(username="dana").update(email="dana@example.com")
        fields = {"subject": "Welcome", "text": "Hello", button: ""}
        post(client, "registration_meeting_mail", the_meeting().pk, "received", **fields)
        return the_meeting()

    return do


# --- files ------------------------------------------------------------------------------------------------------------


def uploaded(client: Client) -> Done:
    test_people_import.upload(client, the_meeting(), b"First name,Last name,E-mail\nAnn,Lee,ann@example.com\n")
    return the_meeting()


def people_step(*steps: str) -> Callable[[Client], Done]:
    """An import that was asked for; and then it is done, and undone or stopped."""

    def do(client: Client) -> Done:
        address, job = test_people_import.checked(client, the_meeting(), test_people_import.ROWS[:2])
        test_people_import.press_import(client, address)
        for step in steps:
            if step == "run":
                assert run.run(job.pk)
            else:
                client.post(address, {step: ""})
        return the_meeting()

    return do


def exported(client: Client) -> Done:
    meeting = person().meeting
    b"".join(post(client, "registration_submission_export", format="csv"))
    return meeting


def export_stopped(client: Client) -> Done:
    now, dana = timezone.now(), User.objects.get(username="dana")
    facts = {"work": Job.Work.EXPORT, "state": Job.State.WAITING, "by": dana, "asked_at": now}
    job = Job.objects.create(**facts, parameters={"meetings": [the_meeting().pk]})
    post(client, "job_stop", job.pk)
    return the_meeting()


# --- people -----------------------------------------------------------------------------------------------------------


def corrected(client: Client) -> Done:
    ann = person(first_name="Ann", last_name="Lee")
    shown = test_correct.preview(client, ann, first_name="Anne")
    client.post(test_correct.address(ann), test_correct.filled(shown))
    return ann.meeting


def reviewed(verb: str, **values: Any) -> Callable[[Client], Done]:
    def do(client: Client) -> Done:
        test_review.decide(client, person(**values).pk, verb, reason="Full.")
        return the_meeting()

    return do


def approved() -> Submission:
    ann, dana = person(), User.objects.get(username="dana")
    review.approve(Submission.objects.filter(pk=ann.pk), by=dana)
    return ann


def undone(client: Client) -> Done:
    ann = approved()
    answered(client, "registration_submission_undo", ann.pk, Move.objects.get().pk)
    return ann.meeting


def entry_undone(client: Client) -> Done:
    ann = approved()
    answered(client, "registration_submission_undo_entry", AuditEntry.objects.get(action=Action.APPROVED).pk)
    return ann.meeting


def noted(**fields: str) -> Callable[[Client], Done]:
    def do(client: Client) -> Done:
        ann = person()
        post(client, "registration_submission_note", ann.pk, **fields)
        return ann.meeting

    return do


# --- of oneself, for others -------------------------------------------------------------------------------------------


def view_shared(client: Client) -> Done:
    post(client, "registration_submission_view_save", name="Ours", query="decision__exact=waiting", is_shared="on")
    return None


def view_deleted(client: Client) -> Done:
    view = SavedView.objects.create(owner=User.objects.get(username="dana"), name="Ours", query="", is_shared=True)
    post(client, "registration_submission_view_delete", view.pk)
    return None


def password_set(client: Client) -> Done:
    response = post(
        client, "auth_user_password_change", nora().pk, password1=WORD, password2=WORD, usable_password="true"
    )
    assert response.status_code == 302
    return None


DEEDS = [
    *on_pages(),
    *(
        Deed("registration_attention_do", f"{kind.value} {verb}", resolved(kind, verb), action)
        for (kind, verb), (_make, action) in WAITING.items()
    ),
    Deed("registration_attention_mend", "correct", mended, Action.EDITED),
    Deed("registration_outbox", "push", pushed_all, Action.PUSHED),
    Deed("registration_meeting_outbox", "release all", in_outbox("release_all"), Action.RELEASED),
    Deed("registration_meeting_outbox", "release", in_outbox("release"), Action.RELEASED),
    Deed("registration_meeting_outbox", "take back", in_outbox("take_back"), Action.HELD),
    Deed("registration_meeting_outbox", "push", in_outbox("push"), Action.PUSHED),
    Deed("registration_meeting_import", "import", imported, Action.IMPORTED),
    Deed("registration_meeting_copy", "copy", copied, Action.ADDED),
    Deed("registration_meeting_form", "save", form_saved, Action.EDITED),
    Deed("registration_meeting_form_refresh", "refresh", refreshed, Action.REFRESHED),
    Deed("registration_meeting_form_push", "push", form_pushed, Action.FORM_PUSHED),
    Deed("registration_meeting_rules", "edit", rules("save", rule_1_value="@else.example"), Action.EDITED),
    Deed("registration_meeting_rules", "switch on", rule_switched, Action.EDITED),
    Deed("registration_meeting_rules", "follow", rules("follow"), Action.EDITED),
    Deed("registration_meeting_rules", "try", rules("try"), Action.LISTED),
    Deed("registration_meeting_rules_waiting", "have them decide", rules_applied, Action.DECLINED),
    Deed("registration_meeting_mail", "save", mail_text("save"), Action.EDITED),
    Deed("registration_meeting_mail", "test", mail_text("test"), Action.MAILED),
    Deed("registration_meeting_people", "upload", uploaded, Action.ADDED),
    Deed("registration_meeting_people_step", "import", people_step("run"), Action.IMPORTED),
    Deed("registration_meeting_people_step", "undo", people_step("run", "undo", "run"), Action.UNDONE),
    Deed("registration_meeting_people_step", "stop", people_step("stop"), Action.EDITED),
    Deed("registration_submission_export", "export", exported, Action.EXPORTED),
    Deed("job_stop", "stop", export_stopped, Action.EDITED),
    Deed("registration_submission_correct", "correct", corrected, Action.EDITED),
    Deed("registration_submission_review_one", "approve", reviewed("approve"), Action.APPROVED),
    Deed("registration_submission_review_one", "decline", reviewed("decline"), Action.DECLINED),
    Deed("registration_submission_review_one", "reopen", reviewed("reopen", decision="declined"), Action.REOPENED),
    Deed("registration_submission_undo", "undo", undone, Action.UNDONE),
    Deed("registration_submission_undo_entry", "undo", entry_undone, Action.UNDONE),
    Deed("registration_submission_note", "note", noted(note="Met in May"), Action.NOTED),
    Deed("registration_submission_note", "tag", noted(tag="VIP"), Action.NOTED),
    Deed("registration_submission_view_save", "share", view_shared, Action.ADDED),
    Deed("registration_submission_view_delete", "delete", view_deleted, Action.DELETED),
    Deed("auth_user_password_change", "set a password", password_set, Action.EDITED),
]
