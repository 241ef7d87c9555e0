"""The three pages, and their addresses."""

from functools import cache

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CSRF_TOKEN_LENGTH
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import path
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe

from tests.benchmarks.floor.forms import COUNTRIES, SignUpForm
from tests.benchmarks.floor.models import Mail, SignUp
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


@cache
def _filling() -> SafeString:
    """What brings the page to its weight."""
    context = {"form": SignUpForm(), "countries": _OPTIONS, "csrf_token": "-" * CSRF_TOKEN_LENGTH}
    return mark_safe("." * (FLOOR_PAGE_BYTES - len(render_to_string("floor/form.html", context).encode())))


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


urlpatterns = [path("", sign_up), path("done/", done, name="done")]
