"""Form fields that clean what people type, and say in words what to do where something is wrong."""

import re
import unicodedata
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import phonenumbers
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.choices import BaseChoiceIterator
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from registration.standard_fields import BY_NAME
from registration.webex.records import email_key

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

_LINE_BREAKS = re.compile("\r\n|[\n\v\f\r\x85\u2028\u2029]")
LONGEST_EMAIL = BY_NAME["email"].max_length
_CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f]")


class TextField(forms.CharField):
    """Text that a browser does not cut off: who pastes more than fits is told so, and keeps all of it."""

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Without ``maxlength``."""
        return {name: value for name, value in super().widget_attrs(widget).items() if name != "maxlength"}


class LineField(TextField):
    """One line of text: line breaks and tabs become spaces, other control characters vanish."""

    def to_python(self, value: Any) -> str:
        """The text on one line, without outer spaces."""
        return _cleaned(_LINE_BREAKS.sub(" ", value or "").replace("\t", " "))


class LinesField(TextField):
    r"""Several lines of text, with ``\n`` for every kind of line break, which counts as one character; tabs become
    spaces.
    """

    widget = forms.Textarea

    def to_python(self, value: Any) -> str:
        """The text, without outer spaces and outer empty lines."""
        return _cleaned(_LINE_BREAKS.sub("\n", value or "").replace("\t", " "))


class PublicEmailValidator(EmailValidator):
    """Accepts addresses that Webex can mail to: none of this computer, nor of a bare IP address."""

    def validate_domain_part(self, domain_part: str) -> bool:
        """Whether it is a name with a dot in it, and no literal such as ``[127.0.0.1]``."""
        return bool(self.domain_regex.match(domain_part))


class MailField(TextField, forms.EmailField):
    """An e-mail address, kept in the case in which it was typed."""

    default_validators = [PublicEmailValidator(allowlist=[])]
    default_error_messages = {"invalid": _("Enter an e-mail address in the usual form, such as name@example.com")}

    def to_python(self, value: Any) -> str:
        """The address without the spaces and invisible characters that copying brings along."""
        address = _cleaned(value or "").replace("\u200b", "")
        # In lower case, or with its domain in ASCII, an address may be longer than what is kept.
        if len(address) <= LONGEST_EMAIL < len(email_key(address)):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return address


class Choices(BaseChoiceIterator):
    """Choices that stay as they are: a field takes them without going through all of them, and copies share them."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self._pairs = pairs

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._pairs)

    def __deepcopy__(self, memo: dict[int, Any]) -> "Choices":
        return self


def too_long(label: "StrOrPromise") -> "StrOrPromise":
    """The words for text beyond its limit, to be filled in by Django's ``MaxLengthValidator``."""
    return format_lazy(
        _("Shorten “{label}” to %(limit_value)d characters or fewer: it has %(show_value)d"),
        label=str(label).replace("%", "%%"),
    )


_WRONG_NUMBER = {
    "work_phone": (
        _("Enter a work phone number that begins with + and the country’s code, such as +44 20 7946 0000"),
        _("Enter a work phone number, such as {national} or {international}"),
    ),
    "fax": (
        _("Enter a fax number that begins with + and the country’s code, such as +44 20 7946 0000"),
        _("Enter a fax number, such as {national} or {international}"),
    ),
}
PHONE_FIELDS = frozenset(_WRONG_NUMBER)


def international(number: str, *, field: str, region: str | None) -> str:
    """A number of one of the ``PHONE_FIELDS`` in the international spelling, such as ``+49 30 901820``.

    ``region`` is the two-letter code of the country whose numbers may be given without its prefix. Raises
    ``ValidationError``, with an example to follow, for what cannot be a phone number.
    """
    if number.startswith("00"):
        number = f"+{number[2:]}"
    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        parsed = None
    if parsed is None or not phonenumbers.is_possible_number(parsed):
        raise ValidationError(_wrong_number(field, region), code="invalid")
    spelled = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    # The spelling can be longer than what was typed: “x12” becomes “ext. 12”.
    if len(spelled) > BY_NAME[field].max_length:
        raise ValidationError(_wrong_number(field, region), code="invalid")
    return spelled


def _wrong_number(field: str, region: str | None) -> "StrOrPromise":
    anywhere, somewhere = _WRONG_NUMBER[field]
    example = phonenumbers.example_number(region) if region else None
    if example is None:
        return anywhere
    return format_lazy(
        somewhere,
        national=phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.NATIONAL),
        international=phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.INTERNATIONAL),
    )


def _cleaned(text: str) -> str:
    text = _CONTROLS.sub("", text).strip()
    # What nobody can see (zero-width spaces, marks of direction) is no answer.
    is_visible = any(unicodedata.category(character)[0] not in "CZ" for character in text)
    return text if is_visible else ""
