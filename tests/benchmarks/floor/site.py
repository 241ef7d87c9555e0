"""The pages, and their addresses."""

from functools import cache

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CSRF_TOKEN_LENGTH
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import path
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe

from tests.benchmarks.floor.forms import COUNTRIES, SignUpForm
from tests.benchmarks.floor.models import Mail, Notice, Registration, SignUp
from tests.benchmarks.floor.settings import FLOOR_PAGE_BYTES

_OPTIONS = format_html_join(" ", '<option value="{0}">{0}</option>', ((name,) for name in COUNTRIES))


def sign_up(request: HttpRequest) -> HttpResponse:
    """The form; takes sign-ups."""
    if request.method == "POST":
        form = SignUpForm(request.POST)
        if form.is_valid():
            _store(form)
            return redirect("done")
    else:
        form = SignUpForm()
    return render(request, "floor/form.html", {"form": form, "countries": _OPTIONS, "filling": _filling()})


def done(request: HttpRequest) -> HttpResponse:
    """What happens next."""
    return render(request, "floor/done.html")


def own_page(request: HttpRequest, token: str) -> HttpResponse:
    """What somebody sent, and that it has arrived."""
    person = get_object_or_404(Registration, token=token)
    return render(request, "floor/own_page.html", {"person": person, "filling": _filling_of(person)})


def cancel(request: HttpRequest, token: str) -> HttpResponse:
    """Asks; and cancels, once."""
    person = get_object_or_404(Registration, token=token)
    if request.method != "POST":
        return render(request, "floor/cancel.html")
    with transaction.atomic():
        if Registration._default_manager.filter(pk=person.pk, cancelled_at=None).update(cancelled_at=timezone.now()):
            Notice(registration=person, kind="cancelled").save(force_insert=True)
    return redirect("own_page", token=token)


@cache
def _filling() -> SafeString:
    """What brings the form's page to its weight."""
    context = {"form": SignUpForm(), "countries": _OPTIONS, "csrf_token": "-" * CSRF_TOKEN_LENGTH}
    return _dots(render_to_string("floor/form.html", context))


_kept: list[SafeString] = []


def _filling_of(person: Registration) -> SafeString:
    """What brings the own page to its weight: of the first person, since they all say the same."""
    if not _kept:
        _kept.append(_dots(render_to_string("floor/own_page.html", {"person": person})))
    return _kept[0]


def _dots(page: str) -> SafeString:
    return mark_safe("." * (FLOOR_PAGE_BYTES - len(page.encode())))


def _store(form: SignUpForm) -> None:
    values = form.cleaned_data
    values["topics"] = ",".join(values["topics"])
    try:
        with transaction.atomic():
            signed_up = SignUp(**values)
            signed_up.save(force_insert=True)
            Mail(sign_up=signed_up, kind="received").save(force_insert=True)
    except IntegrityError:
        pass  # signed up before: a stranger is told nothing of it


urlpatterns = [
    path("", sign_up),
    path("done/", done, name="done"),
    path("registrations/<str:token>/", own_page, name="own_page"),
    path("registrations/<str:token>/cancel/", cancel),
]
