"""The staff's side: the Django admin."""

from registration.admin import (
    accounts,
    audit,
    batches,
    decline_reasons,
    drift,
    mails,
    meetings,
    questions,
    roles,
    submissions,
    users,
)

__all__ = [
    "accounts",
    "audit",
    "batches",
    "decline_reasons",
    "drift",
    "mails",
    "meetings",
    "questions",
    "roles",
    "submissions",
    "users",
]
