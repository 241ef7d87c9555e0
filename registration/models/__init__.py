"""The portal's tables."""

from registration.models.account import Account, WebexCall
from registration.models.batch import Batch, BatchItem
from registration.models.drift import UnknownRegistrant
from registration.models.form import ApprovalRule, Option, Question
from registration.models.logo import Logo
from registration.models.mail import Mail
from registration.models.meeting import Meeting, form_changed
from registration.models.submission import Answer, Move, SecondSignUp, Submission

__all__ = [
    "Account",
    "Answer",
    "ApprovalRule",
    "Batch",
    "BatchItem",
    "Logo",
    "Mail",
    "Meeting",
    "Move",
    "Option",
    "Question",
    "SecondSignUp",
    "Submission",
    "UnknownRegistrant",
    "WebexCall",
    "form_changed",
]
