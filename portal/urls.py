"""The addresses of the site."""

from django.contrib import admin
from django.urls import include, path

handler400 = "registration.views.failures.bad_request"
handler404 = "registration.views.failures.page_not_found"

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("registration.urls")),
]
