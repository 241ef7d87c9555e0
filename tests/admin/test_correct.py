"""The pages on which staff correct a registration: form, preview and done, wrong entries, and two staff at once."""

from typing import Any

import pytest
from bs4 import Tag
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from registration.models import Answer, Meeting, Move, Option, Question, Submission
from registration.standard_fields import Use
from registration.states import Presence
from tests.admin.pages import page_of, said, soup, text
from tests.cast import MeetingFactory, QuestionFactory, SubmissionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann() -> Submission:
    meeting = MeetingFactory(company_name_use=Use.REQUIRED, country_region_use=Use.OPTIONAL)
    submission: Submission = SubmissionFactory(
        meeting=meeting, first_name="Ann", last_name="Lee", email="ann@example.com", company_name="Acme", approved=True
    )
    return submission


def address(submission: Submission) -> str:
    return reverse("admin:registration_submission_correct", args=[submission.pk])


def filled(response: Any) -> dict[str, Any]:
    """What a browser posts of the page's form, as it is."""
    fields: dict[str, Any] = {}
    for field in soup(response).select("form.correction :is(input, select, textarea)[name]"):
        name, kind = str(field["name"]), field.get("type")
        if field.name == "select":
            chosen = field.select_one("option[selected]")
            fields[name] = str(chosen["value"]) if isinstance(chosen, Tag) else ""
        elif field.name == "textarea":
            fields[name] = field.get_text().removeprefix("\n")
        elif kind != "submit" and (kind not in {"checkbox", "radio"} or field.has_attr("checked")):
            fields.setdefault(name, []).append(str(field.get("value", "")))
    return fields


def preview(client: Client, submission: Submission, **changes: Any) -> Any:
    """The answer to the form with these changes."""
    return client.post(address(submission), filled(client.get(address(submission))) | changes)


def differences(response: Any) -> list[list[str]]:
    return [[text(cell) for cell in row.select("th, td")] for row in soup(response).select(".differences tbody tr")]


def words(response: Any, selector: str) -> list[str]:
    return [text(item) for item in soup(response).select(selector)]


# --- the way through --------------------------------------------------------------------------------------------------


def test_a_correction_is_shown_first_and_then_made(as_rita: Client, ann: Submission) -> None:
    shown = preview(as_rita, ann, first_name="Anne", company_name="Acme Ltd")
    assert differences(shown) == [["First name", "Ann", "Anne"], ["Company", "Acme", "Acme Ltd"]]
    assert words(shown, ".consequences li") == [
        "The next push sends them to Webex, corrected.",
        "The registration (bulkInsert) lets Webex mail ann@example.com: the link for joining, or that it is pending.",
    ]
    ann.refresh_from_db()
    assert (ann.first_name, Move.objects.count()) == ("Ann", 0)
    done = as_rita.post(address(ann), filled(shown))
    assert done.headers["Location"] == page_of(ann)
    assert said(done) == ["success: Corrected. The next push sends them to Webex, corrected."]
    ann.refresh_from_db()
    assert (ann.first_name, ann.company_name) == ("Anne", "Acme Ltd")


def test_the_persons_page_tells_who_corrected_what(as_rita: Client, ann: Submission) -> None:
    as_rita.post(address(ann), filled(preview(as_rita, ann, first_name="Anne")))
    page = as_rita.get(page_of(ann))
    assert words(page, ".wide-table td")[1:] == ["correction", "–", "–", "rita", "First name"]


def test_the_form_can_be_gone_back_to_with_what_was_entered(as_rita: Client, ann: Submission) -> None:
    shown = preview(as_rita, ann, first_name="Anne")
    again = as_rita.post(address(ann), filled(shown) | {"edit": "Back to the form"})
    assert filled(again)["first_name"] == ["Anne"]
    assert differences(as_rita.post(address(ann), filled(again))) == [["First name", "Ann", "Anne"]]
    assert Move.objects.count() == 0


