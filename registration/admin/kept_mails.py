"""The mails that are kept as files instead of being sent, for trying the portal out."""

from functools import partial
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from registration import roles
from registration.admin import looks
from registration.admin.base import StaffAdmin
from registration.admin.html_page import html_page
from registration.mail import kept

LIST, MAIL, HTML, ATTACHED = (f"registration_mail_kept{part}" for part in ("", "_mail", "_html", "_attached"))
"""The names of the addresses."""

_MOST = 200


def addresses(model_admin: StaffAdmin) -> list[URLPattern]:
    """The addresses of all their pages."""
    view = model_admin.admin_site.admin_view
    one = "kept/<str:name>/<int:number>/"
    return [
        path("kept/", view(require_safe(partial(list_page, model_admin))), name=LIST),
        path(one, view(require_safe(partial(mail_page, model_admin))), name=MAIL),
        path(f"{one}html/", view(require_safe(partial(mail_html, model_admin))), name=HTML),
        path(f"{one}attached/<int:place>/", view(require_safe(partial(mail_attached, model_admin))), name=ATTACHED),
    ]


def list_page(model_admin: StaffAdmin, request: HttpRequest) -> HttpResponse:
    """The newest of them."""
    _check(model_admin, request)
    looks.note(request, _("kept mails"))
    return _page(model_admin, request, "list", title=_("Kept mails"), mails=kept.newest(_MOST))


def mail_page(model_admin: StaffAdmin, request: HttpRequest, name: str, number: int) -> HttpResponse:
    """One of them: its headers, its text, and what is attached."""
    mail = _find(model_admin, request, name, number)
    attached = [
        (f"{part.get_filename()} ({part['Content-Type']})", reverse(f"admin:{ATTACHED}", args=[name, number, place]))
        for place, part in enumerate(mail.attachments)
    ]
    return _page(model_admin, request, "mail", title=mail.subject, mail=mail, attached=attached)


def mail_html(model_admin: StaffAdmin, request: HttpRequest, name: str, number: int) -> HttpResponse:
    """Its HTML."""
    return html_page(_find(model_admin, request, name, number).html)


def mail_attached(model_admin: StaffAdmin, request: HttpRequest, name: str, number: int, place: int) -> HttpResponse:
    """One of the files that are attached, to be saved."""
    parts = _find(model_admin, request, name, number).attachments
    if place >= len(parts):
        raise Http404
    part = parts[place]
    return HttpResponse(
        part.get_payload(decode=True) or b"",
        content_type=f"{part.get_content_type()}; charset={part.get_content_charset('utf-8')}",
        headers={
            "Content-Disposition": content_disposition_header(True, part.get_filename("attached")) or "attachment"
        },
    )


def _find(model_admin: StaffAdmin, request: HttpRequest, name: str, number: int) -> kept.KeptMail:
    _check(model_admin, request)
    mail = kept.find(name, number)
    if mail is None:
        raise Http404
    looks.note(request, _("a kept mail"))
    return mail


def _check(model_admin: StaffAdmin, request: HttpRequest) -> None:
    """They hold people's secret links, of every meeting: only who may decide about all of them sees them, and only
    where they are kept.
    """
    if roles.scope(request.user, *model_admin.permissions_of("review")) is not None:
        raise PermissionDenied
    if not kept.is_kept():
        raise Http404


def _page(model_admin: StaffAdmin, request: HttpRequest, template: str, **more: Any) -> HttpResponse:
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "media": model_admin.media,
        "purpose": _("What the portal wrote while it was tried out: these mails went to no mail server."),
        **more,
    }
    return TemplateResponse(
        request, f"admin/registration/mail/kept_{template}.html", context, headers={"Cache-Control": "no-store"}
    )
