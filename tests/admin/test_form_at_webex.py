"""Refreshing from Webex and pushing the form there: first what would change, then just that."""

from dataclasses import replace
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from registration.accounts import Clients
from registration.flow import form_import
from registration.models import AuditEntry, Meeting
from registration.sandbox.faults import Fault
from registration.sandbox.forms import Rule
from registration.sandbox.seed import OPEN_HOUR_ID, PRODUCT_LAUNCH_ID
from registration.sandbox.server import SandboxServer
from tests.admin.audit.entries import before_and_after
from tests.admin.pages import MEETINGS, answer_of, choose, fields_of, page_of, said, soup, text
from tests.cast import MeetingFactory, QuestionFactory

pytestmark = pytest.mark.django_db

ALREADY = "info: “Product launch” is here as it is at Webex already: there is nothing more to take over."


@pytest.fixture
def meeting(sandbox: SandboxServer) -> Meeting:
    """The sandbox's product launch, imported."""
    with Clients() as clients:
        found = form_import.import_meeting(PRODUCT_LAUNCH_ID, clients=clients).meeting
    sandbox.store.forget_calls()
    return found


def address(meeting: Meeting, page: str) -> str:
    return reverse(f"admin:registration_meeting_form_{page}", args=[meeting.pk])


def confirm(client: Client, meeting: Meeting, page: str, shown: Any = None) -> Any:
    """Press the button of the page, as it was shown."""
    shown = shown or client.get(address(meeting, page))
    field = soup(shown).select_one("input[name=fingerprint]")
    assert field is not None
    return client.post(address(meeting, page), {"fingerprint": field["value"]})


def table(response: Any) -> list[list[str]]:
    return [[text(cell) for cell in row.select("th, td")] for row in soup(response).select(".changes tbody tr")]


def lists(response: Any) -> dict[str, list[str]]:
    return {
        text(section.h2): [text(item) for item in section.select("li")]
        for section in soup(response).select("section.module")
        if section.h2
    }


def change_webex(sandbox: SandboxServer, **changes: Any) -> None:
    there = sandbox.store.meeting(PRODUCT_LAUNCH_ID)
    assert there is not None and there.form is not None
    sandbox.store.set_form(PRODUCT_LAUNCH_ID, replace(there.form, **changes))


def first_questions(sandbox: SandboxServer) -> Any:
    there = sandbox.store.meeting(PRODUCT_LAUNCH_ID)
    assert there is not None and there.form is not None
    return tuple(replace(question, id=question.id + 1000) for question in there.form.questions[:2])


