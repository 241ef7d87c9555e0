"""The form editor: what it stores, what it keeps of what was typed, and for whom it is not there."""

import re
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from registration.admin import form_draft
from registration.models import ApprovalRule, AuditEntry, Meeting, Option, Question, RoleAssignment
from registration.sandbox.seed import OPEN_HOUR_ID
from registration.sandbox.server import SandboxServer
from tests.admin import pages
from tests.admin.pages import buttons, page_of, said, soup, text
from tests.cast import ApprovalRuleFactory, MeetingFactory, QuestionFactory, SubmissionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def meeting(db: None) -> Meeting:
    """A meeting with a question of each kind of answer: written, and chosen."""
    found: Meeting = MeetingFactory(title="Launch", webex_id="")
    QuestionFactory(meeting=found, text="Why?", webex_id="", max_length=80)
    QuestionFactory(meeting=found, text="Colour?", type="radioButtons", options=["Red", "Green"], webex_id="")
    Option.objects.update(webex_id="")
    return found


def address(meeting: Meeting, page: str = "form") -> str:
    return reverse(f"admin:registration_meeting_{page}", args=[meeting.pk])


def fields_of(response: Any) -> dict[str, Any]:
    """What a browser would send of the editor as it is, without a button."""
    found: dict[str, Any] = {}
    for field in soup(response).select("#editor :is(input, select)[name]"):
        name = str(field["name"])
        if name.startswith("draft-"):
            continue
        if field.name == "select":
            chosen = field.select_one("option[selected]")
            assert chosen is not None
            found[name] = chosen["value"]
        elif field.get("type") != "checkbox" or field.has_attr("checked"):
            value = str(field.get("value", "on"))
            many = name == "question" or name.startswith("option-of-")
            found[name] = [*found.get(name, []), value] if many else value
    return found


def press(client: Client, meeting: Meeting, words: str, **typed: Any) -> Any:
    """Open the editor, type, and press a button."""
    fields = fields_of(client.get(address(meeting)))
    fields |= {name.replace("_", "-", name.count("_")): value for name, value in typed.items()}
    return client.post(address(meeting), {**fields, "do": words})


def publish(client: Client, meeting: Meeting) -> Any:
    """Tick the box on the meeting's page."""
    fields = pages.fields_of(client.get(page_of(meeting)))
    return client.post(page_of(meeting), {**fields, "is_published": "on"})


def form_of(meeting: Meeting) -> list[tuple[str, list[str]]]:
    return [(question.text, [option.text for option in question.options.all()]) for question in meeting.questions.all()]


def typed_in(response: Any) -> list[str]:
    return [str(field["value"]) for field in soup(response).select("#editor .questions input[type=text][dir]")]


def preview_of(html: str) -> list[str]:
    """The labels of the form that attendees would see."""
    page = BeautifulSoup(re.sub("</?template[^>]*>", "", html), "html.parser")
    return [text(label) for label in page.select(":is(label, legend).form-label")]


def test_it_shows_the_form_and_what_attendees_will_see(as_dana: Client, meeting: Meeting) -> None:
    response = as_dana.get(address(meeting))
    assert typed_in(response) == ["Why?", "", "Colour?", "", "Red", "Green"]
    assert preview_of(response.content.decode()) == [
        "First name",
        "Last name",
        "E-mail address",
        "Why? (optional)",
        "Colour? (optional)",
    ]
    shown = soup(response)
    assert [field for field in shown.select("fieldset[disabled] :is(input, button)") if field.get("form")] == []
    assert len(shown.select("form form")) == 0
    assert "Form" in buttons(as_dana.get(page_of(meeting)))