def test_every_kind_of_answer_comes_back_as_it_was(as_rita: Client, ann: Submission) -> None:
    options = ["Red", "Green", "Blue"]
    for kind, given in {
        Question.Type.SINGLE_LINE: ["one"],
        Question.Type.MULTI_LINE: ["one\ntwo"],
        Question.Type.CHECKBOX: ["Red", "Blue"],
        Question.Type.RADIO: ["Green"],
        Question.Type.DROPDOWN: ["Blue"],
    }.items():
        question = QuestionFactory(
            meeting=ann.meeting, type=kind, is_required=True, options=options if "Text" not in kind else []
        )
        offered = {option.text: option for option in question.options.all()}
        for words_given in given:
            Answer.objects.create(
                submission=ann,
                question=question,
                option=offered.get(words_given),
                question_text=question.text,
                text=words_given,
            )
    before = list(Answer.objects.order_by("pk").values())
    response = preview(as_rita, ann)
    assert said(response) == ["info: Nothing was changed: this is what is stored already."]
    as_rita.post(address(ann), filled(preview(as_rita, ann, first_name="Anne")))
    ann.refresh_from_db()
    assert (ann.first_name, list(Answer.objects.order_by("pk").values())) == ("Anne", before)


def test_several_boxes_and_lines_survive_the_preview(as_rita: Client, ann: Submission) -> None:
    boxes = QuestionFactory(meeting=ann.meeting, type="checkbox", options=["Red", "Green"])
    lines = QuestionFactory(meeting=ann.meeting, type="multiLineTextBox")
    changes = {
        f"question_{boxes.pk}": list(boxes.options.values_list("pk", flat=True)),
        f"question_{lines.pk}": "one\r\ntwo",
    }
    as_rita.post(address(ann), filled(preview(as_rita, ann, **changes)))
    assert list(ann.answers.values_list("text", flat=True)) == ["Red", "Green", "one\ntwo"]


def test_an_option_that_was_chosen_stays_on_offer_though_it_was_retired(as_rita: Client, ann: Submission) -> None:
    question = QuestionFactory(meeting=ann.meeting, type="radioButtons", is_required=True, options=["Red", "Green"])
    red, green = question.options.all()
    Answer.objects.create(submission=ann, question=question, option=red, question_text="?", text="Red")
    Option.objects.update(is_retired=True)
    form = as_rita.get(address(ann))
    assert filled(form)[f"question_{question.pk}"] == [str(red.pk)]
    assert words(form, ".choices label") == ["Red"]
    forged = preview(as_rita, ann, **{f"question_{question.pk}": str(green.pk)})
    assert words(forged, ".errornote li") == [f"Choose from the options for “{question.text}”"]


def test_what_the_form_does_not_ask_stays_as_it_was(as_rita: Client, ann: Submission) -> None:
    Submission.objects.update(job_title="Engineer", country_region="Yugoslavia")
    retired = QuestionFactory(meeting=ann.meeting, is_retired=True)
    answer = Answer.objects.create(submission=ann, question=retired, question_text="Old?", text="yes")
    as_rita.post(address(ann), filled(preview(as_rita, ann, first_name="Anne")))
    ann.refresh_from_db()
    assert (ann.first_name, ann.job_title, ann.country_region) == ("Anne", "Engineer", "Yugoslavia")
    assert list(ann.answers.values_list("pk", "question_text", "text")) == [(answer.pk, "Old?", "yes")]


# --- what is wrong ----------------------------------------------------------------------------------------------------


def test_the_form_checks_what_the_sign_up_form_checks(as_rita: Client, ann: Submission) -> None:
    question = QuestionFactory(meeting=ann.meeting, text="Diet?", is_required=True)
    response = preview(as_rita, ann, company_name="", email="nobody")
    page = soup(response)
    assert [(link["href"], text(link)) for link in page.select(".errornote a")] == [
        ("#id_email", "Enter an e-mail address in the usual form, such as name@example.com"),
        ("#id_company_name", "Enter the name of your company"),
        (f"#id_question_{question.pk}", "Answer “Diet?”"),
    ]
    email = page.select_one("#id_email")
    assert email is not None
    assert (email["value"], email["aria-invalid"], email["aria-describedby"]) == ("nobody", "true", "id_email_error")
    assert len(page.select("#id_email_error")) == 1
    assert Move.objects.count() == 0


