"""The form that a meeting's definition builds."""

from registration.forms.correction import ChangeForm, CorrectionForm
from registration.forms.mending import MendingForm
from registration.forms.registration import RegistrationForm

__all__ = ["ChangeForm", "CorrectionForm", "MendingForm", "RegistrationForm"]
