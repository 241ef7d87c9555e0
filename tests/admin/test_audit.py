"""The audit: every action leaves an entry, with whom and what it was about, before and after; and who may read it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission, User
from django.db.models import Model
from django.test import Client
from django.utils import timezone

from registration import audit
from registration.admin import audit_filters, paging
from registration.flow import form_edit
from registration.form_design.design import Design, OptionDesign, QuestionDesign, design_of
from registration.models import (
    Account,
    AuditEntry,
    Mail,
    Meeting,
    MeetingGroup,
    Question,
    RoleAssignment,
    Submission,
    Tag,
    UnknownRegistrant,
)
from registration.roles import Role
from registration.sandbox.server import SandboxServer
from tests.admin import walk
from tests.admin.pages import answer_of, choose, fields_of, page_of, rows, soup, text
from tests.admin.test_correct import address, filled, preview
from tests.cast import LogoFactory, MeetingFactory, QuestionFactory, SubmissionFactory

pytestmark = pytest.mark.django_db

LIST = "/admin/registration/auditentry/"
Action = AuditEntry.Action


def person(**values: Any) -> Submission:
    submission: Submission = SubmissionFactory(meeting=Meeting.objects.get(slug="open-hour"), **values)
    return submission


def stranger(**values: Any) -> UnknownRegistrant:
    found: UnknownRegistrant = UnknownRegistrant.objects.create(
        meeting=Meeting.objects.get(slug="open-hour"),
        registrant_id="r1",
        email="sam@example.com",
        first_name="Sam",
        seen_at=timezone.now(),
        **values,
    )
    return found


def tagged() -> Submission:
    found = person()
    Tag.objects.create(submission=found, name=_chosen_name())
    return found


def _chosen_name() -> str:
    """What is chosen on a page that asks for a tag, or for one of the staff: both will do."""
    return str(User.objects.get(username="dana").pk)


def mail() -> Mail:
    mail: Mail = Mail.objects.create(submission=person(), kind="received", queued_at=timezone.now())
    return mail


def paused_meeting() -> Meeting:
    Meeting.objects.update(paused_at=timezone.now(), pause_reason="Forbidden.")
    return Meeting.objects.get()


def expected_meeting() -> Meeting:
    return person(decision="approved").meeting


REGISTERED = {"presence": "registered", "registrant_id": "r9", "webex_status": "approved"}
NOW = timezone.now()

# For each action: what it is done to, the entry that it leaves, and of whom it tells the states before and after.
NOTED: dict[str, dict[str, tuple[Callable[[], Model], str, tuple[str, str] | None]]] = {
    "submission": {
        "approve": (person, Action.APPROVED, ("waiting", "approved")),
        "decline": (person, Action.DECLINED, ("waiting", "declined")),
        "reopen": (lambda: person(decision="declined"), Action.REOPENED, ("declined", "waiting")),
        "confirm_address": (lambda: person(confirm_by=NOW + timedelta(days=1)), Action.EDITED, ("", "")),
        "push_now": (lambda: person(decision="approved"), Action.PUSHED, ("absent", "registered")),
        "sync_now": (lambda: person(decision="approved", **REGISTERED), Action.SYNCED, ("approved", "approved")),
        "send_again": (
            lambda: person(decision="approved", presence="refused"),
            Action.RETRIED,
            ("refused", "absent"),
        ),
        "look_up_again": (
            lambda: person(decision="approved", missing_at=NOW, **REGISTERED),
            Action.RETRIED,
            ("registered", "uncertain"),
        ),
        "report_again": (
            lambda: person(decision="approved", missing_at=NOW, left_at=timezone.now(), **REGISTERED),
            Action.ADOPTED,
            ("left as it is", ""),
        ),
        "mail_again": (person, Action.MAILED, ("", "")),
        "replace_links": (person, Action.EDITED, ("", "")),
        "erase": (person, Action.ERASED, ("waiting", "")),
        "tag": (person, Action.NOTED, ("", "")),
        "untag": (tagged, Action.NOTED, ("", "")),
        "assign": (person, Action.NOTED, ("", "")),
        "export_csv": (person, Action.EXPORTED, None),
        "export_xlsx": (person, Action.EXPORTED, None),
    },
    "mail": {"send_again": (mail, Action.MAILED, ("", ""))},
    "unknownregistrant": {
        "adopt": (stranger, Action.ADOPTED, ("", "waiting")),
        "ignore": (stranger, Action.ADOPTED, None),
        "stop_ignoring": (lambda: stranger(is_ignored=True), Action.ADOPTED, None),
    },
    "meeting": {
        "push_now": (expected_meeting, Action.PUSHED, ("absent", "registered")),
        "sync_now": (expected_meeting, Action.SYNCED, None),
        "refresh": (expected_meeting, Action.REFRESHED, None),
        "resume": (paused_meeting, Action.RESUMED, None),
        "write_news": (expected_meeting, Action.MAILED, ("", "")),
        "delete_selected": (lambda: Meeting.objects.get(slug="open-hour"), Action.DELETED, None),
    },
    "account": {
        "resume": (lambda: Account.objects.create(name="Ours", paused_at=NOW), Action.RESUMED, None),
        "delete_selected": (lambda: Account.objects.create(name="Ours"), Action.DELETED, None),
    },
    "roleassignment": {
        "delete_selected": (
            lambda: RoleAssignment.objects.create(user=User.objects.create_user("nora"), role="viewer"),
            Action.DELETED,
            None,
        )
    },
    "meetinggroup": {"delete_selected": (lambda: MeetingGroup.objects.create(name="Fairs"), Action.DELETED, None)},
    "user": {"delete_selected": (lambda: User.objects.create_user("nora"), Action.DELETED, None)},
    "group": {"delete_selected": (lambda: Group.objects.create(name="Old"), Action.DELETED, None)},
}


def every_action() -> list[tuple[type[Model], str]]:
    found = []
    for model, model_admin in admin.site._registry.items():
        if model_admin.actions is None:
            continue
        is_deletable = type(model_admin).has_delete_permission is admin.ModelAdmin.has_delete_permission
        can_be_deleted = is_deletable or "delete_selected" in NOTED.get(str(model._meta.model_name), {})
        names = set(walk.actions(model)) - (set() if can_be_deleted else {"delete_selected"})
        found += [(model, name) for name in sorted(names)]
    return found


def the_entry(action: str) -> AuditEntry:
    return AuditEntry.objects.exclude(action=Action.LISTED).get(by__username="dana", action=action)


@pytest.mark.parametrize(
    ("model", "action"), every_action(), ids=lambda value: value if isinstance(value, str) else value._meta.model_name
)
def test_every_action_leaves_an_entry(
    model: type[Model], action: str, sandbox: SandboxServer, open_hour: Meeting, as_dana: Client
) -> None:
    name = str(model._meta.model_name)
    assert action in NOTED.get(name, {}), f"Say in NOTED which entry the action “{action}” on “{name}” leaves."
    make, noted, states = NOTED[name][action]
    thing = make()
    response = as_dana.post(
        f"/admin/{model._meta.app_label}/{name}/", {"action": action, "_selected_action": [thing.pk], "index": "0"}
    )
    if response.status_code == 302 and response["Location"].endswith("/form/refresh/"):
        response = as_dana.get(response["Location"])
    if response.status_code == 200 and not response.streaming:
        # A page that asks once more.
        more = {"reason": "Full.", "post": "yes", "name": _chosen_name()}
        as_dana.post(response.request["PATH_INFO"], {**answer_of(response), **more})
    entry = the_entry(noted)
    told = [(row.before, row.after) for row in entry.people.all()]
    assert told == ([states] if states else [])
    if states:
        assert entry.count == 1
    else:
        assert entry.thing or entry.meeting == open_hour


def test_what_was_chosen_at_once_is_one_entry_with_everybody_s_states(as_dana: Client) -> None:
    people = [SubmissionFactory(), SubmissionFactory(decision="declined"), SubmissionFactory(approved=True)]
    choose(as_dana, "reopen", [each.pk for each in people])
    entry = the_entry(Action.REOPENED)
    told = list(entry.people.order_by("submission").values_list("submission", "before", "after"))
    assert told == [(people[1].pk, "declined", "waiting"), (people[2].pk, "approved", "waiting")]


def test_what_is_edited_is_noted_before_and_after(as_dana: Client) -> None:
    meeting = MeetingFactory(title="Launch", capacity=10)
    fields = fields_of(as_dana.get(page_of(meeting)))
    as_dana.post(page_of(meeting), {**fields, "title": "Relaunch", "capacity": "12"})
    entry = the_entry(Action.EDITED)
    assert (entry.meeting, entry.thing) == (meeting, "meeting: Relaunch")
    assert (entry.before, entry.after) == (
        {"Title": "Launch", "Places": "10"},
        {"Title": "Relaunch", "Places": "12"},
    )
    as_dana.post(page_of(meeting), fields_of(as_dana.get(page_of(meeting))))
    assert the_entry(Action.EDITED) == entry  # nothing was changed, and nothing noted


def test_times_are_noted_in_the_meeting_s_zone_and_choices_by_their_labels(as_dana: Client) -> None:
    start = datetime(2027, 1, 10, 9, tzinfo=UTC)
    meeting = MeetingFactory(start_at=start, end_at=start + timedelta(hours=2), timezone="Europe/Berlin")
    fields = fields_of(as_dana.get(page_of(meeting)))
    as_dana.post(
        page_of(meeting), {**fields, "start_at_1": "10:30:00", "approval": "automatic", "holds_decisions": "on"}
    )
    entry = the_entry(Action.EDITED)
    labels = dict(Meeting.Approval.choices)
    holds = "Decisions are held"
    assert entry.before == {
        "Starts at": "2027-01-10 10:00+01:00", "Approval": str(labels["manual"]), holds: "no",
    }  # fmt: skip
    assert entry.after == {
        "Starts at": "2027-01-10 10:30+01:00", "Approval": str(labels["automatic"]), holds: "yes",
    }  # fmt: skip


def test_what_is_deleted_is_told_by_names_and_labels(as_dana: Client) -> None:
    meeting = MeetingFactory(title="Launch")
    role = RoleAssignment.objects.create(user=User.objects.create_user("nora"), role="viewer", meeting=meeting)
    as_dana.post(f"/admin/registration/roleassignment/{role.pk}/delete/", {"post": "yes"})
    said = {"Person": "nora", "Role": str(Role.VIEWER.label), "Meeting": "Launch"}
    assert the_entry(Action.DELETED).before == said


def test_rows_of_a_meeting_are_noted_with_it(as_dana: Client) -> None:
    meeting = MeetingFactory()
    question = QuestionFactory(meeting=meeting, text="Colour?")
    LogoFactory(meeting=meeting)
    fields = fields_of(as_dana.get(page_of(meeting)))
    as_dana.post(page_of(meeting), {**fields, "questions-0-text": "Which colour?"})
    entry = the_entry(Action.EDITED)
    assert entry.before == {
        "question: Which colour?: Question": "Colour?",
    }
    assert entry.after == {"question: Which colour?: Question": "Which colour?"}
    as_dana.post(page_of(question), {**fields_of(as_dana.get(page_of(question))), "text": "Colour?"})
    assert AuditEntry.objects.filter(meeting=meeting, action=Action.EDITED).count() == 2


def test_no_secret_is_noted(as_dana: Client, settings: Any) -> None:
    from cryptography.fernet import Fernet

    settings.TOKEN_KEYS = [Fernet.generate_key().decode()]
    secrets = {"client_secret": "hush-hush-1", "refresh_token": "hush-hush-2"}
    as_dana.post(
        "/admin/registration/account/add/",
        {"name": "Ours", "kind": "integration", "client_id": "public", "calls_per_minute": "", **secrets},
    )
    entry = the_entry(Action.ADDED)
    assert entry.thing == "Webex account: Ours"
    assert "hush" not in f"{entry.before} {entry.after}"
    assert {entry.after["Client secret"], entry.after["Refresh token"]} == {"•••"}


def test_users_and_their_passwords_are_noted(as_dana: Client) -> None:
    nora = User.objects.create_user("nora")
    word = "hush-9-hush-9"
    address = f"/admin/auth/user/{nora.pk}/password/"
    response = as_dana.post(address, {"password1": word, "password2": word, "usable_password": "true"})
    assert response.status_code == 302
    entry = the_entry(Action.EDITED)
    assert (entry.thing, entry.before, entry.after) == ("user: nora", {"password": "•••"}, {"password": "•••"})


def test_a_role_that_is_given_is_noted_in_its_meeting(as_dana: Client) -> None:
    meeting = MeetingFactory(title="Launch", slug="launch")
    User.objects.create_user("nora", is_staff=True)
    as_dana.post(
        "/admin/registration/roleassignment/add/", {"user": "nora", "role": "viewer", "meeting": "launch", "group": ""}
    )
    entry = the_entry(Action.ADDED)
    assert (entry.meeting, entry.thing) == (meeting, "role: nora: viewer (Launch)")


def test_a_correction_is_noted_with_its_person_and_emptied_with_them(as_dana: Client) -> None:
    ann = SubmissionFactory(first_name="Ann", last_name="Lee", email="ann@example.com")
    as_dana.post(address(ann), filled(preview(as_dana, ann, first_name="Anne")))
    entry = the_entry(Action.EDITED)
    assert (entry.submission, entry.meeting) == (ann, ann.meeting)
    assert (entry.before, entry.after) == ({"First name": ["Ann"]}, {"First name": ["Anne"]})
    response = choose(as_dana, "erase", [ann.pk])
    as_dana.post("/admin/registration/submission/", answer_of(response))
    entry.refresh_from_db()
    assert (entry.before, entry.after, entry.note) == ({}, {}, "")
    assert the_entry(Action.ERASED).submission == ann


@pytest.mark.parametrize("model", ["submission", "mail", "batch", "unknownregistrant"])
def test_a_look_at_a_list_is_noted_without_what_was_searched_for(as_dana: Client, model: str) -> None:
    SubmissionFactory(first_name="Ann")
    as_dana.get(f"/admin/registration/{model}/?q=secret-words")
    entry = AuditEntry.objects.get(action=Action.LISTED)
    assert entry.thing == str(admin.site._registry[_model(model)].opts.verbose_name_plural)
    assert entry.note == "Narrowed by: a search."
    assert "secret" not in f"{list(AuditEntry.objects.values())}"


def test_a_list_of_one_meeting_stands_in_its_audit(as_dana: Client) -> None:
    ann, _other = SubmissionFactory(), SubmissionFactory()
    narrowed = f"meeting__id__exact={ann.meeting_id}&decision__exact=waiting&tag=secret&held="
    Tag.objects.create(submission=ann, name="secret")
    as_dana.get(f"/admin/registration/submission/?{narrowed}")
    entry = AuditEntry.objects.get(action=Action.LISTED)
    assert (entry.meeting, entry.count) == (ann.meeting, 1)
    assert entry.note == "Narrowed by: meeting, decision, tag."


def test_a_list_is_told_by_the_titles_of_its_filters_and_dates(as_dana: Client) -> None:
    as_dana.get("/admin/registration/batch/?outcome__exact=done&started_at__year=2026&outcome__junk=1")
    as_dana.get("/admin/registration/batch/?outcome__exact=done&started_at__year=2026")
    assert AuditEntry.objects.get().note == "Narrowed by: outcome, started at."


def test_looks_at_people_s_pages_are_noted_and_lead_from_them(as_dana: Client) -> None:
    ann = SubmissionFactory(first_name="Ann", last_name="Lee")
    letter = Mail.objects.create(submission=ann, kind="received", queued_at=timezone.now())
    page = as_dana.get(page_of(ann))
    as_dana.get(page_of(letter))
    as_dana.get(f"/admin/registration/mail/{letter.pk}/html/")
    as_dana.get(f"/admin/registration/submission/{ann.pk}/correct/")
    choose(as_dana, "approve", [ann.pk, SubmissionFactory().pk])
    link = next(link for link in soup(page).select(".object-tools a") if "Who looked" in text(link))
    told = [(row[2], row[3]) for row in rows(as_dana.get(str(link["href"])))]
    assert told == [("approved", "people"), *[("viewed", "Ann Lee")] * 4]


def test_of_one_person_is_said_where_lists_and_exports_stand(as_dana: Client) -> None:
    purposes = [text(soup(as_dana.get(LIST + query)).select_one(".purpose")) for query in ("", "?person=1")]
    assert ["exports and looks at lists" in purpose for purpose in purposes] == [False, True]


def test_it_is_narrowed_from_one_day_until_another(as_dana: Client, dana: User) -> None:
    for day in range(1, 5):
        entry = audit.note(dana, Action.EDITED, thing=f"day {day}")
        AuditEntry.objects.filter(pk=entry.pk).update(at=datetime(2026, 3, day, 12, tzinfo=UTC))

    def listed(query: str) -> list[str]:
        return [row[3] for row in rows(as_dana.get(LIST + query))]

    assert listed("?from=2026-03-02&until=2026-03-03") == ["day 3", "day 2"]
    assert listed("?from=2026-03-04T11:00") == ["day 4"]
    assert listed("?until=2026-03-01T11:00") == []
    page = soup(as_dana.get(f"{LIST}?from=yesterday&action__exact=edited&p=1"))
    assert page.select("#result_list") == []
    (error,) = page.select(".filter-error")
    assert error["id"] == "error-from"
    kept = [(field["name"], field["value"]) for field in page.select("form.filter-date [type=hidden]")]
    assert kept == [("action__exact", "edited"), ("from", "yesterday"), ("action__exact", "edited")]


def test_whoever_stands_in_the_audit_can_be_asked_for(as_dana: Client) -> None:
    meeting, left = MeetingFactory(), User.objects.create_user("left", is_staff=False)
    staff = User.objects.create_user("idle", is_staff=True)
    audit.note(left, Action.LISTED, meeting=meeting)
    audit.note(User.objects.create_user("other"), Action.LISTED, meeting=MeetingFactory())
    RoleAssignment.objects.create(user=staff, role=Role.MANAGER, meeting=meeting)

    def offered(client: Client, query: str = "") -> list[str]:
        page = soup(client.get(LIST + query))
        return [text(link) for link in page.select('details[data-filter-title="who"] a')]

    assert offered(as_dana) == ["All", "left", "other"]
    managing = Client()
    managing.force_login(staff)
    assert offered(managing, f"?by={left.pk}") == ["All", "left"]
    assert offered(managing, f"?by={User.objects.get(username='other').pk}") == ["All", "left"]


def test_the_chosen_one_is_offered_however_many_there_are(as_dana: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_filters, "_MOST_STAFF", 1)
    for name in ("ann", "bob"):
        audit.note(User.objects.create_user(name), Action.LISTED)
    page = soup(as_dana.get(f"{LIST}?by={User.objects.get(username='bob').pk}"))
    assert [text(link) for link in page.select('details[data-filter-title="who"] a')] == ["All", "ann", "bob"]


def test_that_there_are_older_ones_is_said(as_dana: Client, dana: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "MOST_COUNTED", 2)
    for number, words in ((2, "2 audit entries"), (3, "5,000+ audit entries Narrow it by date to see older ones.")):
        while AuditEntry.objects.count() < number:
            audit.note(dana, Action.LISTED)
        assert text(soup(as_dana.get(LIST)).select_one(".paginator")) == words


# --- who may read it --------------------------------------------------------------------------------------------------


def reader(role: Role, **where: Any) -> Client:
    user = User.objects.create_user(f"{role}", is_staff=True)
    RoleAssignment.objects.create(user=user, role=role, **where)
    client = Client()
    client.force_login(user)
    return client


def test_whoever_manages_a_meeting_reads_its_audit_and_no_other(dana: User) -> None:
    hers, other = SubmissionFactory(last_name="Mine"), SubmissionFactory(last_name="Others")
    for each in (hers, other):
        audit.note_people(dana, Action.APPROVED, [each.pk], after="approved")
    client = reader(Role.MANAGER, meeting=hers.meeting)
    assert [row[4] for row in rows(client.get(LIST))] == [hers.meeting.title]
    assert rows(client.get(f"{LIST}?person={other.pk}")) == []
    assert client.get(page_of(AuditEntry.objects.get(meeting=other.meeting))).status_code == 302
    assert reader(Role.REVIEWER, meeting=hers.meeting).get(LIST).status_code == 403


def test_of_an_action_on_people_of_several_meetings_one_reads_what_was_done_to_ones_own(dana: User) -> None:
    hers, other = SubmissionFactory(last_name="Mine"), SubmissionFactory(last_name="Others")
    entry = audit.note_people(dana, Action.APPROVED, [hers.pk, other.pk], after="approved")
    assert entry is not None
    client = reader(Role.MANAGER, meeting=hers.meeting)
    assert rows(client.get(LIST)) == []
    assert [row[5] for row in rows(client.get(f"{LIST}?person={hers.pk}"))] == ["of several meetings"]
    page = client.get(page_of(entry)).content.decode()
    assert "Mine" in page and "Others" not in page


def test_an_entry_s_page_shows_before_and_after_side_by_side(as_dana: Client, dana: User) -> None:
    ann = SubmissionFactory(first_name="Ann", last_name="Lee")
    entry = audit.note_people(dana, Action.DECLINED, [ann.pk], before={ann.pk: "waiting"}, after="declined")
    assert entry is not None
    AuditEntry.objects.filter(pk=entry.pk).update(before={"title": "<b>"}, after={"title": "=cmd()", "x": ""})
    cells = [
        [text(cell) for cell in row.select("th, td")] for row in soup(as_dana.get(page_of(entry))).select("tbody tr")
    ]
    assert cells == [["Title", "<b>", "=cmd()"], ["x", "–", "–"], ["Ann Lee", "○ waiting for review", "✗ declined"]]


def test_answers_before_and_after_are_for_who_may_see_private_ones(dana: User) -> None:
    ann = SubmissionFactory()
    entry = audit.note(dana, Action.EDITED, meeting=ann.meeting, submission=ann, before={"Diet?": ["None"]})
    user = User.objects.create_user("olga", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=["view_auditentry", "view_submission"]))
    client = Client()
    client.force_login(user)
    page = client.get(page_of(entry)).content.decode()
    assert "Diet?" not in page and "for whoever manages the meeting" in page


def test_the_audit_needs_as_many_queries_for_twenty_as_for_two(
    as_dana: Client, dana: User, django_assert_num_queries: Any
) -> None:
    for count in (2, 18):
        for _each in range(count):
            ann = SubmissionFactory()
            audit.note_people(dana, Action.APPROVED, [ann.pk], after="approved")
        with django_assert_num_queries(6):
            as_dana.get(LIST)


@pytest.mark.parametrize(
    "query",
    [
        "person=x",
        "person=99999999999999999999",
        "by=x",
        "days=x",
        "days=7",
        "by=1",
        "p=9",
        "from=9999-12-31",
        "until=0001-01-01",
        "until=x",
    ],
)
def test_the_audit_can_be_asked_anything(as_dana: Client, query: str) -> None:
    assert as_dana.get(f"{LIST}?{query}").status_code in (200, 302)


def test_of_a_form_only_what_is_otherwise_is_told_in_words(as_dana: Client, dana: User) -> None:
    meeting = MeetingFactory(webex_id="")
    QuestionFactory(meeting=meeting, text="Whence?", webex_id="", max_length=80)
    QuestionFactory(meeting=meeting, text="Colour?", type="radioButtons", options=["Red"], webex_id="")
    stored = design_of(meeting)
    asked, chosen = stored.questions
    changed = replace(asked, text="Why?", max_length=999, is_private=True)
    options = (*chosen.options, OptionDesign("new2", "Blue"))
    added = QuestionDesign("new1", "Topics?", "checkbox", is_required=True, options=(OptionDesign("new3", "All"),))
    design = Design(
        uses={**stored.uses, "city": "required"}, questions=(changed, replace(chosen, options=options), added)
    )
    form_edit.save(meeting, design, shown=stored, by=dana)
    meeting.refresh_from_db()
    stored = design_of(meeting)
    kept = tuple(question for question in stored.questions if question.text != "Colour?")
    form_edit.save(meeting, replace(stored, questions=kept), shown=stored, by=dana)
    later, first = AuditEntry.objects.filter(action=Action.EDITED).order_by("-pk")
    assert before_and_after(as_dana, first) == [
        ["City", "hidden", "required"],
        ["Why?: question", "Whence?", "Why?"],
        ["Why?: longest answer", "80", "999"],
        ["Why?: private", "no", "yes"],
        ["Colour?: options", "Red", "Red Blue"],
        ["Topics?: question", "–", "Topics?"],
        ["Topics?: type", "–", "check boxes (several answers)"],
        ["Topics?: required", "–", "yes"],
        ["Topics?: position", "–", "3"],
        ["Topics?: options", "–", "All"],
    ]
    assert before_and_after(as_dana, later) == [
        ["Colour?: question", "Colour?", "–"],
        ["Colour?: type", "radio buttons", "–"],
        ["Colour?: position", "2", "–"],
        ["Colour?: options", "Red Blue", "–"],
        ["Topics?: position", "3", "2"],
    ]


def before_and_after(client: Client, entry: AuditEntry) -> list[list[str]]:
    page = soup(client.get(f"/admin/registration/auditentry/{entry.pk}/change/"))
    return [[text(cell) for cell in row.select("th, td")] for row in page.select(".wide-table tbody tr")]


def test_nobody_changes_the_audit(as_dana: Client, dana: User) -> None:
    entry = audit.note(dana, Action.LISTED)
    assert as_dana.post(page_of(entry), {"action": "viewed"}).status_code == 403
    assert as_dana.post(f"{LIST}{entry.pk}/delete/", {"post": "yes"}).status_code == 403
    assert as_dana.get(f"{LIST}add/").status_code == 403
    assert Question.objects.count() == 0


def _model(name: str) -> type[Model]:
    return next(model for model in admin.site._registry if model._meta.model_name == name)
