"""The portal's addresses, and some that answer in ways that no page of the portal is meant to."""

import io

from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpRequest, HttpResponse
from django.urls import path

from portal import urls

handler400 = urls.handler400
handler404 = urls.handler404


def broken(request: HttpRequest) -> HttpResponse:
    """500."""
    raise RuntimeError


def forbidden(request: HttpRequest) -> HttpResponse:
    """403."""
    raise PermissionDenied


def file(request: HttpRequest) -> FileResponse:
    """A file to be saved."""
    return FileResponse(io.BytesIO(b"a file"), as_attachment=True, filename="file.txt")


urlpatterns = [
    *urls.urlpatterns,
    path("broken/", broken),
    path("forbidden/", forbidden),
    path("file/", file),
]
