"""The states as coloured words: a symbol, the word itself and a tone, so that nothing is told by colour alone."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.db.models import TextChoices
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from registration.models import Submission
from registration.states import Decision

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

NOTHING = "–"
"""What stands where there is nothing to show."""

# By value: a state looks the same wherever it is told. The tones are classes in static/registration/admin.css.
_LOOKS = {
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
    symbol, tone = _LOOKS[value]
    return tone_word(tone, symbol, choices(value).label)


def decision_words(submission: Submission, *, position: int | None) -> SafeString:
    """The decision as a coloured word, with the place on the waiting list; and that the address is not confirmed."""
    words = [state_word(Decision, submission.decision)]
    if position is not None:
        words.append(format_html('<span class="quiet">{}</span>', _("no. %d") % position))
    if submission.confirm_by is not None:
        words.append(tone_word("doubt", "@", _("address to be confirmed")))
    return format_html_join(" ", "{}", ((word,) for word in words))


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
