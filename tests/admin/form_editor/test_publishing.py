"""Publishing a meeting: its form is looked at as this very save stores it; the worst of what would fail is refused."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from registration.models import Meeting
from tests.admin.form_editor.editing import form_of
from tests.admin.form_editor.publishing import NOT_REACHED, is_published, not_asked, publish, warnings
from tests.admin.pages import complaints, fields_of
from tests.cast import QuestionFactory

pytestmark = pytest.mark.django_db

RETIRED = (
    "“Why?” is retired here and required at Webex, as far as is known: Webex would refuse everybody. "
    "Ask it again, or push this form to Webex."
)

NOWHERE = (
    "This meeting has no Webex meeting id: nobody is sent to Webex. "
    "Enter it on the meeting’s page, or leave it so if the portal alone invites."
)


@pytest.fixture
def meeting(meeting: Meeting) -> Meeting:
    """The one of the editor, not published yet, with a place at Webex that has the first of its questions."""
    Meeting.objects.update(webex_id="a" * 32, is_published=False)
    meeting.questions.filter(text="Why?").update(webex_id="1", is_required=True, position=0)
    meeting.questions.filter(text="Colour?").delete()
    meeting.refresh_from_db()
    return meeting


def row(number: int, **values: str) -> dict[str, str]:
    """A new row of a question, below as many others."""
    given = {"position": "9", "type": "singleLineTextBox", "webex_id": "", "id": "", "meeting": ""} | values
    return {f"questions__{number}__{name}": value for name, value in given.items()} | {
        "questions__TOTAL_FORMS": f"{number + 1}"
    }


def found(response: Any) -> list[str]:
    """What is warned of besides that Webex, which is not there, could not be asked."""
    told = warnings(response)
    return [words for words in told if words != not_asked(Meeting.objects.get(), NOT_REACHED)]


def test_it_warns(as_dana: Client, meeting: Meeting) -> None:
    meeting.questions.update(webex_id="")
    assert found(publish(as_dana, meeting)) == [
        "Webex does not have “Why?”: its answers stay in the portal. Push this form to Webex, or leave it so."
    ]
    assert is_published(meeting)


def test_a_form_with_which_nobody_could_be_sent_is_refused(as_dana: Client, meeting: Meeting) -> None:
    meeting.questions.update(is_retired=True)
    assert complaints(publish(as_dana, meeting)) == [RETIRED]
    assert not is_published(meeting)


def test_what_is_mended_in_the_same_save_is_published(as_dana: Client, meeting: Meeting) -> None:
    meeting.questions.update(is_retired=True)
    response = publish(as_dana, meeting, "questions-0-is_retired")
    assert (response.status_code, found(response)) == (302, [])
    assert (is_published(meeting), meeting.questions.get().is_retired) == (True, False)


def test_what_is_broken_in_the_same_save_is_refused(as_dana: Client, meeting: Meeting) -> None:
    response = publish(as_dana, meeting, questions__0__is_retired="on")
    assert complaints(response) == [RETIRED]
    assert (is_published(meeting), meeting.questions.get().is_retired) == (False, False)


def test_it_warns_of_the_form_that_is_stored(as_dana: Client, meeting: Meeting) -> None:
    """An id that is entered, a question that is deleted and one that is added, all in this save."""
    QuestionFactory(meeting=meeting, text="Gone?", webex_id="", position=1)
    meeting.questions.filter(text="Why?").update(webex_id="")
    changes = {"questions__0__webex_id": "7", "questions__1__DELETE": "on", **row(2, text="New?")}
    assert found(publish(as_dana, meeting, **changes)) == [
        "Webex does not have “New?”: its answers stay in the portal. Push this form to Webex, or leave it so."
    ]
    assert form_of(meeting) == [("Why?", []), ("New?", [])]


def test_options_that_are_stored_count_for_a_question_that_is_changed(as_dana: Client, meeting: Meeting) -> None:
    QuestionFactory(meeting=meeting, text="Size?", type="radioButtons", options=["S", "M"], webex_id="2", position=1)
    response = publish(as_dana, meeting, questions__1__text="Which size?", questions__1__is_required="on")
    assert (is_published(meeting), found(response)) == (True, [])


def test_a_standard_field_counts_as_it_is_stored(as_dana: Client, meeting: Meeting) -> None:
    Meeting.objects.update(imported_at=timezone.now(), imported_fields=["city"], city_use="required")
    response = publish(as_dana, meeting, city_use="hidden")
    assert found(response) == [
        "Webex’s form has “City”, and it is hidden here: where Webex requires it, it refuses everybody. "
        "Show it here, or push this form to Webex. Webex does not tell whether it requires a field."
    ]


def test_of_a_meeting_that_loses_its_place_at_webex_in_the_same_save_it_is_told_besides_what_fails_here(
    as_dana: Client, meeting: Meeting
) -> None:
    meeting.questions.update(is_retired=True)
    response = publish(as_dana, meeting, webex_id="")
    assert (is_published(meeting), warnings(response)) == (True, [NOWHERE])


def test_a_new_meeting_is_looked_at_as_well(as_dana: Client, meeting: Meeting) -> None:
    page = reverse("admin:registration_meeting_add")
    made = {"title": "New", "slug": "new", "webex_id": "b" * 32, "is_published": "on", "start_at_0": "2090-01-05"}
    times = {"start_at_1": "09:00", "end_at_0": "2090-01-05", "end_at_1": "10:00"}
    choice = {"text": "Size?", "type": "radioButtons", "webex_id": "2", "is_required": "on"}
    question = {name.replace("__", "-"): value for name, value in row(0, **choice).items()}
    fields = fields_of(as_dana.get(page)) | made | times
    assert complaints(as_dana.post(page, fields | question)) == [
        "“Size?” has no option to choose from: it is left out of the form. Add an option, or retire the question."
    ]
    assert Meeting.objects.count() == 1
    assert as_dana.post(page, fields).status_code == 302
    assert Meeting.objects.filter(slug="new", is_published=True).exists()


@pytest.mark.parametrize("sees_questions", [False, True])
def test_for_whoever_may_not_change_questions_the_stored_ones_count(
    client: Client, meeting: Meeting, sees_questions: bool
) -> None:
    mo = User.objects.create_user("mo", is_staff=True)
    names = ["view_meeting", "change_meeting", *(["view_question"] if sees_questions else [])]
    mo.user_permissions.set(Permission.objects.filter(codename__in=names))
    client.force_login(mo)
    meeting.questions.update(is_retired=True)
    assert complaints(publish(client, meeting)) == [RETIRED]
    meeting.questions.update(is_retired=False)
    assert publish(client, meeting, questions__0__is_retired="on").status_code == 302
    assert (is_published(meeting), meeting.questions.get().is_retired) == (True, False)


def test_a_meeting_that_is_published_already_is_not_looked_at(as_dana: Client, meeting: Meeting) -> None:
    Meeting.objects.update(is_published=True)
    response = publish(as_dana, meeting, questions__0__is_retired="on")
    assert (response.status_code, warnings(response)) == (302, [])


def test_what_cannot_be_stored_anyway_says_only_why(as_dana: Client, meeting: Meeting) -> None:
    meeting.questions.update(is_retired=True)
    assert complaints(publish(as_dana, meeting, title="")) == ["This field is required."]
    assert complaints(publish(as_dana, meeting, questions__0__text="")) == ["This field is required."]
