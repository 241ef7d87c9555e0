"""The main job, told from one end to the other; everything else in the tests goes deeper into one of its lines."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.mail import EmailMessage
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from registration.models import Batch, Meeting, Submission
from registration.sandbox.seed import PRODUCT_LAUNCH_ID
from registration.sandbox.server import SandboxServer
from registration.standard_fields import CHOSEN_FIELDS, Use

pytestmark = pytest.mark.django_db


def test_from_webex_s_form_to_webex_s_status(sandbox: SandboxServer, mailoutbox: list[EmailMessage]) -> None:
    # Staff import a webinar and its form from Webex, and publish it.
    call_command("import_meeting", PRODUCT_LAUNCH_ID.upper(), "--publish")
    meeting = Meeting.objects.get()
    for field in CHOSEN_FIELDS:
        meeting.set_use(field.name, Use.OPTIONAL)
    meeting.save()

    # Ada fills in its sign-up page, the customized questions of all five types included.
    attendee = Client()
    assert attendee.get(meeting.get_absolute_url()).status_code == 200
    sent = attendee.post(meeting.get_absolute_url(), typed_by_ada(meeting))
    assert (sent.status_code, sent.headers["Location"]) == (302, reverse("done", args=[meeting.slug]))
    assert attendee.get(sent.headers["Location"]).status_code == 200

    # She gets a mail, which cron sends, with her reference number and the link to her own page.
    call_command("send_mails")
    [mail] = mailoutbox
    ada = Submission.objects.get()
    assert mail.to == ["Ada@Example.com"]
    assert ada.reference in mail.subject
    [link] = re.findall(r"http://testserver(/registrations/\S+)", str(mail.body))
    assert "We have received your registration" in attendee.get(link).text

    # Nobody is sent to Webex before staff have approved them.
    call_command("push_registrations")
    assert sandbox.store.registrants(PRODUCT_LAUNCH_ID) == []

    # Staff approve her in the admin, and cron pushes her to Webex.
    staff = Client()
    staff.force_login(User.objects.create_superuser("staff"))
    staff.post(reverse("admin:registration_submission_changelist"), {"action": "approve", "_selected_action": [ada.pk]})
    call_command("push_registrations")
    [registrant] = sandbox.store.registrants(PRODUCT_LAUNCH_ID)
    assert (registrant.email, registrant.status) == ("ada@example.com", "pending")
    [call] = [call for call in sandbox.store.calls if call.operation == "bulkInsert"]
    assert call.body == {"items": [sent_to_webex()]}

    # The call is a batch that staff can open.
    batch = Batch.objects.get()
    page = staff.get(reverse("admin:registration_batch_change", args=[batch.pk]))
    assert batch.tracking_id in page.text

    # The host approves her at Webex, cron reads it back, and she can see it.
    sandbox.store.set_status(PRODUCT_LAUNCH_ID, [registrant.id], "approved")
    call_command("sync_statuses")
    ada.refresh_from_db()
    assert (ada.decision, ada.presence, ada.webex_status) == ("approved", "registered", "approved")
    assert "Registered with Webex, and approved there." in attendee.get(link).text


def typed_by_ada(meeting: Meeting) -> dict[str, Any]:
    """What Ada types and chooses."""
    chosen = {
        "How did you hear about this event?": ["A colleague"],
        "Which topics interest you?": ["Security and compliance", "Management of many rooms"],
        "Do you use our products today?": ["No"],
        "What is your role in buying decisions?": ["I decide"],
        "What would you like to ask the product team?": ["Two\r\nlines"],
    }
    fields: dict[str, Any] = {
        "first_name": "Ada",
        "last_name": "O’Neil",
        "email": " Ada@Example.com ",
        "company_name": "Engines & Co",
        "zip_code": "02139",
        "country_region": "United States",
        "work_phone": "(617) 555-0100",
    }
    for question in meeting.questions.prefetch_related("options"):
        options = {option.text: str(option.pk) for option in question.options.all()}
        fields[f"question_{question.pk}"] = [options.get(text, text) for text in chosen[question.text]]
    return fields


def sent_to_webex() -> dict[str, Any]:
    """Ada, as Webex is told of her."""
    return {
        "firstName": "Ada",
        "lastName": "O’Neil",
        "email": "Ada@Example.com",
        "sendEmail": True,
        "companyName": "Engines & Co",
        "zipCode": "02139",
        "countryRegion": "United States",
        "workPhone": "+1 617-555-0100",
        "customizedQuestions": [
            {"questionId": 330521, "answers": [{"optionId": 2, "answer": "A colleague"}]},
            {
                "questionId": 330522,
                "answers": [
                    {"optionId": 2, "answer": "Security and compliance"},
                    {"optionId": 3, "answer": "Management of many rooms"},
                ],
            },
            {"questionId": 330523, "answers": [{"optionId": 2, "answer": "No"}]},
            {"questionId": 330524, "answers": [{"answer": "I decide"}]},
            {"questionId": 330525, "answers": [{"answer": "Two\nlines"}]},
        ],
    }
