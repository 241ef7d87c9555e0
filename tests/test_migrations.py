"""What the migrations make of the rows that are there."""

from importlib import import_module

import pytest
from django.apps import apps

from registration.models import Submission
from tests.cast import MeetingFactory, SubmissionFactory

pytestmark = pytest.mark.django_db


def test_addresses_at_internationalized_domains_are_compared_in_their_ascii_form() -> None:
    old = SubmissionFactory(email="Ann@Bücher.example")
    Submission.objects.filter(pk=old.pk).update(email_key="ann@bücher.example", sent_email="ann@bücher.example")
    meeting = MeetingFactory()
    SubmissionFactory(meeting=meeting, email="eve@xn--bcher-kva.example")
    double = SubmissionFactory(meeting=meeting, email="eve@example.com")
    Submission.objects.filter(pk=double.pk).update(email_key="eve@bücher.example")
    import_module("registration.migrations.0004_ascii_email_keys").rekey(apps, None)
    assert list(Submission.objects.order_by("pk").values_list("email_key", "sent_email")) == [
        ("ann@xn--bcher-kva.example", "ann@xn--bcher-kva.example"),
        ("eve@xn--bcher-kva.example", ""),
        ("eve@bücher.example", ""),
    ]
