"""The addresses that visitors and attendees use."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from registration.views import erasure, health, look, meetings, own_actions, own_change, own_page, places, sign_up


class TokenConverter(StringConverter):
    """The secret in the address of an own page: what ``new_token`` makes, and nothing else reaches the database."""

    regex = "[A-Za-z0-9_-]{43}"


class DigestConverter(StringConverter):
    """The part of an address that changes with what is there, so that it may be kept for ever."""

    regex = "[0-9a-f]{16}"


register_converter(TokenConverter, "token")
register_converter(DigestConverter, "digest")

urlpatterns = [
    path("", meetings.meeting_list, name="meetings"),
    path("meetings/<slug:slug>/", sign_up.meeting, name="meeting"),
    path("meetings/<slug:slug>/done/", meetings.done, name="done"),
    path("meetings/<slug:slug>/logo-<digest:digest>.<slug:ending>", look.logo, name="logo"),
    path("meetings/<slug:slug>/colours-<digest:digest>.css", look.colors, name="colors"),
    path("registrations/<token:token>/", own_page.registration, name="registration"),
    path("registrations/<token:token>/calendar.ics", own_page.calendar, name="calendar"),
    path("registrations/<token:token>/change/", own_change.change, name="change"),
    path("registrations/<token:token>/cancel/", own_actions.cancel, name="cancel"),
    path("registrations/<token:token>/again/", own_actions.again, name="again"),
    path("registrations/<token:token>/new-link/", own_actions.new_link, name="new-link"),
    path("registrations/link-sent/", own_actions.link_sent, name="link-sent"),
    path("registrations/<token:token>/confirm/", places.confirm_address, name="confirm"),
    path("registrations/<token:token>/place/", places.place, name="place"),
    path("registrations/<token:token>/data.json", erasure.data, name="registration-data"),
    path("registrations/<token:token>/erase/", erasure.erasure, name="registration-erase"),
    path("registrations/erased/", erasure.erased, name="erased"),
    path("healthz", health.healthz, name="healthz"),
]
