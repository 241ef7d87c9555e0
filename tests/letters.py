"""The mails of the portal, as the tests have them sent and find them."""

from django.core import mail
from django.core.mail import EmailMultiAlternatives

from registration.flow import post
from registration.models import Mail


def delivered() -> list[EmailMultiAlternatives]:
    """All mails that were sent in this test, once those that are due have been sent, too."""
    post.send(Mail.objects.all())
    return [message for message in mail.outbox if isinstance(message, EmailMultiAlternatives)]


def written() -> list[tuple[str, str]]:
    """To whom each mail was written that the portal knows of, and what it says, oldest first."""
    return list(Mail.objects.order_by("pk").values_list("submission__email", "kind"))
