"""The addresses that visitors and attendees use."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from registration.views import health, meetings, own_page, sign_up


class TokenConverter(StringConverter):
    """The secret in the address of an own page: what ``new_token`` makes, and nothing else reaches the database."""

    regex = "[A-Za-z0-9_-]{43}"


register_converter(TokenConverter, "token")

urlpatterns = [
    path("", meetings.meeting_list, name="meetings"),
    path("meetings/<slug:slug>/", sign_up.meeting, name="meeting"),
    path("meetings/<slug:slug>/done/", meetings.done, name="done"),
    path("registrations/<token:token>/", own_page.registration, name="registration"),
    path("healthz", health.healthz, name="healthz"),
]