def test_everything_is_stored_at_once_and_noted(as_dana: Client, dana: User, meeting: Meeting) -> None:
    why, colour = meeting.questions.all()
    red, green = colour.options.all()
    before = meeting.form_version
    fields = fields_of(as_dana.get(address(meeting)))
    fields |= {
        "use-city": "required",
        f"text-{why.pk}": "Why <b>now</b>?",
        f"hint-{why.pk}": "A word will do",
        f"longest-{why.pk}": "40",
        f"required-{why.pk}": "on",
        f"private-{why.pk}": "on",
        f"option-text-{green.pk}": "Blue",
        f"option-retired-{red.pk}": "on",
        "question": [str(colour.pk), str(why.pk), "new1"],
        f"option-of-{colour.pk}": [str(green.pk), str(red.pk), "new2"],
        "option-text-new2": "Yellow",
        "text-new1": "Topics?",
        "type-new1": "checkbox",
        "option-of-new1": ["new3"],
        "option-text-new3": "One",
        "do": "save",
    }
    response = as_dana.post(address(meeting), fields)

    assert response.status_code == 302
    assert said(response) == ["success: Saved: 12 changes."]
    meeting.refresh_from_db()
    assert (meeting.city_use, meeting.form_version == before) == ("required", False)
    assert form_of(meeting) == [("Colour?", ["Blue", "Red", "Yellow"]), ("Why <b>now</b>?", []), ("Topics?", ["One"])]
    why.refresh_from_db()
    assert (why.hint, why.max_length, why.is_required, why.is_private) == ("A word will do", 40, True, True)
    assert list(colour.options.filter(is_retired=True)) == [red]
    [entry] = AuditEntry.objects.all()
    assert (entry.by, entry.action, entry.meeting, entry.thing) == (dana, "edited", meeting, "form")
    assert (entry.before["city"], entry.after["city"]) == ("hidden", "required")
    assert entry.before[f"question {why.pk}"]["text"] == "Why?"
    assert entry.after[f"question {colour.pk}"]["options"] == ["Blue", "Red (retired)", "Yellow"]


def test_saving_what_is_stored_changes_nothing(as_dana: Client, meeting: Meeting) -> None:
    version = Meeting.objects.get().form_version
    response = press(as_dana, meeting, "save")
    assert said(response) == ["info: Nothing was changed: this is what is stored already."]
    meeting.refresh_from_db()
    assert (meeting.form_version, AuditEntry.objects.count()) == (version, 0)


class TestButtons:
    """Without JavaScript each button asks the server, which gives back what was typed."""

    def test_up_and_down_move_a_question_without_storing_anything(self, as_dana: Client, meeting: Meeting) -> None:
        why, _colour = meeting.questions.all()
        response = press(as_dana, meeting, f"down question {why.pk}", **{f"text_{why.pk}": "Typed"})
        assert typed_in(response) == ["Colour?", "", "Red", "Green", "Typed", ""]
        assert form_of(meeting)[0] == ("Why?", [])
        again = as_dana.post(address(meeting), {**fields_of(response), "do": "save"})
        assert said(again) == ["success: Saved: 2 changes."]
        assert [question for question, _options in form_of(meeting)] == ["Colour?", "Typed"]

    def test_up_and_down_move_an_option(self, as_dana: Client, meeting: Meeting) -> None:
        _red, green = Option.objects.all()
        response = press(as_dana, meeting, f"up option {green.pk}")
        assert typed_in(response) == ["Why?", "", "Colour?", "", "Green", "Red"]

    @pytest.mark.parametrize("words", ["up question {}", "up question 0", "down option x", "add option 9", "dance", ""])
    def test_what_moves_nothing_changes_nothing(self, as_dana: Client, meeting: Meeting, words: str) -> None:
        first = meeting.questions.all()[0]
        response = press(as_dana, meeting, words.format(first.pk))
        assert (response.status_code, typed_in(response)) == (200, ["Why?", "", "Colour?", "", "Red", "Green"])

    def test_questions_and_options_are_added(self, as_dana: Client, meeting: Meeting) -> None:
        colour = meeting.questions.get(text="Colour?")
        response = press(as_dana, meeting, f"add option {colour.pk}")
        response = as_dana.post(address(meeting), {**fields_of(response), "do": "add question"})
        assert typed_in(response) == ["Why?", "", "Colour?", "", "Red", "Green", "", "", ""]
        [focused] = soup(response).select("[autofocus]")
        assert focused["name"] == "text-new2"
        assert meeting.questions.count() == 2


