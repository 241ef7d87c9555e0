"""The step in which people see their answers once more before they send them."""

from typing import TYPE_CHECKING, Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.utils import timezone

from registration.models import Meeting, Submission
from tests.cast import MeetingFactory, QuestionFactory, SubmissionFactory
from tests.pages import HOUR, read, sign_up, texts, title

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

pytestmark = pytest.mark.django_db


@pytest.fixture
def launch() -> Meeting:
    meeting: Meeting = MeetingFactory(title="Launch", has_check_step=True, job_title_use="optional")
    QuestionFactory(meeting=meeting, text="Colours?", type="checkbox", options=["Red", "Green", "Blue"])
    QuestionFactory(meeting=meeting, text="Why?", type="multiLineTextBox")
    return meeting


@pytest.fixture
def typed(launch: Meeting) -> dict[str, Any]:
    colours, why = launch.questions.prefetch_related("options")
    red, _green, blue = (str(option.pk) for option in colours.options.all())
    return {
        "first_name": ' "Ann" <b>',
        f"question_{colours.pk}": [red, blue],
        f"question_{why.pk}": "First line\r\nsecond & last",
    }


def hidden_in(page: BeautifulSoup) -> dict[str, list[str]]:
    """What the page's form would send, without its buttons."""
    fields: dict[str, list[str]] = {}
    for tag in page.select("main form input"):
        fields.setdefault(str(tag["name"]), []).append(str(tag.get("value", "")))
    return fields


def send(client: Client, meeting: Meeting, page: BeautifulSoup, **button: str) -> "Response":
    return client.post(meeting.get_absolute_url(), hidden_in(page) | button)


def test_the_answers_are_shown_and_nothing_is_stored(client: Client, launch: Meeting, typed: dict[str, Any]) -> None:
    response = sign_up(client, launch, **typed)
    page = read(response)
    assert (response.status_code, title(response)) == (200, "Check your answers · Launch")
    assert texts(page, "h1") == ["Check your answers"]
    rows = [(texts(row, "dt")[0], texts(row, "dd:not(.change)")) for row in page.select(".given > div")]
    assert rows == [
        ("First name", ['"Ann" <b>']),
        ("Last name", ["Lee"]),
        ("E-mail address", ["ann@example.com"]),
        ("Job title", ["Not given"]),
        ("Colours?", ["Red", "Blue"]),
        ("Why?", ["First line second & last"]),
    ]
    assert Submission.objects.count() == 0


def test_every_id_on_it_exists_once_and_every_description_exists(
    client: Client, launch: Meeting, typed: dict[str, Any]
) -> None:
    page = read(sign_up(client, launch, **typed))
    ids = [tag["id"] for tag in page.find_all(id=True)]
    assert sorted(ids) == sorted(set(ids))
    named = [str(tag["aria-describedby"]).split() for tag in page.select("[aria-describedby]")]
    assert [name for names in named for name in names if name not in ids] == []


def test_what_was_checked_is_stored_as_it_was_typed(client: Client, launch: Meeting, typed: dict[str, Any]) -> None:
    page = read(sign_up(client, launch, **typed))
    response = send(client, launch, page, checked="yes")
    assert (response.status_code, response.headers["Location"]) == (302, f"{launch.get_absolute_url()}done/")
    submission = Submission.objects.get()
    assert (submission.first_name, submission.email) == ('"Ann" <b>', "ann@example.com")
    assert list(submission.answers.values_list("text", flat=True)) == ["Red", "Blue", "First line\nsecond & last"]


def test_change_gives_the_form_back_with_everything_and_leads_to_the_field(
    client: Client, launch: Meeting, typed: dict[str, Any]
) -> None:
    page = read(sign_up(client, launch, **typed))
    buttons = {str(tag["value"]): tag for tag in page.select("button[name=change]")}
    colours = next(name for name in buttons if name.startswith("question_"))
    assert texts(buttons[colours].parent or page, "button") == ["Change “Colours?”"]
    assert buttons[colours]["formaction"] == f"{launch.get_absolute_url()}#id_{colours}_0"
    form = read(send(client, launch, page, change=colours))
    assert (texts(form, "title"), form.select(".problems")) == (["Launch"], [])
    assert [tag["value"] for tag in form.select("#id_first_name, #id_email, :checked")] == [
        ' "Ann" <b>',
        "ann@example.com",
        *typed[colours],
    ]
    assert form.select(f"#id_{colours}_0") != []
    assert [tag.get_text().split() for tag in form.select("textarea")] == [["First", "line", "second", "&", "last"]]
    assert Submission.objects.count() == 0


def test_a_wrong_form_is_mended_before_it_is_checked(client: Client, launch: Meeting) -> None:
    response = sign_up(client, launch, email="wrong", checked="yes")
    assert (title(response), Submission.objects.count()) == ("Error: Launch", 0)


def test_a_mistyped_mail_domain_is_pointed_out(client: Client, launch: Meeting) -> None:
    page = read(sign_up(client, launch, email="ann@gmial.com"))
    assert texts(page, ".given .hint") == ["Did you mean ann@gmail.com?"]
    assert send(client, launch, page, checked="yes").status_code == 302
    assert Submission.objects.get().email == "ann@gmial.com"


@pytest.mark.parametrize("button", [{}, {"checked": "yes"}, {"change": "email"}])
def test_a_form_that_closes_meanwhile_comes_back_with_everything(
    client: Client, launch: Meeting, button: dict[str, str]
) -> None:
    page = read(sign_up(client, launch))
    launch.closes_at = timezone.now() - HOUR
    launch.save()
    response = send(client, launch, page, **button)
    again = read(response)
    assert (response.status_code, texts(again, ".notice h2")) == (409, ["Registration for this meeting is closed"])
    assert [tag["value"] for tag in again.select("#id_last_name")] == ["Lee"]


def test_a_known_and_a_new_address_are_checked_alike(client: Client, launch: Meeting) -> None:
    SubmissionFactory(meeting=launch, email="ann@example.com")
    pages = [sign_up(client, launch, email=email).content.decode() for email in ("ann@example.com", "new@example.com")]
    tokens = [hidden_in(BeautifulSoup(page, "html.parser"))["csrfmiddlewaretoken"][0] for page in pages]
    assert pages[0].replace(tokens[0], "") == pages[1].replace(tokens[1], "").replace("new@", "ann@")


def test_without_the_step_the_form_is_stored_at_once(client: Client) -> None:
    assert sign_up(client, MeetingFactory()).status_code == 302
