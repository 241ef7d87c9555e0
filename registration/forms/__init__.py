"""The form that a meeting's definition builds."""

from registration.forms.correction import CorrectionForm
from registration.forms.registration import RegistrationForm

__all__ = ["CorrectionForm", "RegistrationForm"]
