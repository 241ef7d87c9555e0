"""The states as coloured words: a symbol, the word itself and a tone, so that nothing is told by colour alone."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.db.models import TextChoices
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registration.flow import undo
from registration.models import Move, Submission
from registration.states import Decision

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

NOTHING = "–"
"""What stands where there is nothing to show."""

# By value: a state looks the same wherever it is told. The tones are classes in static/registration/admin.css.
LOOKS = {
    "waitlisted": ("☰", "waits"),
    "offered": ("◇", "waits"),
    "waiting": ("○", "waits"),
    "approved": ("✓", "good"),
    "declined": ("✗", "bad"),
    "cancelled": ("–", "quiet"),
    "absent": ("–", "quiet"),
    "sending": ("→", "waits"),
    "uncertain": ("?", "doubt"),
    "refused": ("✗", "bad"),
    "registered": ("✓", "good"),
    "pending": ("○", "waits"),
    "rejected": ("✗", "bad"),
    "under_way": ("→", "waits"),
    "done": ("✓", "good"),
    "prepared": ("○", "quiet"),
    "running": ("→", "waits"),
    "failed": ("✗", "bad"),
    "postponed": ("○", "waits"),
    "unknown": ("?", "doubt"),
    "queued": ("○", "waits"),
    "retried": ("?", "doubt"),
    "sent": ("✓", "good"),
    "unsent": ("✗", "bad"),
    "outdated": ("–", "quiet"),
}


def state_word(choices: type[TextChoices], value: str) -> SafeString | str:
    """The state ``value`` of ``choices`` as a coloured word; a dash where it is empty."""
    if not value:
        return NOTHING
    symbol, tone = LOOKS[value]
    return tone_word(tone, symbol, choices(value).label)


# A mail is to one address: it has one code. A server gives most of them for rules of its own, too: hence “often”.
_REFUSED = re.compile(r"SMTPRecipientsRefused\b.*?\b(?P<code>[45]\d\d)\b")
_REFUSALS: dict[str, "StrOrPromise"] = {
    **dict.fromkeys(
        ("550", "551", "553"),
        gettext_lazy("the mail server does not take mail for this address, often because it does not exist"),
    ),
    "552": gettext_lazy("the mail server does not take mail for this address, often because the mailbox is full"),
    "452": gettext_lazy(
        "the mail server does not take mail for this address at the moment, often because the mailbox is full"
    ),
}
_FAILURES: dict[str, "StrOrPromise"] = {
    "SMTPRecipientsRefused": gettext_lazy("the mail server does not take mail for this address"),
    "SMTPSenderRefused": gettext_lazy("the mail server does not take mail from the portal’s address"),
    "SMTPDataError": gettext_lazy("the mail server did not take the mail"),
    "SMTPServerDisconnected": gettext_lazy("the mail server hung up"),
    "SMTPConnectError": gettext_lazy("the mail server could not be reached"),
    "SMTPAuthenticationError": gettext_lazy("the mail server does not accept the portal’s user name and password"),
    "ConnectionRefusedError": gettext_lazy("the mail server could not be reached"),
    "TimeoutError": gettext_lazy("the mail server did not answer in time"),
}


def failure_words(failure: str) -> str:
    """Why a mail did not get through, in words, with the kind of error in brackets for whoever looks it up."""
    words = _FAILURES.get(failure.partition(" ")[0], "")
    if (refused := _REFUSED.match(failure)) is not None:
        if refused["code"] in _REFUSALS:
            words = _REFUSALS[refused["code"]]
        elif refused["code"].startswith("4"):
            words = _("the mail server does not take mail for this address at the moment")
    return f"{words} ({failure})" if words else failure


def decision_words(submission: Submission, *, position: int | None) -> SafeString:
    """The decision as a coloured word, with the place on the waiting list; that the address is not confirmed; and what
    is held until it is released.
    """
    words = [state_word(Decision, submission.decision)]
    if position is not None:
        words.append(format_html('<span class="quiet">{}</span>', _("no. %d") % position))
    if submission.confirm_by is not None:
        words.append(tone_word("doubt", "@", _("address to be confirmed")))
    if is_held_for_review(submission):
        words.append(tone_word("doubt", "⚑", _("held for review")))
    if submission.held_decision:
        words.append(held_word(submission.held_decision))
    return format_html_join(" ", "{}", ((word,) for word in words))


def is_held_for_review(submission: Submission) -> bool:
    """Whether a rule wants a person to look, and none has decided yet."""
    return bool(submission.review_note) and submission.decision == Decision.WAITING and not submission.held_decision


def rule_words(words: str) -> str:
    """That it was a rule that did something, and which."""
    return _("by the rule “%(rule)s”") % {"rule": words}


def is_by_rule(move: Move) -> bool:
    """Whether a rule did it: decided, or held for review."""
    is_hold = move.subject == Move.Subject.HOLD and move.by_id is None and bool(move.reason)
    return is_hold or undo.is_by_rule(move)


def held_word(decision: str) -> SafeString:
    """What is decided about somebody and held, as a coloured word."""
    return tone_word("doubt", "‖", _("held: %s") % Decision(decision).label)


def tone_word(tone: str, symbol: str, word: "StrOrPromise") -> SafeString:
    """A word with a tone and a symbol."""
    return format_html('<span class="state state-{}"><span aria-hidden="true">{}</span> {}</span>', tone, symbol, word)


def state_counts(
    choices: type[TextChoices], counts: Mapping[str, int], *, parameter: str, meeting_id: int
) -> SafeString | str:
    """How many submissions of the meeting are in each state, each a link to those; states without any are left out."""
    changelist = reverse("admin:registration_submission_changelist")
    links = [
        (changelist, meeting_id, parameter, state.value, counts[state.value], state_word(choices, state.value))
        for state in choices
        if counts.get(state.value)
    ]
    link = '<a class="state-count" href="{}?meeting__id__exact={}&amp;{}={}">{} {}</a>'
    return format_html_join(" ", link, links) or NOTHING
