"""The plain form that validates a sign-up."""

from django import forms
from django.core.exceptions import ValidationError
from django_countries import countries

COUNTRIES = sorted(str(name) for _code, name in countries)
_COUNTRIES = frozenset(COUNTRIES)


def _in_the_list(name: str) -> None:
    if name not in _COUNTRIES:
        raise ValidationError("Choose a country from the list")


class SignUpForm(forms.Form):
    """The standard fields of Webex's form and a question of each type.

    The country is text that must be in a set: a ``ChoiceField`` copies its 250 choices for every form.
    """

    first_name = forms.CharField(max_length=100)
    last_name = forms.CharField(max_length=100)
    email = forms.EmailField(max_length=254)
    job_title = forms.CharField(max_length=150, required=False)
    company_name = forms.CharField(max_length=150)
    address1 = forms.CharField(max_length=200, required=False)
    address2 = forms.CharField(max_length=200, required=False)
    city = forms.CharField(max_length=100, required=False)
    state = forms.CharField(max_length=100, required=False)
    zip_code = forms.CharField(max_length=20, required=False)
    country_region = forms.CharField(validators=[_in_the_list], required=False)
    work_phone = forms.CharField(max_length=40, required=False)
    fax = forms.CharField(max_length=40, required=False)
    heard = forms.ChoiceField(choices=[("1", "Invitation"), ("2", "A colleague"), ("3", "Media"), ("4", "Website")])
    topics = forms.MultipleChoiceField(choices=[("1", "Video"), ("2", "Security"), ("3", "Rooms"), ("4", "Prices")])
    products = forms.ChoiceField(choices=[("1", "Yes"), ("2", "No"), ("3", "We used to")])
    role = forms.CharField(max_length=120, required=False)
    question = forms.CharField(max_length=500, required=False)