class TestRefresh:
    """Reading the meeting and its form again."""

    def test_what_would_change_is_shown_and_nothing_is_written(
        self, as_dana: Client, meeting: Meeting, sandbox: SandboxServer
    ) -> None:
        Meeting.objects.update(title="<b>Ours</b>", agenda="")
        change_webex(sandbox, questions=first_questions(sandbox)[:1], rules=())
        before = list(meeting.questions.values_list("webex_id", "is_retired"))
        response = as_dana.get(address(meeting, "refresh"))
        assert table(response)[0] == ["Title", "<b>Ours</b>", "Product launch"]
        assert [words for words in lists(response)["The form"] if "first" not in words] == [
            "Under a new id at Webex: “How did you hear about this event?”.",
            "No longer asked: “Which topics interest you?”. The answers given are kept.",
            "No longer asked: “Do you use our products today?”. The answers given are kept.",
            "No longer asked: “What is your role in buying decisions?”. The answers given are kept.",
            "No longer asked: “What would you like to ask the product team?”. The answers given are kept.",
            "Approval rule gone from Webex, and here, too: E-mail address ends with “@competitor.example”: decline.",
            "Approval rule gone from Webex, and here, too: Company contains “Partner” (upper and lower case "
            "matter): approve.",
            "Approval rule gone from Webex, and here, too: What is your role in buying decisions? contains “student”: "
            "decline.",
        ]
        assert list(meeting.questions.values_list("webex_id", "is_retired")) == before
        assert Meeting.objects.get().title == "<b>Ours</b>"

    def test_a_text_that_reads_the_same_is_no_change(self, as_dana: Client, meeting: Meeting) -> None:
        lines = meeting.agenda.splitlines()
        assert len(lines) > 1
        Meeting.objects.update(agenda="\r\n".join(lines) + "\r\n")
        assert table(as_dana.get(address(meeting, "refresh"))) == []
        Meeting.objects.update(agenda=" ".join(lines))
        assert [row[0] for row in table(as_dana.get(address(meeting, "refresh")))] == ["Agenda"]

    def test_what_a_browser_sends_of_a_text_is_stored_with_the_ends_of_lines_that_webex_has(
        self, as_dana: Client, meeting: Meeting
    ) -> None:
        page = page_of(meeting)
        texts = {"agenda": "One\r\n\r\nTwo", "intro": "Welcome.\r\nAll of you."}
        assert as_dana.post(page, fields_of(as_dana.get(page)) | texts).status_code == 302
        meeting.refresh_from_db()
        assert (meeting.agenda, meeting.intro) == ("One\n\nTwo", "Welcome.\nAll of you.")

    def test_confirming_does_just_that_and_notes_it(
        self, as_dana: Client, dana: User, meeting: Meeting, sandbox: SandboxServer
    ) -> None:
        Meeting.objects.update(title="Ours")
        change_webex(sandbox, questions=first_questions(sandbox))
        response = confirm(as_dana, meeting, "refresh")
        assert said(response)[0] == "success: “Product launch” was read again from Webex."
        assert list(meeting.questions.filter(is_retired=False).values_list("webex_id", flat=True)) == [
            "331521",
            "331522",
        ]
        [entry] = AuditEntry.objects.all()
        assert (entry.by, entry.action, entry.meeting) == (dana, "refreshed", meeting)

    def test_what_it_changed_of_the_form_is_noted_before_and_after_like_an_edit(
        self, as_dana: Client, meeting: Meeting, sandbox: SandboxServer
    ) -> None:
        there = sandbox.store.meeting(PRODUCT_LAUNCH_ID)
        assert there is not None and there.form is not None
        first, second, *others = there.form.questions
        options = (replace(first.options[0], text="A letter"), *first.options[1:-1])
        reworded = replace(first, text="Who told you?", is_required=False, options=options)
        change_webex(
            sandbox,
            auto_accept=True,
            questions=(reworded, second),
            shown_fields=frozenset({"jobTitle"}),
            required_fields=frozenset(),
        )
        confirm(as_dana, meeting, "refresh")
        [entry] = AuditEntry.objects.filter(action="refreshed")
        rows = before_and_after(as_dana, entry)
        texts = {question.text: question for question in others}
        assert [row for row in rows if row[0].startswith("Who told you?")] == [
            ["Who told you?: question", first.text, "Who told you?"],
            ["Who told you?: required", "yes", "no"],
            [
                "Who told you?: options",
                " ".join(option.text for option in first.options),
                " ".join(["A letter", *(option.text for option in first.options[1:])]) + " (retired)",
            ],
        ]
        assert [row for row in rows if row[0].partition(":")[0] in texts] == [
            [f"{question.text}: retired", "no", "yes"] for question in others
        ]
        assert ["City", "required", "hidden"] in rows
        assert ["Webex accepts everybody", "no", "yes"] in rows

    def test_a_new_rule_is_shown_and_comes_switched_off_where_rules_decide(
        self, as_dana: Client, meeting: Meeting, sandbox: SandboxServer
    ) -> None:
        Meeting.objects.update(approval="rules")
        change_webex(sandbox, rules=(Rule("equals", "Bonn", "reject", order=1, field="city"),))
        first, second, kept = map(str, meeting.rules.all())
        new = "City equals “Bonn”: decline"
        shown = as_dana.get(address(meeting, "refresh"))
        assert lists(shown)["The form"] == [
            f"New approval rule, switched off: {new}.",
            "What is switched off decides nothing: try it on the page “Approval rules”, and switch it on there.",
            f"Approval rule gone from Webex, and here, too: {second}.",
            f"Approval rule gone from Webex, kept here as your own: {first}.",
            "What is kept goes on declining or holding: switch it off or remove it on the page “Approval rules”.",
        ]
        assert confirm(as_dana, meeting, "refresh", shown).status_code == 302
        after = [(str(rule), rule.is_active) for rule in meeting.rules.all()]
        assert after == [(first, True), (new, False), (kept, True)]
        [entry] = AuditEntry.objects.all()
        assert (entry.before, entry.after) == (
            {"rules": [f"{words} (from Webex)" for words in (first, second, kept)]},
            {"rules": [first, f"{new} (from Webex, switched off)", f"{kept} (from Webex)"]},
        )

    @pytest.mark.parametrize("side", ["here", "there", "rules decide"])
    def test_what_has_changed_since_is_shown_anew(
        self, as_dana: Client, meeting: Meeting, sandbox: SandboxServer, side: str
    ) -> None:
        change_webex(sandbox, questions=first_questions(sandbox))
        shown = as_dana.get(address(meeting, "refresh"))
        if side == "here":
            meeting.questions.filter(position=0).update(text="Ours")
        elif side == "there":
            change_webex(sandbox, questions=first_questions(sandbox)[:1])
        else:
            Meeting.objects.update(approval="rules")
        response = confirm(as_dana, meeting, "refresh", shown)
        assert response.status_code == 200
        assert said(response) == [
            "warning: The meeting has changed since it was shown, here or at Webex. Nothing was changed."
        ]
        assert meeting.questions.filter(is_retired=True).count() == 0
        assert confirm(as_dana, meeting, "refresh", response).status_code == 302

    def test_a_second_click_finds_it_read_already(
        self, as_dana: Client, meeting: Meeting, sandbox: SandboxServer
    ) -> None:
        change_webex(sandbox, questions=first_questions(sandbox))
        shown = as_dana.get(address(meeting, "refresh"))
        first, second = (confirm(as_dana, meeting, "refresh", shown) for _click in range(2))
        editor = reverse("admin:registration_meeting_form", args=[meeting.pk])
        assert [(response.status_code, response["Location"]) for response in (first, second)] == [(302, editor)] * 2
        assert said(second)[-1] == ALREADY
        assert AuditEntry.objects.count() == 1

    def test_an_order_that_would_be_undone_is_shown(
        self, as_dana: Client, meeting: Meeting, sandbox: SandboxServer
    ) -> None:
        first = meeting.questions.all()[0]
        meeting.questions.filter(pk=first.pk).update(position=99)
        shown = as_dana.get(address(meeting, "refresh"))
        assert lists(shown)["The form"] == ["The questions stand in another order."]
        assert "Nothing would change" not in text(soup(shown))
        confirm(as_dana, meeting, "refresh", shown)
        assert meeting.questions.all()[0] == first

    def test_nothing_to_change_is_said(self, as_dana: Client, meeting: Meeting) -> None:
        assert "Nothing would change" in as_dana.get(address(meeting, "refresh")).content.decode()

    def test_webexs_refusal_is_said(self, as_dana: Client, meeting: Meeting, sandbox: SandboxServer) -> None:
        sandbox.faults.add(Fault("getMeeting", status=404))
        response = as_dana.get(address(meeting, "refresh"))
        assert said(response)[0].startswith("error: Webex does not know a meeting with this id")
        assert soup(response).select("input[name=fingerprint]") == []


