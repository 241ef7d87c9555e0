"""The portal's tables."""

from registration.models.account import Account, WebexCall
from registration.models.batch import Batch, BatchItem
from registration.models.challenge import SpentChallenge
from registration.models.drift import UnknownRegistrant
from registration.models.form import ApprovalRule, Option, Question
from registration.models.logo import Logo
from registration.models.mail import Mail, MailText
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
    "MailText",
    "Meeting",
    "Move",
    "Option",
    "Question",
    "SecondSignUp",
    "SpentChallenge",
    "Submission",
    "UnknownRegistrant",
    "WebexCall",
    "form_changed",
]
