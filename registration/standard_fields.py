"""The standard fields of Webex's registration form: our name, Webex's name, the label people read and the bounds.

Webex publishes no lengths for them; ours bound what a stranger can store and are generous for people.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class Use(TextChoices):
    """What a meeting's form does with a standard field. Webex's ``requireX: true`` means shown *or* required."""

    HIDDEN = "hidden", _("hidden")
    OPTIONAL = "optional", _("optional")
    REQUIRED = "required", _("required")


@dataclass(frozen=True)
class StandardField:
    """One standard field; ``autocomplete`` is the token of the HTML standard that lets browsers fill it in."""

    name: str
    webex_name: str
    label: "StrOrPromise"
    max_length: int
    autocomplete: str


NAME_FIELDS = (
    StandardField("first_name", "firstName", _("First name"), 100, "given-name"),
    StandardField("last_name", "lastName", _("Last name"), 100, "family-name"),
    StandardField("email", "email", _("E-mail address"), 254, "email"),
)
"""Always shown and always required, by Webex and by us."""

CHOSEN_FIELDS = (
    StandardField("job_title", "jobTitle", _("Job title"), 150, "organization-title"),
    StandardField("company_name", "companyName", _("Company"), 150, "organization"),
    StandardField("address1", "address1", _("Address line 1"), 200, "address-line1"),
    StandardField("address2", "address2", _("Address line 2"), 200, "address-line2"),
    StandardField("city", "city", _("City"), 100, "address-level2"),
    StandardField("state", "state", _("State or province"), 100, "address-level1"),
    StandardField("zip_code", "zipCode", _("Postal code"), 20, "postal-code"),
    StandardField("country_region", "countryRegion", _("Country or region"), 100, "country-name"),
    StandardField("work_phone", "workPhone", _("Work phone"), 40, "tel"),
    StandardField("fax", "fax", _("Fax"), 40, "fax tel"),
)
"""Shown as each meeting chooses."""

STANDARD_FIELDS = NAME_FIELDS + CHOSEN_FIELDS
BY_WEBEX_NAME = {field.webex_name: field for field in STANDARD_FIELDS}
BY_NAME = {field.name: field for field in STANDARD_FIELDS}
