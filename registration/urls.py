"""The addresses that visitors and attendees use."""

from django.urls import path

from registration.views import health, meetings, own_page

urlpatterns = [
    path("", meetings.meeting_list, name="meetings"),
    path("meetings/<slug:slug>/", meetings.meeting, name="meeting"),
    path("meetings/<slug:slug>/done/", meetings.done, name="done"),
    path("registrations/<str:token>/", own_page.registration, name="registration"),
    path("healthz", health.healthz, name="healthz"),
]
