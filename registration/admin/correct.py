"""The pages on which staff correct a registration: the form, then what follows from it, then it is done."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from registration.admin import looks, private
from registration.admin.base import StaffAdmin, acting_user
from registration.errors import AddressTaken, ChangedMeanwhile
from registration.flow import correct
from registration.forms import CorrectionForm
from registration.models import Submission

URL_NAME = "registration_submission_correct"


def correct_address(model_admin: StaffAdmin, request: HttpRequest, submission: Submission) -> str:
    """The address of the page, which keeps the filters of the list that one came from; empty for who may not use it."""
    if not model_admin.has_review_permission(request, submission) or submission.erase_asked_at is not None:
        return ""
    filters = model_admin.get_preserved_filters(request)
    return reverse(f"admin:{URL_NAME}", args=[submission.pk]) + (f"?{filters}" if filters else "")


def correct_page(model_admin: StaffAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """Show the form; on a POST what would follow from it; and do it on another, if that is still what follows."""
    if not model_admin.has_review_permission(request):
        raise PermissionDenied
    # Read once, so that the version is that of what is shown.
    theirs = model_admin.only(request, "review", model_admin.get_queryset(request))
    submission = get_object_or_404(theirs.prefetch_related("answers"), pk=pk)
    pages = _Pages(model_admin, request, submission)
    if submission.erase_asked_at is not None:
        messages.warning(request, _("This registration was erased."))
        return HttpResponseRedirect(pages.address)
    if request.method != "POST":
        return pages.form(pages.stored_form())
    form = pages.stored_form(request.POST)
    is_stale = request.POST.get("version") != correct.version(submission)
    if not form.is_valid():
        return pages.anew() if is_stale else pages.form(form)
    try:
        plan = correct.plan(submission, values=form.values(), answers=form.answers(), at=timezone.now())
        if is_stale and plan.changes:
            return pages.anew(plan)
        if "edit" in request.POST:
            return pages.form(form)
        shown = request.POST.get("shown")
        if plan.changes and shown != plan.fingerprint:
            return pages.preview(form, plan, is_shown_again=shown is not None)
        return pages.done(_correct(request, submission, form, shown=shown) if plan.changes else plan)
    except AddressTaken as error:
        form.add_error("email", str(error.words))
        return pages.form(form)
    except ChangedMeanwhile:
        # Between the look and the lock. What it is now, the next look tells.
        return correct_page(model_admin, request, pk)


def _correct(request: HttpRequest, submission: Submission, form: CorrectionForm, *, shown: str | None) -> correct.Plan:
    return correct.correct(
        submission,
        values=form.values(),
        answers=form.answers(),
        by=acting_user(request),
        at=timezone.now(),
        shown=shown,
    )


class _Pages:
    """The answers to a request about one submission."""

    def __init__(self, model_admin: StaffAdmin, request: HttpRequest, submission: Submission) -> None:
        self.model_admin, self.request, self.submission = model_admin, request, submission
        self.address = model_admin.object_address(request, submission)
        self.withheld = private.withheld_questions(request, submission.meeting)

    def stored_form(self, data: QueryDict | None = None) -> CorrectionForm:
        """The form filled in with what is stored, or with ``data``; without the private questions of others."""
        return CorrectionForm(data, submission=self.submission, withheld=self.withheld)

    def form(self, form: CorrectionForm, **more: Any) -> HttpResponse:
        """The form, with what is wrong with it."""
        groups = [
            (_("Person"), [form[name] for name in form.fields if name not in form.questions]),
            (_("Answers"), [form[name] for name in form.questions]),
        ]
        return self._page("correct", form=form, groups=[group for group in groups if group[1]], **more)

    def anew(self, plan: correct.Plan | None = None) -> HttpResponse:
        """The form with what is stored by now, and beside it what was entered before somebody else changed that."""
        return self.form(self.stored_form(), is_anew=True, entered=plan and plan.changes)

    def preview(self, form: CorrectionForm, plan: correct.Plan, *, is_shown_again: bool) -> HttpResponse:
        """What would change, and what follows from it at Webex."""
        return self._page("correct_preview", form=form, plan=plan, is_shown_again=is_shown_again)

    def done(self, plan: correct.Plan) -> HttpResponse:
        """Back to the person's page."""
        if plan.changes:
            messages.success(self.request, " ".join([_("Corrected."), *plan.consequences[:1]]))
        else:
            messages.info(self.request, _("Nothing was changed: this is what is stored already."))
        return HttpResponseRedirect(self.address)

    def _page(self, name: str, *, form: CorrectionForm, **more: Any) -> HttpResponse:
        looks.note_page(self.model_admin, self.request, self.submission, how=_("To correct the answers."))
        context = {
            **self.model_admin.admin_site.each_context(self.request),
            "title": _("Correct the answers of %(name)s") % {"name": self.submission.full_name},
            "purpose": _("Put right what this person told us; before it is stored you see what follows from it."),
            "opts": self.model_admin.opts,
            "original": self.submission,
            "form": form,
            "has_withheld": bool(self.withheld),
            "version": correct.version(self.submission),
            "back": self.address,
            "media": self.model_admin.media + form.media,
            **more,
        }
        return TemplateResponse(self.request, f"admin/registration/submission/{name}.html", context)