class TestRefreshSeveral:
    """Reading several meetings again, chosen in the list."""

    @pytest.fixture
    def open_hour(self, meeting: Meeting) -> Meeting:
        """The sandbox's open hour, imported, with another title by now."""
        with Clients() as clients:
            found = form_import.import_meeting(OPEN_HOUR_ID, clients=clients).meeting
        Meeting.objects.filter(pk=found.pk).update(title="Ours")
        return found

    def listed(self, response: Any) -> dict[str, list[str]]:
        """Of each meeting on the page what would change, or why it could not be read."""
        return {
            text(part.h2): [text(item) for item in part.select("tbody tr, .plain-list li, strong, .caution")]
            for part in soup(response).select(".refreshed")
        }

    def test_each_is_shown_with_what_would_change_and_nothing_is_written(
        self, as_dana: Client, meeting: Meeting, open_hour: Meeting
    ) -> None:
        by_hand = MeetingFactory(title="By <hand>", webex_id="")
        meeting.questions.filter(position=0).update(text="Ours?")
        response = choose(as_dana, "refresh", [meeting.pk, open_hour.pk, by_hand.pk], model="meeting")
        assert text(soup(response).h1) == "Refresh 3 meetings from Webex"
        found = self.listed(response)
        assert found["Product launch"][0] == (
            "Reworded: “Ours?” is “How did you hear about this event?” now; answers to the one count for the other."
        )
        assert found["Ours"][0] == "Title Ours Open hour with the support team"
        assert found["By <hand>"] == ["This meeting has no Webex meeting id. Enter it and save, then refresh again."]
        assert sorted(Meeting.objects.values_list("title", flat=True)) == ["By <hand>", "Ours", "Product launch"]
        assert AuditEntry.objects.count() == 0

    def test_confirming_does_just_that_to_those_that_could_be_read(
        self, as_dana: Client, meeting: Meeting, open_hour: Meeting
    ) -> None:
        by_hand = MeetingFactory(title="By hand", webex_id="")
        shown = choose(as_dana, "refresh", [meeting.pk, open_hour.pk, by_hand.pk], model="meeting")
        response = as_dana.post(reverse(MEETINGS), answer_of(shown))
        assert response.status_code == 302
        assert [words for words in said(response) if words.startswith(("success", "error"))] == [
            "success: “Open hour with the support team” was read again from Webex.",
            "success: “Product launch” was read again from Webex.",
        ]
        assert sorted(AuditEntry.objects.values_list("action", "meeting")) == [
            ("refreshed", meeting.pk),
            ("refreshed", open_hour.pk),
        ]

    def test_one_that_has_changed_since_is_shown_anew_alone(
        self, as_dana: Client, meeting: Meeting, open_hour: Meeting, sandbox: SandboxServer
    ) -> None:
        shown = choose(as_dana, "refresh", [meeting.pk, open_hour.pk], model="meeting")
        change_webex(sandbox, questions=first_questions(sandbox))
        again = as_dana.post(reverse(MEETINGS), answer_of(shown))
        assert again.status_code == 200
        assert list(self.listed(again)) == ["Product launch"]
        assert "warning: “Product launch” has changed since it was shown: look at it again." in said(again)
        assert list(AuditEntry.objects.values_list("meeting", flat=True)) == [open_hour.pk]
        assert as_dana.post(reverse(MEETINGS), answer_of(again)).status_code == 302
        assert meeting.questions.filter(is_retired=False).count() == 2

    def test_a_second_click_finds_all_read_already(
        self, as_dana: Client, meeting: Meeting, open_hour: Meeting, sandbox: SandboxServer
    ) -> None:
        change_webex(sandbox, questions=first_questions(sandbox))
        shown = choose(as_dana, "refresh", [meeting.pk, open_hour.pk], model="meeting")
        as_dana.post(reverse(MEETINGS), answer_of(shown))
        second = as_dana.post(reverse(MEETINGS), answer_of(shown))
        assert second.status_code == 302
        assert said(second)[-2:] == [
            "info: “Open hour with the support team” is here as it is at Webex already: there is nothing more to take "
            "over.",
            ALREADY,
        ]
        assert AuditEntry.objects.count() == 2

    def test_after_a_second_click_only_what_has_changed_since_is_shown(
        self, as_dana: Client, meeting: Meeting, open_hour: Meeting, sandbox: SandboxServer
    ) -> None:
        change_webex(sandbox, questions=first_questions(sandbox))
        shown = choose(as_dana, "refresh", [meeting.pk, open_hour.pk], model="meeting")
        as_dana.post(reverse(MEETINGS), answer_of(shown))
        Meeting.objects.filter(pk=open_hour.pk).update(title="Ours again")
        again = as_dana.post(reverse(MEETINGS), answer_of(shown))
        assert (again.status_code, list(self.listed(again))) == (200, ["Ours again"])
        assert said(again)[-2:] == [
            "warning: “Ours again” has changed since it was shown: look at it again.",
            ALREADY,
        ]

    def test_where_none_could_be_read_there_is_nothing_to_press(self, as_dana: Client) -> None:
        pks = [MeetingFactory(webex_id="").pk for _ in range(2)]
        response = choose(as_dana, "refresh", pks, model="meeting")
        assert soup(response).select("#content form") == []

    def test_more_than_can_be_looked_at_are_refused(self, as_dana: Client, sandbox: SandboxServer) -> None:
        pks = [each.pk for each in MeetingFactory.create_batch(21)]
        response = choose(as_dana, "refresh", pks, model="meeting")
        assert said(response) == ["error: Refresh at most 20 meetings at a time: choose fewer."]
        assert sandbox.store.calls == []