@pytest.mark.parametrize(
    ("button", "typed", "is_unsaved"),
    [("preview", {}, False), ("preview", {"use-city": "required"}, True), ("add question", {}, True)],
)
def test_it_tells_the_browser_whether_all_is_stored(
    as_dana: Client, meeting: Meeting, button: str, typed: dict[str, str], is_unsaved: bool
) -> None:
    fields = fields_of(as_dana.get(address(meeting)))
    response = as_dana.post(address(meeting), {**fields, **typed, "do": button})
    assert (soup(response).select_one("#editor[data-unsaved]") is not None) is is_unsaved


class TestMany:
    """What is stored is never cut; only adding has an end."""

    @pytest.fixture(autouse=True)
    def few_are_many(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(form_draft, "MOST_QUESTIONS", 1)
        monkeypatch.setattr(form_draft, "MOST_OPTIONS", 1)

    def test_saving_it_as_it_is_changes_nothing(self, as_dana: Client, meeting: Meeting) -> None:
        assert said(press(as_dana, meeting, "save")) == ["info: Nothing was changed: this is what is stored already."]
        assert form_of(meeting) == [("Why?", []), ("Colour?", ["Red", "Green"])]

    def test_it_can_be_changed_but_nothing_added(self, as_dana: Client, meeting: Meeting) -> None:
        why, colour = meeting.questions.all()
        response = press(as_dana, meeting, "save", **{f"text_{why.pk}": "Why now?"})
        assert said(response) == ["success: Saved: 1 change."]
        questions = "A form takes at most 1 questions: delete one to add another."
        options = "A form takes at most 1 options in all: delete one to add another."
        for button, words in {"add question": questions, f"add option {colour.pk}": options}.items():
            response = press(as_dana, meeting, button)
            assert (said(response), soup(response).select("[value^=new]")) == ([f"warning: {words}"], [])
        fields = fields_of(as_dana.get(address(meeting)))
        fields |= {"text-new1": "New?", "type-new1": "singleLineTextBox", "option-text-new2": "New", "do": "save"}
        fields["question"] = [*fields["question"], "new1"]
        fields[f"option-of-{colour.pk}"] = [*fields[f"option-of-{colour.pk}"], "new2"]
        response = as_dana.post(address(meeting), fields)
        assert [text(item) for item in soup(response).select(".errornote li")] == [questions, options]
        assert form_of(meeting) == [("Why now?", []), ("Colour?", ["Red", "Green"])]

    def test_what_a_browser_does_not_send_stays(self, as_dana: Client, meeting: Meeting) -> None:
        _why, colour = meeting.questions.all()
        fields = fields_of(as_dana.get(address(meeting)))
        fields |= {"question": [str(colour.pk)], f"option-of-{colour.pk}": [], "do": "save"}
        assert as_dana.post(address(meeting), fields).status_code == 302
        assert sorted(form_of(meeting)) == [("Colour?", ["Red", "Green"]), ("Why?", [])]


class TestRefused:
    """Nothing typed is lost where something is wrong."""

    def test_what_is_wrong_is_said_by_its_input_and_all_that_was_typed_stays(
        self, as_dana: Client, meeting: Meeting
    ) -> None:
        why, colour = meeting.questions.all()
        typed = {
            f"text-{why.pk}": "",
            f"longest-{why.pk}": "many",
            f"hint-{why.pk}": "x" * 301,
            f"option-text-{colour.options.all()[0].pk}": "\0",
            f"text-{colour.pk}": "Kept",
            "use-city": "optional",
        }
        fields = fields_of(as_dana.get(address(meeting)))
        response = as_dana.post(address(meeting), {**fields, **typed, "do": "save"})
        assert response.status_code == 400
        shown = soup(response)
        assert [text(item) for item in shown.select(".errornote li")] == [
            "Question 1: Enter the words of the question.",
            "Question 1: Ensure this value has at most 300 characters (it has 301).",
            "Question 1: Enter a whole number.",
            "Question 2, an option: Null characters are not allowed.",
        ]
        targets = [str(link["href"])[1:] for link in shown.select(".errornote a")]
        assert [tag["id"] for tag in shown.select("[aria-invalid]")] == [targets[0], targets[2], targets[1], targets[3]]
        for tag in shown.select("[aria-invalid]"):
            assert shown.find(id=str(tag["aria-describedby"])) is not None
        assert fields_of(response)[f"text-{colour.pk}"] == "Kept"
        assert fields_of(response)["use-city"] == "optional"
        assert form_of(meeting) == [("Why?", []), ("Colour?", ["Red", "Green"])]

    @pytest.mark.parametrize(
        ("longest", "words"),
        [
            ("5000", "Ensure this value is less than or equal to 999."),
            ("1000", "Ensure this value is less than or equal to 999."),
            ("0", "Ensure this value is greater than or equal to 1."),
            ("-1", "Ensure this value is greater than or equal to 1."),
        ],
    )
    def test_a_longest_answer_that_webex_does_not_take_is_refused(
        self, as_dana: Client, meeting: Meeting, longest: str, words: str
    ) -> None:
        why = meeting.questions.get(text="Why?")
        response = press(as_dana, meeting, "save", **{f"longest_{why.pk}": longest})
        assert [text(item) for item in soup(response).select(".errornote li")] == [f"Question 1: {words}"]
        why.refresh_from_db()
        assert why.max_length == 80

    def test_a_choice_without_options_is_refused(self, as_dana: Client, meeting: Meeting) -> None:
        why = meeting.questions.get(text="Why?")
        response = press(as_dana, meeting, "save", **{f"type_{why.pk}": "checkbox"})
        assert [text(item) for item in soup(response).select(".errornote li")] == [
            "Question 1: A question of this type needs an option to choose."
        ]

    def test_two_tabs(self, as_dana: Client, meeting: Meeting) -> None:
        """Saving what was made of an older form is refused, with what changed; then it can be saved over it."""
        why, colour = meeting.questions.all()
        fields = fields_of(as_dana.get(address(meeting)))
        press(as_dana, meeting, "save", **{f"text_{why.pk}": "Theirs"})
        added = QuestionFactory(meeting=meeting, text="Added by them", webex_id="")
        Option.objects.create(question=colour, text="Blue", position=9)
        response = as_dana.post(address(meeting), {**fields, f"text-{why.pk}": "Mine", "do": "save"})
        assert response.status_code == 409
        assert [text(item) for item in soup(response).select(".caution li")] == [
            "“Why?”, Question: “Why?” → “Theirs”.",
            "In “Colour?”, added: “Blue”.",
            "Added: “Added by them”.",
        ]
        assert typed_in(response) == ["Mine", "", "Colour?", "", "Red", "Green", "Blue", "Added by them", ""]
        again = as_dana.post(address(meeting), {**fields_of(response), "do": "save"})
        assert said(again)[-1] == "success: Saved: 1 change."
        assert [question for question, _options in form_of(meeting)] == ["Mine", "Colour?", "Added by them"]
        assert meeting.questions.filter(pk=added.pk).exists()

    def test_a_change_of_the_meeting_that_is_none_of_the_form_refuses_nothing(
        self, as_dana: Client, meeting: Meeting
    ) -> None:
        fields = fields_of(as_dana.get(address(meeting)))
        meeting.title = "Another"
        meeting.save()
        response = as_dana.post(address(meeting), {**fields, "use-fax": "optional", "do": "save"})
        assert said(response) == ["success: Saved: 1 change."]

    def test_a_question_that_somebody_deleted_meanwhile_is_not_lost(self, as_dana: Client, meeting: Meeting) -> None:
        why = meeting.questions.get(text="Why?")
        fields = fields_of(as_dana.get(address(meeting)))
        why.delete()
        response = as_dana.post(address(meeting), {**fields, "do": "save"})
        assert (response.status_code, typed_in(response)[0]) == (409, "Why?")
        as_dana.post(address(meeting), {**fields_of(response), "do": "save"})
        assert [question for question, _options in form_of(meeting)] == ["Why?", "Colour?"]

    @pytest.mark.parametrize("shown", ["", "forged", "a:b:c"])
    def test_what_was_shown_cannot_be_forged(self, as_dana: Client, meeting: Meeting, shown: str) -> None:
        fields = fields_of(as_dana.get(address(meeting)))
        response = as_dana.post(address(meeting), {**fields, "shown": shown, "do": "save", "use-fax": "required"})
        assert response.status_code == 409
        assert typed_in(response) == ["Why?", "", "Colour?", "", "Red", "Green"]

    def test_what_has_been_answered_is_not_deleted(self, as_dana: Client, meeting: Meeting) -> None:
        why, colour = meeting.questions.all()
        red, green = colour.options.all()
        person = SubmissionFactory(meeting=meeting)
        person.answers.create(question=colour, option=red, question_text="Colour?", text="Red")
        page = soup(as_dana.get(address(meeting)))
        assert [str(box["name"]) for box in page.select("input[name*=deleted]")] == [
            f"deleted-{why.pk}",
            f"option-deleted-{green.pk}",
        ]
        response = press(as_dana, meeting, "save", **{f"deleted_{colour.pk}": "on", f"deleted_{why.pk}": "on"})
        assert said(response) == [
            "error: “Colour?” has been answered and cannot be deleted. Retire it instead: it is no longer asked."
        ]
        assert len(form_of(meeting)) == 2

    def test_what_nobody_answered_is_deleted(self, as_dana: Client, meeting: Meeting) -> None:
        why, colour = meeting.questions.all()
        red = colour.options.all()[0]
        press(as_dana, meeting, "save", **{f"deleted_{why.pk}": "on", f"option_deleted_{red.pk}": "on"})
        assert form_of(meeting) == [("Colour?", ["Green"])]

    def test_a_question_with_a_rule_is_not_deleted_behind_its_back(self, as_dana: Client, meeting: Meeting) -> None:
        why = meeting.questions.get(text="Why?")
        ApprovalRuleFactory(meeting=meeting, field="", question=why, value="x")
        response = press(as_dana, meeting, "save", **{f"deleted_{why.pk}": "on"})
        assert (said(response)[0][:5], ApprovalRule.objects.count()) == ("error", 1)

    @pytest.mark.parametrize(
        "more",
        [
            {"question": ["x", "-1", "9" * 40, "new99999999", "<b>"]},
            {"question": []},
            {"use-city": "<script>", "text-new1": "\0"},
            {"question": ["new1", "new1", "1"], "text-new1": "=cmd|'!A0", "type-new1": "slider"},
            {"question": ["new1"] * 3000},
        ],
    )
    def test_hostile_posts_are_answered(self, as_dana: Client, meeting: Meeting, more: dict[str, Any]) -> None:
        for words in ("save", "preview", "up question new1"):
            response = as_dana.post(address(meeting), {"do": words, **more})
            assert response.status_code in {200, 400, 409}
        assert as_dana.post(address(meeting, "form_preview"), more).status_code == 200
        assert form_of(meeting) == [("Why?", []), ("Colour?", ["Red", "Green"])]


def test_a_question_of_another_meeting_is_not_taken_over(as_dana: Client, meeting: Meeting) -> None:
    other = QuestionFactory(text="Theirs")
    fields = fields_of(as_dana.get(address(meeting)))
    fields["question"] = [*fields["question"], str(other.pk)]
    as_dana.post(
        address(meeting),
        {**fields, f"text-{other.pk}": "Mine", f"type-{other.pk}": "singleLineTextBox", "do": "save"},
    )
    other.refresh_from_db()
    assert (other.text, other.meeting_id != meeting.pk) == ("Theirs", True)
    assert [question for question, _options in form_of(meeting)] == ["Why?", "Colour?", "Mine"]


class TestPreview:
    """The fragment that follows what is typed."""

    def test_it_is_the_form_with_what_is_not_stored(self, as_dana: Client, meeting: Meeting) -> None:
        why, colour = meeting.questions.all()
        fields = fields_of(as_dana.get(address(meeting)))
        fields |= {
            "use-job_title": "required",
            f"text-{why.pk}": "<b>Bold</b>?",
            f"hint-{why.pk}": "<i>hint</i>",
            f"retired-{colour.pk}": "on",
        }
        response = as_dana.post(address(meeting, "form_preview"), fields)
        html = response.content.decode()
        assert preview_of(html) == [
            "First name",
            "Last name",
            "E-mail address",
            "Job title",
            "<b>Bold</b>? (optional)",
        ]
        page = BeautifulSoup(html, "html.parser")
        assert [text(hint) for hint in page.select(".hint p")] == ["<i>hint</i>"]
        assert (len(page.select("form")), len(page.select("fieldset[disabled]"))) == (0, 1)
        assert "csrf" not in html
        assert form_of(meeting)[0] == ("Why?", [])

    def test_it_is_only_asked_by_post(self, as_dana: Client, meeting: Meeting) -> None:
        assert as_dana.get(address(meeting, "form_preview")).status_code == 405

    def test_half_of_a_form_is_shown_as_far_as_it_goes(self, as_dana: Client, meeting: Meeting) -> None:
        fields = {"question": ["new1", "new2"], "text-new1": "", "text-new2": "Ok", "longest-new2": "many"}
        response = as_dana.post(address(meeting, "form_preview"), fields)
        assert preview_of(response.content.decode())[3:] == ["Ok (optional)", "Why? (optional)", "Colour? (optional)"]


class TestRoles:
    """For whom the editor is there."""

    @pytest.fixture
    def eve(self, db: None) -> Client:
        """She manages one other meeting."""
        user = User.objects.create_user("eve", is_staff=True)
        RoleAssignment.objects.create(user=user, role="manager", meeting=MeetingFactory(title="Hers"))
        client = Client()
        client.force_login(user)
        return client

    @pytest.mark.parametrize("page", ["form", "form_refresh", "form_push", "copy"])
    def test_who_manages_another_meeting_does_not_find_it(self, eve: Client, meeting: Meeting, page: str) -> None:
        for response in (eve.get(address(meeting, page)), eve.post(address(meeting, page), {"do": "save"})):
            assert response.status_code in {403, 404}
            assert "Launch" not in response.content.decode()
        assert eve.post(address(meeting, "form_preview")).status_code == 404

    def test_a_manager_edits_her_own_meeting(self, eve: Client) -> None:
        hers = Meeting.objects.get(title="Hers")
        assert eve.get(address(hers)).status_code == 200
        assert "Form" in buttons(eve.get(page_of(hers)))
        assert "Copy" not in buttons(eve.get(page_of(hers)))
        assert eve.get(address(hers, "copy")).status_code == 403

    @pytest.mark.parametrize("page", ["form", "form_refresh", "form_push"])
    def test_who_may_only_look_finds_no_editor(
        self, as_vera: Client, as_rita: Client, meeting: Meeting, page: str
    ) -> None:
        for client in (as_vera, as_rita):
            assert client.get(address(meeting, page)).status_code == 404
            assert client.post(address(meeting, page), {"do": "save"}).status_code == 404
            assert "Form" not in buttons(client.get(page_of(meeting)))

    def test_whoever_may_change_meetings_but_no_questions_is_refused(self, meeting: Meeting) -> None:
        mo = User.objects.create_user("mo", is_staff=True)
        mo.user_permissions.set(Permission.objects.filter(codename__in=["view_meeting", "change_meeting"]))
        client = Client()
        client.force_login(mo)
        assert client.get(address(meeting)).status_code == 403
        assert "Form" not in buttons(client.get(page_of(meeting)))


class TestChecks:
    """What would fail at Webex, said in the editor and on publishing."""

    def findings(self, response: Any) -> list[str]:
        return [text(item) for item in soup(response).select(".findings li")]

    def test_the_editor_says_what_would_fail(self, as_dana: Client, meeting: Meeting) -> None:
        Meeting.objects.update(webex_id="a" * 32)
        response = as_dana.get(address(meeting))
        assert self.findings(response) == [
            "look at it Webex does not have “Why?”: its answers stay in the portal. "
            "Push this form to Webex, or leave it so.",
            "look at it Webex does not have “Colour?”: its answers stay in the portal. "
            "Push this form to Webex, or leave it so.",
        ]

    @pytest.mark.parametrize("page", ["editor", "question"])
    def test_an_option_that_is_reworded_here_alone_is_warned_of(
        self, as_dana: Client, meeting: Meeting, page: str
    ) -> None:
        colour = meeting.questions.get(text="Colour?")
        red, green = colour.options.all()

        def reword(option: Option) -> list[str]:
            if page == "editor":
                return said(press(as_dana, meeting, "save", **{f"option_text_{option.pk}": "Blue"}))[1:]
            fields = pages.fields_of(as_dana.get(page_of(colour)))
            place = next(name for name, value in fields.items() if value == option.text).removesuffix("-text")
            return said(as_dana.post(page_of(colour), {**fields, f"{place}-text": "Blue"}))[:-1]

        before = ["info: Webex’s own form is as it was, until you push this one to it."] if page == "editor" else []
        Meeting.objects.update(webex_id="a" * 32)
        assert reword(red) == before
        colour.options.filter(pk=green.pk).update(webex_id="2")
        Question.objects.filter(pk=colour.pk).update(webex_id="12")
        assert reword(green) == [
            "warning: Reworded here, and not at Webex: “Green” → “Blue”. Whoever chooses that cannot be sent. "
            "Push this form to Webex, or take the old words again."
        ]

    def test_publishing_warns(self, as_dana: Client, meeting: Meeting) -> None:
        Meeting.objects.update(webex_id="a" * 32, is_published=False)
        response = publish(as_dana, meeting)
        assert [words for words in said(response) if words.startswith("warning")] == [
            "warning: Webex does not have “Why?”: its answers stay in the portal. "
            "Push this form to Webex, or leave it so.",
            "warning: Webex does not have “Colour?”: its answers stay in the portal. "
            "Push this form to Webex, or leave it so.",
        ]

    def test_a_form_with_which_nobody_could_be_sent_is_not_published(self, as_dana: Client, meeting: Meeting) -> None:
        Meeting.objects.update(webex_id="a" * 32, is_published=False)
        meeting.questions.filter(text="Why?").update(webex_id="1", is_required=True, is_retired=True)
        response = publish(as_dana, meeting)
        assert pages.complaints(response) == [
            "“Why?” is retired here and required at Webex, as far as is known: Webex would refuse everybody. "
            "Ask it again, or push this form to Webex."
        ]

    def test_webex_is_asked_on_demand_and_what_was_typed_stays(
        self, as_dana: Client, meeting: Meeting, sandbox: SandboxServer
    ) -> None:
        Meeting.objects.update(webex_id=OPEN_HOUR_ID)
        why = meeting.questions.get(text="Why?")
        Question.objects.filter(pk=why.pk).update(webex_id="77")
        response = press(as_dana, meeting, "check", **{f"text_{why.pk}": "Typed"})
        assert self.findings(response)[0] == (
            "cannot be sent Webex no longer has “Typed” under the id 77: whoever answers it cannot be sent. "
            "Refresh from Webex to take over its form, or push this one to Webex."
        )
        assert typed_in(response)[0] == "Typed"
        assert [call.operation for call in sandbox.store.calls] == ["getRegistration"]


def test_as_many_queries_for_many_questions_as_for_few(
    as_dana: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    few, many = MeetingFactory(), MeetingFactory()
    QuestionFactory(meeting=few, type="checkbox", options=["One"])
    for _number in range(12):
        QuestionFactory(meeting=many, type="checkbox", options=["One", "Two", "Three"])
    for meeting in (few, many):
        with django_assert_num_queries(8):
            as_dana.get(address(meeting))
