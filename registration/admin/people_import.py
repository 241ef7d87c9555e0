"""People of a file become registrations of a meeting: upload, columns, preview, import; and the way back."""

from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_safe

from registration import audit
from registration.admin import jobs as job_pages
from registration.admin.base import StaffAdmin, acting_user, meeting_for
from registration.admin.export import attachment
from registration.admin.import_steps import ChoiceForm, ColumnsForm, may_undo, problem_rows
from registration.admin.words import state_word
from registration.flow import enlist, jobs
from registration.models import Job, JobPart, JobRow, Meeting
from registration.transfer import reading, run, writing
from registration.uploads import LargeUpload

UPLOAD, STEP = "registration_meeting_people", "registration_meeting_people_step"
PROGRESS, PROBLEMS = "registration_meeting_people_progress", "registration_meeting_people_problems"
"""The names of the addresses."""

REVIEW = "registration.change_submission"
_SHOWN = 20
_PROBLEM_ROWS = 50
_KEPT_SHOWN = 100
_ENVELOPE = 100_000
"""So many bytes a browser sends around a file."""


class UploadForm(forms.Form):
    """A file that can be read."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy(
            "CSV or XLSX, with the names of the columns in its first row; at most 50,000 rows, 20 MB."
        ),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.xlsx"}),
        error_messages={"required": gettext_lazy("Choose a file"), "empty": gettext_lazy("The file is empty.")},
    )

    def clean_file(self) -> Any:
        """Without what cannot be read at all; the rest is found when every row is checked."""
        file = self.cleaned_data["file"]
        if file.size > reading.MOST_BYTES:
            raise ValidationError(_("The file has more than %d MB.") % (reading.MOST_BYTES // 1_000_000))
        try:
            reading.header_of(file.read())
        except reading.NotReadable as error:
            raise ValidationError(str(error)) from error
        file.seek(0)
        return file


def addresses(model_admin: StaffAdmin) -> list[URLPattern]:
    """The addresses of the pages, below that of the meeting."""
    view = model_admin.admin_site.admin_view
    return [
        # It looks for the CSRF token itself: only then is the file read, by whoever may upload one.
        path("<int:pk>/people/", view(csrf_exempt(partial(upload_page, model_admin))), name=UPLOAD),
        path("<int:pk>/people/<int:job_pk>/", view(partial(step_page, model_admin)), name=STEP),
        path(
            "<int:pk>/people/<int:job_pk>/progress/", view(require_safe(partial(progress, model_admin))), name=PROGRESS
        ),
        path(
            "<int:pk>/people/<int:job_pk>/problems.csv",
            view(require_safe(partial(problems, model_admin))),
            name=PROBLEMS,
        ),
    ]


def link(model_admin: StaffAdmin, request: HttpRequest, meeting: Meeting) -> tuple[str, str] | None:
    """The way there."""
    if not _may(model_admin, request, meeting):
        return None
    return _("Import people"), reverse(f"admin:{UPLOAD}", args=[meeting.pk])


def upload_page(model_admin: StaffAdmin, request: HttpRequest, pk: int) -> HttpResponseBase:
    """The first step, and the imports that there were."""
    meeting = _meeting(model_admin, request, pk)
    length = str(request.META.get("CONTENT_LENGTH") or "0")
    if length.isdecimal() and int(length) > reading.MOST_BYTES + _ENVELOPE:
        return HttpResponse(render_to_string("413.html"), status=413)
    request.upload_handlers = [LargeUpload(request)]
    taken: HttpResponseBase = csrf_protect(partial(_upload, model_admin, meeting=meeting))(request)
    return taken


def _upload(model_admin: StaffAdmin, request: HttpRequest, *, meeting: Meeting) -> HttpResponse:
    form = UploadForm(request.POST or None, request.FILES or None) if request.method == "POST" else UploadForm()
    why_not = enlist.against_people(meeting, at=timezone.now())
    if not why_not and form.is_bound and form.is_valid():
        file = form.cleaned_data["file"]
        job = jobs.prepare(meeting=meeting, by=acting_user(request), content=file.chunks(), file=str(file.name)[:100])
        return HttpResponseRedirect(reverse(f"admin:{STEP}", args=[meeting.pk, job.pk]))
    imports = meeting.jobs.order_by("-asked_at", "-pk").select_related("by")[:_SHOWN]
    return _page(
        model_admin,
        request,
        meeting,
        "upload",
        title=_("Import people"),
        purpose=_(
            "People of a file become registrations of this meeting: every cell is held to the rules of the sign-up "
            "form, and shown before anything is stored."
        ),
        form=form,
        why_not=why_not,
        imports=[{"job": job, "state": state_word(Job.State, job.state)} for job in imports],
    )


def step_page(model_admin: StaffAdmin, request: HttpRequest, pk: int, job_pk: int) -> HttpResponse:
    """The step at which the import is: its columns, a preview, how far it is, or what came of it."""
    meeting = _meeting(model_admin, request, pk)
    job = get_object_or_404(meeting.jobs.select_related("by", "meeting"), pk=job_pk)
    here = HttpResponseRedirect(reverse(f"admin:{STEP}", args=[pk, job_pk]))
    columns = choice = None
    if request.method == "POST":
        if "check" in request.POST:
            columns = _columns_form(job, request.POST)
            if columns is None or (columns.is_valid() and _check(request, job, columns)):
                return here
        elif "import" in request.POST:
            choice = ChoiceForm(request.POST, job=job)
            if choice.is_valid():
                _import(request, job, choice)
                return here
        else:
            _stop_or_undo(request, job)
            return here
    return _step(model_admin, request, meeting, job, columns=columns, choice=choice)


def _step(
    model_admin: StaffAdmin,
    request: HttpRequest,
    meeting: Meeting,
    job: Job,
    *,
    columns: ColumnsForm | None,
    choice: ChoiceForm | None,
) -> HttpResponse:
    is_preview = job.work == Job.Work.CHECK and job.state == Job.State.DONE
    bad_page = Paginator(_bad(job), _PROBLEM_ROWS).get_page(request.GET.get("page")) if is_preview else None
    columns = columns or (_columns_form(job, None) if _may_check(job) else None)
    # The columns are shown with what stands first in each.
    if named := len(bad_page or ()) or int(columns is not None):
        _note_look(request, job, count=named)
    kept = _kept(request, job) if job.work == Job.Work.UNDO else []
    counts = enlist.counts(job) if not job.is_going_on else {}
    return _page(
        model_admin,
        request,
        meeting,
        "step",
        title=_("Import of “%s”") % job.parameters.get("file", ""),
        purpose=_("What becomes of each row of the file: looked at first, then done, and undone again where need be."),
        **job_pages.told(job),
        is_preview=is_preview,
        columns=columns,
        choice=choice or (ChoiceForm(job=job) if is_preview else None),
        checked=job.asked_at.isoformat(),
        why_not=enlist.against_rows(job, at=timezone.now()) if is_preview else "",
        counts=counts,
        bad_page=bad_page,
        without_place=enlist.without_place(meeting, counts.get("new", 0)) if is_preview else 0,
        kept=kept,
        may_undo=may_undo(job),
        upload=reverse(f"admin:{UPLOAD}", args=[meeting.pk]),
        progress=reverse(f"admin:{PROGRESS}", args=[meeting.pk, job.pk]),
        problems=reverse(f"admin:{PROBLEMS}", args=[meeting.pk, job.pk]),
    )


def _kept(request: HttpRequest, job: Job) -> list[JobRow]:
    """The first rows whose people an undoing has left, which names them; that they were looked at is noted."""
    rows = job.rows.filter(outcome=JobRow.Outcome.KEPT, submission__isnull=False).select_related("submission")
    shown = list(rows.order_by("number")[:_KEPT_SHOWN])
    if shown:
        _note_look(request, job, count=len(shown))
    return shown


def _bad(job: Job) -> QuerySet[JobRow]:
    return job.rows.filter(outcome=JobRow.Outcome.BAD).order_by("number")


def _note_look(request: HttpRequest, job: Job, *, count: int) -> None:
    by, thing = acting_user(request), f"import {job.pk}"
    audit.note(by, audit.Action.LISTED, meeting=job.meeting, thing=thing, count=count)


def progress(model_admin: StaffAdmin, request: HttpRequest, pk: int, job_pk: int) -> HttpResponse:
    """How far it is, as the fragment that poll.js asks for."""
    meeting = _meeting(model_admin, request, pk)
    job = get_object_or_404(meeting.jobs, pk=job_pk)
    return job_pages.fragment(request, job, next=reverse(f"admin:{STEP}", args=[pk, job_pk]))


def problems(model_admin: StaffAdmin, request: HttpRequest, pk: int, job_pk: int) -> HttpResponseBase:
    """Every bad cell, and every row that is skipped and why, as CSV; of how many rows cells were in it is noted."""
    meeting = _meeting(model_admin, request, pk)
    job = get_object_or_404(meeting.jobs, pk=job_pk)
    by, thing = acting_user(request), f"CSV: problems of import {job.pk}"
    audit.note(by, audit.Action.EXPORTED, meeting=meeting, thing=thing, count=_bad(job).count())
    header = [_("Row"), _("Column"), _("Value"), _("What is wrong")]
    return attachment(writing.as_csv(header, problem_rows(job)), f"problems-of-import-{job.pk}.csv")


# --- what the buttons do ----------------------------------------------------------------------------------------------


def _check(request: HttpRequest, job: Job, columns: ColumnsForm) -> bool:
    """Have the rows checked. Whether somebody else has asked for it already makes no difference."""
    mapping = columns.mapping
    if jobs.ask(
        job, Job.Work.CHECK, after=jobs.CHECKABLE, by=acting_user(request), mapping=mapping, header=columns.header
    ):
        run.start(job)
    return True


def _import(request: HttpRequest, job: Job, choice: ChoiceForm) -> None:
    """Have the rows imported, as the user was shown them. Whether it was asked for already makes no difference."""
    if job.work == Job.Work.CHECK and (words := _why_not(request, job)):
        messages.warning(request, words)
        return
    asked = jobs.ask(
        job,
        Job.Work.IMPORT,
        after=jobs.IMPORTABLE & Q(asked_at=job.asked_at),
        by=acting_user(request),
        total=job.rows.filter(outcome=JobRow.Outcome.NEW).count(),
        decision=choice.cleaned_data["decision"],
        mails=choice.cleaned_data["mails"],
    )
    if asked:
        run.start(job)


def _why_not(request: HttpRequest, job: Job) -> str:
    if request.POST.get("checked") != job.asked_at.isoformat():
        return _("The rows were checked anew meanwhile: look at them again.")
    return enlist.against_rows(job, at=timezone.now())


def _stop_or_undo(request: HttpRequest, job: Job) -> None:
    if "stop" in request.POST and jobs.cancel(job, by=acting_user(request)):
        messages.success(request, _("It was stopped. What was done until then is below."))
    elif "undo" in request.POST and may_undo(job):
        total = job.rows.filter(outcome=JobRow.Outcome.IMPORTED).count()
        if jobs.ask(job, Job.Work.UNDO, after=jobs.UNDOABLE, by=acting_user(request), total=total):
            run.start(job)


def _may_check(job: Job) -> bool:
    return job.work == Job.Work.CHECK and not job.is_going_on and jobs.has_file(job, JobPart.Kind.UPLOAD)


def _columns_form(job: Job, data: Any) -> ColumnsForm | None:
    """The form that says what each column is; ``None`` where the file cannot be read, or is gone."""
    try:
        header, sample = reading.header_of(b"".join(jobs.read_parts(job, JobPart.Kind.UPLOAD)))
    except reading.NotReadable:
        return None
    return ColumnsForm(data, job=job, header=header.cells, sample=[row.cells for row in sample])


def _meeting(model_admin: StaffAdmin, request: HttpRequest, pk: int) -> Meeting:
    """The meeting, for its managers, who review as well; anybody else does not find it, or is refused."""
    meeting = meeting_for(model_admin, request, pk, verb="change")
    if not _may(model_admin, request, meeting):
        raise PermissionDenied
    return meeting


def _may(model_admin: StaffAdmin, request: HttpRequest, meeting: Meeting) -> bool:
    return model_admin.may(request, "change", meeting) and request.user.has_perm(REVIEW, meeting)


def _page(
    model_admin: StaffAdmin, request: HttpRequest, meeting: Meeting, template: str, **more: Any
) -> TemplateResponse:
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "media": model_admin.media,
        "meeting": meeting,
        "back": reverse("admin:registration_meeting_change", args=[meeting.pk]),
        **more,
    }
    return TemplateResponse(request, f"admin/registration/meeting/people_{template}.html", context)