class TestPush:
    """Writing the form to Webex."""

    def test_what_would_change_at_webex_is_shown_and_nothing_is_written(
        self, as_dana: Client, meeting: Meeting, sandbox: SandboxServer
    ) -> None:
        meeting.questions.filter(position=0).update(text="<i>Where</i>?", hint="Hm", is_private=True)
        meeting.questions.filter(position=4).update(is_retired=True)
        response = as_dana.get(address(meeting, "push"))
        assert table(response) == [
            ["“<i>Where</i>?”", "“How did you hear about this event?”", "“<i>Where</i>?”"],
            ["“What would you like to ask the product team?”", "asked", "–"],
        ]
        assert lists(response)["Gone at Webex afterwards"] == ["“What would you like to ask the product team?”"]
        assert lists(response)["Stays in the portal alone"] == [
            "1 hint: Webex has none.",
            "1 question is private in the portal only: whoever reads registrations at Webex reads its answers there.",
        ]
        assert [call.operation for call in sandbox.store.calls] == ["getRegistration"]

    def test_all_is_shown_that_webex_is_told_of_a_new_question(self, as_dana: Client, meeting: Meeting) -> None:
        new: dict[str, Any] = {"meeting": meeting, "webex_id": "", "position": 9}
        QuestionFactory(**new, text="Team?", type="dropdownList", is_required=True, options=["A", "B"])
        meeting.questions.get(text="Team?").options.filter(text="B").update(is_retired=True)
        QuestionFactory(**new, text="Why?", is_required=True, is_private=True, max_length=80)
        QuestionFactory(**new, text="Else?", type="multiLineTextBox", is_private=True, max_length=None)
        response = as_dana.get(address(meeting, "push"))
        assert [(what, here) for what, _there, here in table(response)] == [
            ("“Team?”", "new: drop-down list, required, with “A”"),
            ("“Why?”", "new: one line of text, required, at most 80 characters"),
            ("“Else?”", "new: several lines of text, optional, at most 999 characters"),
        ]
        assert lists(response)["Stays in the portal alone"] == [
            "2 questions are private in the portal only: whoever reads registrations at Webex reads their answers "
            "there.",
        ]

    def test_confirming_writes_it_and_notes_it(
        self, as_dana: Client, dana: User, meeting: Meeting, sandbox: SandboxServer
    ) -> None:
        meeting.questions.filter(position=0).update(text="Where from?")
        response = confirm(as_dana, meeting, "push")
        assert said(response)[0] == "success: Webex has this form now, and the portal the ids that it gave."
        there = sandbox.store.meeting(PRODUCT_LAUNCH_ID)
        assert there is not None and there.form is not None
        assert [(question.text, question.webex_id) for question in meeting.questions.all()] == [
            (question.text, str(question.id)) for question in there.form.questions
        ]
        [entry] = AuditEntry.objects.all()
        assert (entry.by, entry.action, entry.before, entry.after) == (
            dana,
            "form_pushed",
            {"“Where from?”": ["“How did you hear about this event?”"]},
            {"“Where from?”": ["“Where from?”"]},
        )

    def test_what_has_changed_since_is_shown_anew(
        self, as_dana: Client, meeting: Meeting, sandbox: SandboxServer
    ) -> None:
        shown = as_dana.get(address(meeting, "push"))
        change_webex(sandbox, questions=first_questions(sandbox))
        response = confirm(as_dana, meeting, "push", shown)
        assert said(response) == [
            "warning: The form has changed since it was shown, here or at Webex. Nothing was written."
        ]
        assert len(table(response)) == 4  # three questions that are new there, and the rule of one of them
        assert "putRegistration" not in [call.operation for call in sandbox.store.calls]

    def test_a_double_click_writes_once(self, as_dana: Client, meeting: Meeting, sandbox: SandboxServer) -> None:
        shown = as_dana.get(address(meeting, "push"))
        assert confirm(as_dana, meeting, "push", shown).status_code == 302
        assert confirm(as_dana, meeting, "push", shown).status_code == 200
        assert [call.operation for call in sandbox.store.calls].count("putRegistration") == 1

    def test_an_unknown_outcome_is_said_for_what_it_is(
        self, as_dana: Client, meeting: Meeting, sandbox: SandboxServer
    ) -> None:
        meeting.questions.filter(position=0).update(text="Where from?")
        sandbox.faults.add(Fault("putRegistration", status=504))
        response = confirm(as_dana, meeting, "push")
        assert said(response) == [
            "error: The form is being written to Webex, and nobody is sent meanwhile. Where this stays, nobody knows "
            "what became of it: refresh from Webex, look at the questions, then resume."
        ]
        [entry] = AuditEntry.objects.all()
        assert entry.note == "It is not known whether Webex took it."

    def test_a_meeting_without_a_place_at_webex_has_nothing_to_write_to(self, as_dana: Client) -> None:
        response = as_dana.get(address(MeetingFactory(webex_id=""), "push"))
        assert said(response) == ["error: This meeting has no Webex meeting id: there is no form at Webex to write."]