def test_a_taken_address_is_said_at_its_field(as_rita: Client, ann: Submission) -> None:
    SubmissionFactory(meeting=ann.meeting, email="bo@example.com")
    response = preview(as_rita, ann, email="Bo@example.com")
    taken = "Somebody else is registered for this meeting with this e-mail address"
    assert (words(response, ".errornote li"), words(response, "#id_email_error li")) == ([taken], [taken])
    assert filled(response)["email"] == ["Bo@example.com"]


def test_an_address_that_is_taken_after_the_preview_is_said_too(as_rita: Client, ann: Submission) -> None:
    shown = preview(as_rita, ann, email="bo@example.com")
    SubmissionFactory(meeting=ann.meeting, email="bo@example.com")
    response = as_rita.post(address(ann), filled(shown))
    assert words(response, ".errornote li") == ["Somebody else is registered for this meeting with this e-mail address"]
    ann.refresh_from_db()
    assert ann.email == "ann@example.com"


def test_staff_read_webexs_words_on_top(as_rita: Client, ann: Submission) -> None:
    Submission.objects.update(presence=Presence.REFUSED, refusal="<b>No such company</b>")
    for response in (as_rita.get(address(ann)), preview(as_rita, ann, company_name="Acme Ltd")):
        assert words(response, ".caution p") == [
            "Webex refused this registration, in these words:",
            "<b>No such company</b>",
        ]


# --- two staff at once ------------------------------------------------------------------------------------------------

MEANWHILE = (
    "Somebody else has changed this registration meanwhile. Nothing of yours has been stored: below is what is stored "
    "now."
)


@pytest.mark.parametrize("is_previewed", [False, True])
def test_what_somebody_else_changed_meanwhile_is_shown_and_not_overwritten(
    as_rita: Client, as_dana: Client, ann: Submission, is_previewed: bool
) -> None:
    mine = filled(as_rita.get(address(ann))) | {"first_name": "Anne"}
    if is_previewed:
        mine = filled(as_rita.post(address(ann), mine))
    as_dana.post(address(ann), filled(preview(as_dana, ann, company_name="Acme Ltd")))
    response = as_rita.post(address(ann), mine)
    assert words(response, ".caution p") == [MEANWHILE, "What you had in the form and differs from it:"]
    assert differences(response) == [["First name", "Ann", "Anne"], ["Company", "Acme Ltd", "Acme"]]
    shown = filled(response)
    assert (shown["first_name"], shown["company_name"]) == (["Ann"], ["Acme Ltd"])
    as_rita.post(address(ann), filled(as_rita.post(address(ann), shown | {"first_name": "Anne"})))
    ann.refresh_from_db()
    assert (ann.first_name, ann.company_name) == ("Anne", "Acme Ltd")


def test_what_was_entered_wrong_is_not_stored_over_anothers_change_either(
    as_rita: Client, as_dana: Client, ann: Submission
) -> None:
    mine = filled(as_rita.get(address(ann))) | {"first_name": ""}
    as_dana.post(address(ann), filled(preview(as_dana, ann, company_name="Acme Ltd")))
    response = as_rita.post(address(ann), mine)
    assert (words(response, ".caution p"), words(response, ".errornote")) == ([MEANWHILE], [])
    assert filled(response)["company_name"] == ["Acme Ltd"]


def test_an_answer_that_somebody_else_changed_is_noticed(as_rita: Client, ann: Submission) -> None:
    question = QuestionFactory(meeting=ann.meeting, is_retired=False)
    answer = Answer.objects.create(submission=ann, question=question, question_text="?", text="yes")
    mine = filled(as_rita.get(address(ann))) | {"first_name": "Anne"}
    Answer.objects.filter(pk=answer.pk).update(text="no")
    assert words(as_rita.post(address(ann), mine), ".caution p")[:1] == [MEANWHILE]


