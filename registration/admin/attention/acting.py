"""Resolving what waits: one row, those that were chosen, or all of a kind, which is asked about first."""

from hashlib import sha256
from typing import Any

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import BadRequest, PermissionDenied
from django.db import transaction
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from registration.admin.attention import verbs
from registration.admin.attention.places import back, keys_of, kind_of
from registration.admin.attention.verbs import Call, Verb
from registration.admin.base import acting_user, tell, tell_nobody
from registration.admin.choice import SHOWN_NAMES, note_look, note_look_at_strangers
from registration.flow import attention
from registration.flow.attention import Kind
from registration.flow.moves.locking import chunks
from registration.flow.review import Reviewed
from registration.models import Account, Meeting, Submission, UnknownRegistrant

MOST_CHOSEN = 1_000
"""So many can be ticked; a page shows far fewer."""


def act(site: AdminSite, request: HttpRequest, what: str, verb_name: str) -> HttpResponse:
    """Do the verb to what was ticked, or to all of the kind once that was confirmed, and go back to the list.

    A GET changes nothing: it comes from signing in again after a button was pressed.
    """
    kind = kind_of(what)
    verb = verbs.verb_of(kind, verb_name)
    if verb is None:
        raise Http404
    if not attention.may_resolve(kind, acting_user(request)):
        raise PermissionDenied
    if request.method != "POST":
        return back(request, kind)
    parts = attention.parts(kind, request.user, at=timezone.now(), resolvable=True)
    if "all" in request.POST:
        chosen = attention.keys(parts, verb.fits, **_narrowed(request, kind))
    else:
        ticked = keys_of(request.POST.getlist(ACTION_CHECKBOX_NAME)[: MOST_CHOSEN + 1])
        if len(ticked) > MOST_CHOSEN:
            raise BadRequest("More than a page has.")
        if not ticked:
            messages.warning(request, _("Nothing was done: nothing was chosen."))
            return back(request, kind)
        chosen = attention.keys(parts, verb.fits, pk__in=ticked)
        if len(chosen) < len(ticked):
            _tell_left_out(request, kind, verb, ticked, chosen, resolvable=attention.keys(parts, pk__in=ticked))
    model = _MODELS.get(kind, Submission)
    if "all" in request.POST or verb.is_asked:
        return _asked(site, request, kind, verb, model, chosen)
    _do(request, verb, model, chosen)
    return back(request, kind)


_MODELS: dict[Kind, type[Model]] = {
    Kind.ACCOUNTS: Account,
    Kind.MEETINGS: Meeting,
    Kind.STRANGERS: UnknownRegistrant,
}


def _narrowed(request: HttpRequest, kind: Kind) -> dict[str, str]:
    """Of all who were refused, where it says so, those alone whom Webex refused in these words."""
    words = request.POST.get("words", "")
    return {"refusal": words.replace("\0", "")} if kind is Kind.REFUSED and words else {}


def _tell_left_out(
    request: HttpRequest, kind: Kind, verb: Verb | Call, ticked: set[int], chosen: list[int], *, resolvable: list[int]
) -> None:
    """Say how many of those that were ticked are left out, and why."""
    seen = attention.keys(attention.parts(kind, request.user, at=timezone.now()), pk__in=ticked)
    if gone := len(ticked) - len(seen):
        words = ngettext(
            "%d is no longer on this list: somebody else, or the portal itself, has resolved it meanwhile.",
            "%d are no longer on this list: somebody else, or the portal itself, has resolved them meanwhile.",
            gone,
        )
        messages.warning(request, words % gone)
    if only_seen := len(seen) - len(resolvable):
        words = ngettext(
            "Left as it was: %d, since you may only look at its meeting.",
            "Left as they were: %d, since you may only look at their meetings.",
            only_seen,
        )
        messages.warning(request, words % only_seen)
    if unfit := len(resolvable) - len(chosen):
        words = ngettext(
            "Left as it was: %(count)d, for which “%(verb)s” is of no use.",
            "Left as they were: %(count)d, for which “%(verb)s” is of no use.",
            unfit,
        )
        messages.warning(request, words % {"count": unfit, "verb": verb.label})


def _asked(
    site: AdminSite, request: HttpRequest, kind: Kind, verb: Verb | Call, model: type[Model], chosen: list[int]
) -> HttpResponse:
    """The page between, with exactly how many; or, once that was confirmed, do it to exactly those."""
    is_all = "all" in request.POST
    shown = sha256(repr(chosen).encode()).hexdigest()
    if request.POST.get("shown") == shown:
        _do(request, verb, model, chosen)
        return back(request, kind)
    if not chosen:
        if is_all:
            tell_nobody(request)
        return back(request, kind)
    context = {
        **site.each_context(request),
        "title": verb.asks(len(chosen)),
        "purpose": _("Look once more at whom it concerns before it is done."),
        "verb": verb,
        "has_changed": "shown" in request.POST,
        "shown": shown,
        "names": _named(request, model, chosen[:SHOWN_NAMES]),
        "more": max(0, len(chosen) - SHOWN_NAMES),
        "warnings": verb.warns(chosen),
        "is_all": is_all,
        "words": request.POST.get("words", ""),
        "selected": [] if is_all else request.POST.getlist(ACTION_CHECKBOX_NAME),
        "cancel": back(request, kind)["Location"],
    }
    return TemplateResponse(request, "admin/registration/attention/ask.html", context)


def _named(request: HttpRequest, model: type[Model], pks: list[int]) -> list[str]:
    """What they are called; where they are people, it is noted that they were looked at."""
    shown: list[Any] = list(model._default_manager.filter(pk__in=pks).order_by("pk"))
    if model is Submission:
        note_look(request, shown)
    elif model is UnknownRegistrant:
        note_look_at_strangers(request, shown)
    return [str(thing) for thing in shown]


def _do(request: HttpRequest, verb: Verb | Call, model: type[Model], chosen: list[int]) -> None:
    if not chosen:
        return
    rows = model._default_manager
    if isinstance(verb, Call):
        verbs.make(verb, request, chosen)
        return
    by, at = acting_user(request), timezone.now()
    total = Reviewed(0, 0)
    with transaction.atomic():
        for chunk in chunks(chosen):
            total += verb.do(by, rows.filter(pk__in=chunk), at)
    tell(request, verb.told(total.changed), total)
