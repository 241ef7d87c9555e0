"""The portal's tables."""

from registration.models.account import Account, WebexCall
from registration.models.audit import AuditedPerson, AuditEntry
from registration.models.batch import Batch, BatchItem
from registration.models.challenge import SpentChallenge
from registration.models.drift import UnknownRegistrant
from registration.models.form import ApprovalRule, Option, Question
from registration.models.job import Job, JobPart, JobRow
from registration.models.logo import Logo
from registration.models.mail import Mail, MailText
from registration.models.meeting import Meeting, MeetingGroup, form_changed
from registration.models.role import RoleAssignment
from registration.models.staff import DeclineReason, Note, SavedView, Tag
from registration.models.submission import Answer, Move, SecondSignUp, Submission

__all__ = [
    "Account",
    "Answer",
    "ApprovalRule",
    "AuditEntry",
    "AuditedPerson",
    "Batch",
    "BatchItem",
    "DeclineReason",
    "Job",
    "JobPart",
    "JobRow",
    "Logo",
    "Mail",
    "MailText",
    "Meeting",
    "MeetingGroup",
    "Move",
    "Note",
    "Option",
    "Question",
    "RoleAssignment",
    "SavedView",
    "SecondSignUp",
    "SpentChallenge",
    "Submission",
    "Tag",
    "UnknownRegistrant",
    "WebexCall",
    "form_changed",
]