def test_a_preview_whose_consequences_have_changed_is_shown_again(as_rita: Client, ann: Submission) -> None:
    shown = preview(as_rita, ann, first_name="Anne")
    Submission.objects.update(presence=Presence.REGISTERED, sent_at=timezone.now(), sent_email="ann@example.com")
    again = as_rita.post(address(ann), filled(shown))
    assert words(again, ".errornote") == [
        "What follows from this has changed meanwhile, and nothing has been stored yet. Look at it again."
    ]
    assert words(again, ".consequences li")[0].startswith("Webex knows no change of a registration.")
    assert Move.objects.count() == 0
    assert as_rita.post(address(ann), filled(again)).headers["Location"] == page_of(ann)
    assert Move.objects.count() == 1


def test_a_double_click_corrects_once(as_rita: Client, ann: Submission) -> None:
    shown = filled(preview(as_rita, ann, first_name="Anne"))
    as_rita.post(address(ann), shown)
    second = as_rita.post(address(ann), shown)
    assert said(second)[1:] == ["info: Nothing was changed: this is what is stored already."]
    assert Move.objects.count() == 1


# --- who may, and hostile words ---------------------------------------------------------------------------------------


def test_who_only_looks_may_not_correct(as_vera: Client, ann: Submission) -> None:
    assert as_vera.get(address(ann)).status_code == 403
    assert as_vera.post(address(ann), {"first_name": "Eve"}).status_code == 403
    assert words(as_vera.get(page_of(ann)), ".object-tools a") == []


def test_a_stranger_is_asked_to_sign_in(client: Client, ann: Submission) -> None:
    assert client.get(address(ann)).headers["Location"].startswith("/admin/login/")


def test_who_does_not_exist_is_not_found(as_rita: Client) -> None:
    assert as_rita.get(reverse("admin:registration_submission_correct", args=[4711])).status_code == 404


def test_the_pages_keep_the_filters_of_the_list_one_came_from(as_rita: Client, ann: Submission) -> None:
    filters = "?_changelist_filters=decision__exact%3Dapproved"
    (link,) = soup(as_rita.get(page_of(ann) + filters)).select(".object-tools a")
    assert link["href"] == address(ann) + filters
    done = as_rita.post(f"{link['href']}", filled(as_rita.get(str(link["href"]))))
    assert done.headers["Location"] == page_of(ann) + filters


@pytest.mark.parametrize("evil", ["<script>alert(1)</script>\"&'", "\u202eabc", "👩‍🚀 Zoë", "أحمد"])
def test_what_anybody_wrote_is_never_markup(as_rita: Client, ann: Submission, evil: str) -> None:
    question = QuestionFactory(meeting=ann.meeting, text=f"{evil}?")
    Answer.objects.create(submission=ann, question=question, question_text=evil, text=evil)
    Submission.objects.update(company_name=evil)
    shown = preview(as_rita, ann, company_name=f"{evil}!", **{f"question_{question.pk}": f"{evil}!"})
    assert differences(shown) == [["Company", evil, f"{evil}!"], [f"{evil}?", evil, f"{evil}!"]]
    for response in (as_rita.get(address(ann)), shown):
        assert soup(response).select("#content script") == []
    as_rita.post(address(ann), filled(shown))
    ann.refresh_from_db()
    assert (ann.company_name, ann.answers.get().text) == (f"{evil}!", f"{evil}!")


@pytest.mark.parametrize("posted", [{}, {"version": "\0"}, {"version": "x", "shown": "\0", "first_name": "\0"}])
def test_a_post_that_no_page_sends_changes_nothing(as_rita: Client, ann: Submission, posted: dict[str, str]) -> None:
    assert words(as_rita.post(address(ann), posted), ".caution p") == [MEANWHILE]
    assert (Move.objects.count(), Meeting.objects.count()) == (0, 1)
