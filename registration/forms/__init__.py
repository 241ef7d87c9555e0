"""The form that a meeting's definition builds."""

from registration.forms.registration import RegistrationForm

__all__ = ["RegistrationForm"]
