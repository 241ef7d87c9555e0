"""The portal's tables."""

from registration.models.batch import Batch, BatchItem
from registration.models.meeting import ApprovalRule, Meeting, Option, Question
from registration.models.submission import Answer, Move, Submission

__all__ = [
    "Answer",
    "ApprovalRule",
    "Batch",
    "BatchItem",
    "Meeting",
    "Move",
    "Option",
    "Question",
    "Submission",
]
