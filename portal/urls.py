"""The addresses of the site."""

from django.contrib import admin
from django.urls import include, path

from registration.views import failures

handler400 = "registration.views.failures.bad_request"
handler403 = "registration.views.failures.permission_denied"
handler404 = "registration.views.failures.page_not_found"

urlpatterns = [
    # Django would lead whoever is signed in from any row to its page here, whatever they may see. An attendee's is
    # secret.
    path("admin/r/<path:row>", failures.nothing_here),
    path("admin/", admin.site.urls),
    path("", include("registration.urls")),
]
