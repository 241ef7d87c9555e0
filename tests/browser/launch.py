"""The sandbox's product launch as a meeting of the portal, and the demonstration's people signed up for it."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from registration.demo.people import Person
from registration.models import Answer, Meeting, Submission
from registration.sandbox.seed import PRODUCT_LAUNCH_AGENDA, PRODUCT_LAUNCH_FORM, PRODUCT_LAUNCH_ID
from registration.standard_fields import STANDARD_FIELDS, Use
from tests.cast import MeetingFactory, QuestionFactory, SubmissionFactory


def launch(**changes: Any) -> Meeting:
    """The launch, with every standard field and a question of each type; ``changes`` are fields of ``Meeting``."""
    facts: dict[str, Any] = {
        "slug": "product-launch",
        "title": "Product launch",
        "agenda": PRODUCT_LAUNCH_AGENDA,
        "start_at": (timezone.now() + timedelta(days=30)).replace(hour=16, minute=0, second=0, microsecond=0),
        "timezone": "America/New_York",
        "scheduled_type": Meeting.ScheduledType.WEBINAR,
        "host_display_name": "Dana Host",
        "host_email": "dana.host@example.com",
        "webex_id": PRODUCT_LAUNCH_ID,
        "shows_all": True,
        "company_name_use": Use.REQUIRED,
    }
    meeting: Meeting = MeetingFactory(**(facts | changes))
    for position, question in enumerate(PRODUCT_LAUNCH_FORM.questions):
        QuestionFactory(
            meeting=meeting,
            webex_id=str(question.id),
            text=question.text,
            type=question.type,
            is_required=question.is_required,
            max_length=question.max_length,
            position=position,
            options=[option.text for option in question.options],
        )
    return meeting


def sign_up(person: Person, *, meeting: Meeting, **changes: Any) -> Submission:
    """The person's submission for the launch, with their answers; ``changes`` are fields of ``Submission``."""
    facts: dict[str, Any] = {field.name: getattr(person, field.name) for field in STANDARD_FIELDS}
    submission: Submission = SubmissionFactory(meeting=meeting, **(facts | changes))
    for question in meeting.questions.prefetch_related("options"):
        options = {option.text: option for option in question.options.all()}
        texts = [text for start, given in person.answers.items() if question.text.startswith(start) for text in given]
        Answer.objects.bulk_create(
            Answer(
                submission=submission,
                question=question,
                question_text=question.text,
                option=options.get(text),
                text=text,
                position=question.position,
            )
            for text in texts
        )
    return submission
