"""What can be done about what waits: each verb with its words, what to know before, and its entry in the audit."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from registration.admin import adopting, at_webex
from registration.admin.attention import deeds
from registration.flow import attention
from registration.flow.attention import Kind
from registration.flow.review import Reviewed
from registration.models import Submission
from registration.states import DECISION_MOVES, Decision, WebexStatus

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

Rows = QuerySet[Any]

_ANYBODY = Q()
APPROVABLE = tuple(decision for decision in Decision if Decision.APPROVED in DECISION_MOVES[decision])
"""The decisions from which one may be approved."""


def _nothing_more(pks: Collection[int]) -> list[str]:
    return []


@dataclass(frozen=True)
class Verb:
    """One of them. ``do`` resolves the rows and writes that down, in the caller's transaction; ``told`` says of how
    many it did.

    ``asks`` is the question for so many, for the page between; ``is_asked``: whether nobody is spared that page, which
    says what follows (``warns``). ``fits``: of whom of the kind it is any use.
    """

    name: str
    label: "StrOrPromise"
    asks: Callable[[int], str]
    told: Callable[[int], str]
    do: Callable[[User, Rows, datetime], Reviewed]
    is_asked: bool = False
    warns: Callable[[Collection[int]], list[str]] = _nothing_more
    fits: Q = _ANYBODY


@dataclass(frozen=True)
class Call:
    """A verb that calls Webex at once, with somebody waiting for it, and says itself what came of it."""

    name: str
    label: "StrOrPromise"
    asks: Callable[[int], str]
    make: Callable[[HttpRequest, QuerySet[Submission]], None]
    is_asked: bool = False
    warns: Callable[[Collection[int]], list[str]] = _nothing_more
    fits: Q = _ANYBODY


def make(call: Call, request: HttpRequest, pks: Collection[int]) -> None:
    """Make the call, which the audit is told of where it is made (registration/admin/at_webex.py)."""
    if len(pks) > at_webex.MOST_PEOPLE:
        messages.error(request, _("Choose at most %d people at once.") % at_webex.MOST_PEOPLE)
        return
    call.make(request, Submission.objects.filter(pk__in=pks))


_LEAVE = Verb(
    "leave",
    gettext_lazy("Leave as it is"),
    lambda n: ngettext("Leave %d person as they are?", "Leave %d people as they are?", n) % n,
    lambda n: (
        ngettext(
            "%d is left as at Webex, and turns up again if that changes.",
            "%d are left as at Webex, and turn up again if that changes.",
            n,
        )
        % n
    ),
    deeds.leave,
    warns=lambda pks: [_("Nothing changes, here or at Webex; they are reported no more, unless something does.")],
)
_RESUME = gettext_lazy("Resume")


def _asks_to_resume(count: int) -> str:
    return ngettext("Resume %d?", "Resume %d?", count) % count


def _resumed(count: int) -> str:
    return ngettext("%d was resumed.", "%d were resumed.", count) % count


VERBS: dict[Kind, tuple[Verb | Call, ...]] = {
    Kind.ACCOUNTS: (Verb("resume", _RESUME, _asks_to_resume, _resumed, deeds.resume_accounts),),
    Kind.MEETINGS: (Verb("resume", _RESUME, _asks_to_resume, _resumed, deeds.resume_meetings),),
    Kind.REFUSED: (
        Verb(
            "send_again",
            gettext_lazy("Send again"),
            lambda n: ngettext("Send %d person again?", "Send %d people again?", n) % n,
            lambda n: ngettext("%d goes again with the next push.", "%d go again with the next push.", n) % n,
            deeds.send_again,
            warns=lambda pks: [_("What was refused as it was will be refused again, unless something was mended.")],
        ),
    ),
    Kind.UNCERTAIN: (
        Call(
            "look_up",
            gettext_lazy("Look up now"),
            lambda n: ngettext("Look up %d person now?", "Look up %d people now?", n) % n,
            deeds.look_up_now,
        ),
    ),
    Kind.STUCK: (
        Verb(
            "try_at_once",
            gettext_lazy("Try with the next push"),
            lambda n: ngettext("Try %d person with the next push?", "Try %d people with the next push?", n) % n,
            lambda n: ngettext("%d is tried with the next push.", "%d are tried with the next push.", n) % n,
            deeds.try_at_once,
            fits=attention.given_up(),
        ),
    ),
    Kind.MISSING: (
        Verb(
            "look_up_again",
            gettext_lazy("Look up again"),
            lambda n: ngettext("Look up %d missing person again?", "Look up %d missing people again?", n) % n,
            lambda n: (
                ngettext("%d will be looked up with the next push.", "%d will be looked up with the next push.", n) % n
            ),
            deeds.look_up_again,
            is_asked=True,
            warns=deeds.warn_of_registering,
        ),
        _LEAVE,
    ),
    Kind.DIFFERENT: (
        Verb(
            "ask_again",
            gettext_lazy("Ask Webex again"),
            lambda n: ngettext("Ask Webex again for %d person?", "Ask Webex again for %d people?", n) % n,
            lambda n: (
                ngettext(
                    "The next push asks Webex again for %d person.", "The next push asks Webex again for %d people.", n
                )
                % n
            ),
            deeds.ask_again,
            is_asked=True,
            warns=deeds.warn_of_asking,
        ),
        Verb(
            "approve_here",
            gettext_lazy("Approve here, too"),
            lambda n: ngettext("Approve %d person here, too?", "Approve %d people here, too?", n) % n,
            lambda n: ngettext("%d approved.", "%d approved.", n) % n,
            deeds.approve_here,
            is_asked=True,
            warns=deeds.warn_of_approving,
            fits=Q(webex_status=WebexStatus.APPROVED, decision__in=APPROVABLE),
        ),
        Call(
            "read_statuses",
            gettext_lazy("Read their statuses now"),
            lambda n: ngettext("Read the status of %d person now?", "Read the statuses of %d people now?", n) % n,
            deeds.read_statuses,
        ),
        _LEAVE,
    ),
    Kind.STRANGERS: (
        Verb(
            "adopt",
            gettext_lazy("Adopt"),
            lambda n: ngettext("Adopt %d person?", "Adopt %d people?", n) % n,
            adopting.told,
            deeds.adopt,
            warns=adopting.warnings,
        ),
        Verb(
            "ignore",
            gettext_lazy("Ignore"),
            lambda n: ngettext("Ignore %d person?", "Ignore %d people?", n) % n,
            lambda n: ngettext("%d is ignored now.", "%d are ignored now.", n) % n,
            deeds.ignore,
            warns=lambda pks: [_("They stay at Webex, and are reported no more.")],
        ),
    ),
    Kind.MAILS: (
        Verb(
            "mail_again",
            gettext_lazy("Send their mail again"),
            lambda n: ngettext("Write to %d person again?", "Write to %d people again?", n) % n,
            lambda n: ngettext("%d is written to again.", "%d are written to again.", n) % n,
            deeds.mail_again,
        ),
    ),
    Kind.HELD: (),
}


def verb_of(kind: Kind, name: str) -> Verb | Call | None:
    """The verb of this name, if there is one for what is of this kind."""
    return next((verb for verb in VERBS[kind] if verb.name == name), None)
