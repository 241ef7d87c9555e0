"""Which column of a file is what: guessed from its header, for staff to put right."""

from collections.abc import Mapping, Sequence

from registration.forms import RegistrationForm
from registration.models import Meeting, Question
from registration.standard_fields import BY_NAME, STANDARD_FIELDS
from registration.transfer.columns import fixed_header, told_apart

IGNORED = ""

_ALSO = {
    "first_name": ("given name", "forename", "first"),
    "last_name": ("surname", "family name", "last"),
    "email": ("email", "e mail", "mail", "email address", "mail address"),
    "job_title": ("title", "position"),
    "company_name": ("company", "company name", "organisation", "organization"),
    "address1": ("address", "address 1", "street"),
    "address2": ("address 2",),
    "state": ("state", "province", "region"),
    "zip_code": ("zip", "zip code", "postcode", "postal code"),
    "country_region": ("country", "country or region"),
    "work_phone": ("phone", "telephone", "phone number", "work phone"),
    "fax": ("fax number",),
}


def targets(meeting: Meeting) -> dict[str, str]:
    """What a column can be: the name of a field of the meeting's form, and what staff read for it."""
    form = RegistrationForm(meeting=meeting, is_shown=False)
    questions = Question.objects.filter(meeting=meeting).order_by("position", "pk").values_list("pk", "text")
    names = {f"question_{pk}": name for pk, name in told_apart(questions).items()}
    return {name: str(BY_NAME[name].label) if name in BY_NAME else names[name] for name in form.fields}


def required(meeting: Meeting) -> list[str]:
    """The names of the fields without which no row can be right."""
    form = RegistrationForm(meeting=meeting, is_shown=False)
    return [name for name, field in form.fields.items() if field.required]


def guessed(header: Sequence[str], known: Mapping[str, str]) -> list[str]:
    """What each column is, as far as its words tell; nothing is twice. What our exports say besides is no answer."""
    ours = set(fixed_header())
    by_words: dict[str, str] = {}
    for name, label in known.items():
        by_words.setdefault(_bare(label), name)
    for field in STANDARD_FIELDS:
        if field.name in known:
            for words in (field.name, field.webex_name, *_ALSO.get(field.name, ())):
                by_words.setdefault(_bare(words), field.name)
    found: list[str] = []
    for words in header:
        name = by_words.get(_bare(words), IGNORED)
        is_none = name in found or (words in ours and name not in BY_NAME)
        found.append(IGNORED if is_none else name)
    return found


def _bare(words: str) -> str:
    bare = "".join(character for character in words.casefold() if character.isalnum())
    return bare or words.strip()
