"""The cast: factories for meetings, their forms and the people who register."""

from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import factory
from django.utils import timezone
from PIL import Image, ImageDraw, ImageFont

from registration import pictures
from registration.models import ApprovalRule, Logo, Meeting, Option, Question, Submission
from registration.standard_fields import CHOSEN_FIELDS, Use
from registration.states import Decision, Presence

WEBEX_ID = "a1b2c3d4e5f60718293a4b5c6d7e8f90"


class MeetingFactory(factory.django.DjangoModelFactory):
    """A published meeting in 30 days that is open for registration; ``shows_all`` shows every standard field."""

    class Meta:
        model = Meeting

    class Params:
        shows_all = factory.Trait(**{f"{field.name}_use": Use.OPTIONAL for field in CHOSEN_FIELDS})

    slug = factory.Sequence(lambda n: f"meeting-{n}")
    title = factory.Sequence(lambda n: f"Meeting {n}")
    agenda = "What we will talk about"
    start_at = factory.LazyFunction(lambda: timezone.now().replace(microsecond=0) + timedelta(days=30))
    end_at = factory.LazyAttribute(lambda meeting: meeting.start_at + timedelta(hours=1))
    timezone = "Europe/Berlin"
    webex_id = factory.Sequence(lambda n: f"{n:032x}")
    is_published = True


class LogoFactory(factory.django.DjangoModelFactory):
    """A logo of 200 × 60 points; ``picture`` is how it is drawn, and gives every other field."""

    class Meta:
        model = Logo

    class Params:
        picture = factory.LazyFunction(lambda: pictures.logo(wordmark()))

    meeting = factory.SubFactory(MeetingFactory)
    text = "Example Ltd."
    content = factory.SelfAttribute("picture.content")
    content_type = factory.SelfAttribute("picture.content_type")
    digest = factory.SelfAttribute("picture.digest")
    width = factory.SelfAttribute("picture.width")
    height = factory.SelfAttribute("picture.height")


def wordmark(
    text: str = "Example Ltd.", *, ink: str = "#a0153e", ground: str = "#00000000", form: str = "PNG"
) -> bytes:
    """The file of a logo that says this, as a company would upload it: three times as large as it is shown."""
    image = Image.new("RGBA", (600, 180), ground)
    draw = ImageDraw.Draw(image)
    draw.ellipse((10, 40, 110, 140), fill=ink)
    draw.text((140, 90), text, fill=ink, font=ImageFont.load_default(72), anchor="lm")
    file = BytesIO()
    (image if form != "JPEG" else image.convert("RGB")).save(file, form)
    return file.getvalue()


class QuestionFactory(factory.django.DjangoModelFactory):
    """A one-line question; give ``options=["Red", "Green"]`` to the types that have options."""

    class Meta:
        model = Question
        skip_postgeneration_save = True

    meeting = factory.SubFactory(MeetingFactory)
    webex_id = factory.Sequence(lambda n: str(330_000 + n))
    text = factory.Sequence(lambda n: f"Question {n}?")
    type = Question.Type.SINGLE_LINE
    position = factory.Sequence(lambda n: n)

    @factory.post_generation
    def options(self: Any, create: bool, texts: list[str] | None, **kwargs: Any) -> None:
        """Add the options, with Webex ids 1, 2, 3 …"""
        Option.objects.bulk_create(
            Option(question=self, webex_id=str(n), text=text, position=n) for n, text in enumerate(texts or [], start=1)
        )


class ApprovalRuleFactory(factory.django.DjangoModelFactory):
    """A rule on the e-mail address."""

    class Meta:
        model = ApprovalRule

    meeting = factory.SubFactory(MeetingFactory)
    order = factory.Sequence(lambda n: n)
    field = "email"
    condition = ApprovalRule.Condition.ENDS_WITH
    value = "@example.com"
    result = ApprovalRule.Result.APPROVE


class SubmissionFactory(factory.django.DjangoModelFactory):
    """A submission that waits for review; ``approved`` has been approved."""

    class Meta:
        model = Submission

    class Params:
        approved = factory.Trait(decision=Decision.APPROVED)

    meeting = factory.SubFactory(MeetingFactory)
    first_name = factory.Faker("first_name")
    last_name = factory.Faker("last_name")
    email = factory.Sequence(lambda n: f"Person{n}@Example.com")
    # Seconds apart: some thousand people are made in one run, and all of them before today.
    submitted_at = factory.Sequence(lambda n: datetime(2026, 11, 1, tzinfo=UTC) + timedelta(seconds=n))
    in_line_since = factory.LazyAttribute(
        lambda person: person.submitted_at if person.decision == Decision.WAITLISTED else None
    )
    offer_ends_at = factory.LazyAttribute(
        lambda person: timezone.now() + timedelta(hours=24) if person.decision == Decision.OFFERED else None
    )
    decision = Decision.WAITING
    presence = Presence.ABSENT
    due_at = factory.LazyAttribute(
        lambda person: person.submitted_at if person.presence in {Presence.SENDING, Presence.UNCERTAIN} else None
    )
