"""Filling in a meeting's registration form."""

from django.http import QueryDict

from registration.forms import RegistrationForm
from registration.models import Meeting, Question

NAMES = {"first_name": "Ann", "last_name": "Lee", "email": "ann@example.com"}


def filled(meeting: Meeting, **data: str | list[str]) -> RegistrationForm:
    """The meeting's form as a browser sends it with these values beside ``NAMES``."""
    post = QueryDict(mutable=True)
    for name, value in (NAMES | data).items():
        post.setlist(name, value if isinstance(value, list) else [value])
    return RegistrationForm(post, meeting=meeting)


def errors(form: RegistrationForm) -> dict[str, list[str]]:
    """The form's messages by field."""
    return {name: [str(words) for words in words_of_field] for name, words_of_field in form.errors.items()}


def choices_of(form: RegistrationForm, name: str) -> list[tuple[str, str]]:
    """What a field offers, as pairs of value and label."""
    return [(str(choice.data["value"]), str(choice.data["label"])) for choice in form[name]]


def name_of(question: Question) -> str:
    """The name of a question's field."""
    return f"question_{question.pk}"
