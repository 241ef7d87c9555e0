"""The portal's tables."""

from registration.models.account import Account, WebexCall
from registration.models.batch import Batch, BatchItem
from registration.models.drift import UnknownRegistrant
from registration.models.meeting import ApprovalRule, Meeting, Option, Question
from registration.models.submission import Answer, Move, Submission

__all__ = [
    "Account",
    "Answer",
    "ApprovalRule",
    "Batch",
    "BatchItem",
    "Meeting",
    "Move",
    "Option",
    "Question",
    "Submission",
    "UnknownRegistrant",
    "WebexCall",
]
