"""Exports that are made in the background: how far they are, and the download. Each of the staff sees their own."""

from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from registration import roles
from registration.admin.base import acting_user
from registration.admin.export import attachment
from registration.admin.words import state_word
from registration.flow import jobs
from registration.models import Job, JobPart
from registration.transfer import run

REVIEW = "registration.change_submission"
_SHOWN = 50


def addresses(site: admin.AdminSite) -> list[URLPattern]:
    """The addresses of the pages."""
    view = site.admin_view
    return [
        path("exports/", view(require_safe(partial(list_page, site))), name="jobs"),
        path("exports/<int:pk>/", view(require_safe(partial(job_page, site))), name="job"),
        path("exports/<int:pk>/progress/", view(require_safe(progress)), name="job_progress"),
        path("exports/<int:pk>/download/", view(require_safe(download)), name="job_download"),
        path("exports/<int:pk>/stop/", view(require_POST(stop)), name="job_stop"),
    ]


def list_page(site: admin.AdminSite, request: HttpRequest) -> HttpResponse:
    """The user's own exports, the newest first, for whoever may export anything."""
    if not request.user.has_perm(REVIEW):
        raise PermissionDenied
    own = _own(request).order_by("-asked_at", "-pk")[:_SHOWN]
    shown = [{"job": job, "state": state_word(Job.State, job.state)} for job in own]
    context = {
        **site.each_context(request),
        "title": _("Your exports"),
        "purpose": _("Exports that are made in the background are downloaded here for a day, by nobody but you."),
        "jobs": shown,
    }
    return TemplateResponse(request, "admin/registration/job/list.html", context)


def job_page(site: admin.AdminSite, request: HttpRequest, pk: int) -> HttpResponse:
    """One export: how far it is, and the download."""
    job = get_object_or_404(_own(request), pk=pk)
    context = {
        **site.each_context(request),
        "title": _("Export of %s people") % f"{job.total:,}",
        "purpose": _("A workbook of everybody who was on the list when you asked for it."),
        **told(job),
    }
    return TemplateResponse(request, "admin/registration/job/job.html", context)


def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The same, as the fragment that poll.js asks for."""
    return fragment(request, get_object_or_404(_own(request), pk=pk))


def download(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The file, to who had it made, as long as they may see all of it, and nobody in it was erased since."""
    job = get_object_or_404(_own(request), pk=pk, state=Job.State.DONE)
    may_export = roles.may(request.user, REVIEW, job.parameters["meetings"])
    if not (may_export and roles.may(request.user, roles.SEE_PRIVATE, job.result.get("private_of", []))):
        raise Http404
    is_whole = job.parts.filter(kind=JobPart.Kind.DOWNLOAD).count() == job.result.get("parts")
    if not is_whole or run.is_outdated(job):
        job.parts.all().delete()
        messages.warning(
            request,
            _("The file is no longer here: a day has passed, or somebody of its meetings was erased. Export it again."),
        )
        return HttpResponseRedirect(reverse("admin:job", args=[pk]))
    return attachment(jobs.read_parts(job, JobPart.Kind.DOWNLOAD), f"registrations-{job.asked_at:%Y-%m-%d}.xlsx")


def stop(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop it."""
    job = get_object_or_404(_own(request), pk=pk)
    if jobs.cancel(job, by=acting_user(request)):
        messages.success(request, _("The export was stopped."))
    return HttpResponseRedirect(reverse("admin:job", args=[pk]))


def fragment(request: HttpRequest, job: Job, **more: Any) -> HttpResponse:
    """How far a job is, as a part of a page; with the header that ends the asking, once it is over."""
    response = render(request, "admin/registration/job/progress.html", {**told(job), **more})
    response.headers["Cache-Control"] = "no-store"
    if not job.is_going_on:
        response.headers["X-Poll"] = "done"
    return response


def told(job: Job) -> dict[str, Any]:
    """What the pages say of a job: how far it is, how fast, and until when."""
    now = timezone.now()
    seconds = max(0.001, ((job.finished_at or now) - job.started_at).total_seconds()) if job.started_at else 0
    rate = job.done / seconds if seconds else 0
    left = (job.total - job.done) / rate if rate and job.is_going_on else None
    return {
        "job": job,
        "state": state_word(Job.State, job.state),
        "percent": min(100, job.done * 100 // job.total) if job.total else 0,
        "rate": round(rate),
        "left_seconds": None if left is None else round(left),
        "seconds": round(seconds),
        "has_file": job.state == Job.State.DONE and jobs.has_file(job, JobPart.Kind.DOWNLOAD),
        "kept_until": job.finished_at + jobs.FILES_ARE_KEPT if job.finished_at else None,
    }


def _own(request: HttpRequest) -> Any:
    user: User = acting_user(request)
    return Job.objects.filter(by=user, work=Job.Work.EXPORT)
