"""Runs the main job end to end, as people, staff and cron would, and shows what became of everybody."""

import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from socket import socket
from typing import Protocol

import requests
from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.utils import timezone
from django.utils.translation import gettext as _

from registration.demo.people import APPROVED_BY_HOST, DECLINED, PEOPLE, REJECTED_BY_HOST, UNDECIDED, Person
from registration.errors import PortalError
from registration.flow import periodic, post, review
from registration.models import Mail, Meeting, Question, Submission
from registration.sandbox.seed import PRODUCT_LAUNCH_ID
from registration.sandbox.server import SandboxServer
from registration.standard_fields import CHOSEN_FIELDS, STANDARD_FIELDS, Use
from registration.states import Decision, Presence

STAFF = "staff"


class Writer(Protocol):
    """Where the demonstration is told: a command's standard output."""

    def write(self, text: str) -> object:
        """Write a line."""


class Demo:
    """One demonstration, told to ``out``. The settings must be those of ``surroundings.environment``."""

    def __init__(self, out: Writer, folder: Path, sandbox: SandboxServer) -> None:
        self.out = out
        self.folder = folder
        self.sandbox = sandbox
        self.password = secrets.token_hex(6)

    def prepare(self) -> None:
        """Make the database, the static files and the staff login."""
        self._command("migrate", verbosity=0)
        self._command("collectstatic", interactive=False, verbosity=0)
        self.staff = User.objects.create_superuser(STAFF, f"{STAFF}@example.com", self.password)

    def run(self) -> None:
        """Import, sign up, review, push, sync. The portal must be serving. Raises ``PortalError`` if it falls short."""
        self._command("import_meeting", PRODUCT_LAUNCH_ID, "--publish")
        meeting = Meeting.objects.get()
        self._choose_required_fields(meeting)
        self._sign_everybody_up(meeting)
        self._command("send_mails")
        self._show_a_mail()
        self._review(meeting)
        self._command("push_registrations")
        self._decide_as_the_host(meeting)
        self._command("sync_statuses")
        self._show_everybody(meeting)

    def keep_up_for_ever(self) -> None:
        """Do every second what cron does for a real portal every minute. Ends with ``KeyboardInterrupt``."""
        while True:
            keep_up()
            time.sleep(1)

    def _choose_required_fields(self, meeting: Meeting) -> None:
        """As staff do in the admin: Webex only says which fields are shown, so that all were imported as required."""
        for field in CHOSEN_FIELDS:
            meeting.set_use(field.name, Use.REQUIRED if field.name == "company_name" else Use.OPTIONAL)
        meeting.save()

    def _sign_everybody_up(self, meeting: Meeting) -> None:
        url = settings.SITE_URL + meeting.get_absolute_url()
        self._tell(_("%(count)d people sign up at %(url)s") % {"count": len(PEOPLE), "url": url})
        questions = list(meeting.questions.prefetch_related("options"))
        for person in PEOPLE:
            with requests.Session() as browser:
                browser.get(url, timeout=30).raise_for_status()
                token = browser.cookies[settings.CSRF_COOKIE_NAME]
                fields = _typed(person, questions) | {"csrfmiddlewaretoken": [token]}
                answer = browser.post(url, data=fields, headers={"Referer": url}, timeout=30)
            if answer.status_code != 200 or not answer.url.endswith("/done/"):
                raise PortalError(_("The form did not take %(person)s.") % {"person": person.email})
        if meeting.submissions.count() != len(PEOPLE):
            raise PortalError(_("Not everybody who signed up was stored."))

    def _show_a_mail(self) -> None:
        mails = sorted((self.folder / "mail").iterdir(), key=lambda path: path.stat().st_mtime_ns)
        mail = message_from_bytes(mails[0].read_bytes().split(b"\n" + b"-" * 79)[0], policy=policy.default)
        body = mail.get_body(("plain",)) if isinstance(mail, EmailMessage) else None
        text = body.get_content() if isinstance(body, EmailMessage) else ""
        self._tell(_("Each gets a mail (kept in %(folder)s); the first:") % {"folder": self.folder / "mail"})
        for line in [f"To: {mail['To']}", f"Subject: {mail['Subject']}", "", *text.strip().splitlines()]:
            self.out.write(f"    | {line}")

    def _review(self, meeting: Meeting) -> None:
        self._tell(_("Staff approve most, decline some, and leave a few waiting"))
        people = meeting.submissions.all()
        for email, reason in DECLINED.items():
            review.decline(people.filter(email_key=email), by=self.staff, reason=reason)
        review.approve(people.exclude(email_key__in={*DECLINED, *UNDECIDED}), by=self.staff)

    def _decide_as_the_host(self, meeting: Meeting) -> None:
        self._tell(_("Meanwhile, at Webex, the host approves some of those who are pending, and rejects one"))
        ids = {registrant.email: registrant.id for registrant in self.sandbox.store.registrants(meeting.webex_id)}
        self.sandbox.store.set_status(meeting.webex_id, [ids[email] for email in sorted(APPROVED_BY_HOST)], "approved")
        self.sandbox.store.set_status(meeting.webex_id, [ids[email] for email in sorted(REJECTED_BY_HOST)], "rejected")

    def _show_everybody(self, meeting: Meeting) -> None:
        people = meeting.submissions.order_by("pk")
        self._tell(_("What became of everybody:"))
        header = (_("Reference"), _("Name"), _("Decision"), _("At Webex"), _("Webex status"))
        self.out.write("  {:<10} {:<34} {:<19} {:<17} {}".format(*header))
        for person in people:
            self.out.write(
                f"  {person.reference:<10} {person.full_name:<34} {person.get_decision_display():<19} "
                f"{person.get_presence_display():<17} {person.get_webex_status_display() or '-'}"
            )
        left = people.filter(decision=Decision.APPROVED).exclude(presence=Presence.REGISTERED)
        at_webex = len(self.sandbox.store.registrants(meeting.webex_id))
        if left.exists() or at_webex != people.filter(decision=Decision.APPROVED).count():
            raise PortalError(_("Webex does not have exactly those whom we approved."))

    def _command(self, name: str, *args: str, **options: object) -> None:
        self._tell(f"$ manage.py {' '.join([name, *args])}")
        try:
            call_command(name, *args, **options)
        except SystemExit as end:
            raise PortalError(_("%(command)s ended with %(code)s.") % {"command": name, "code": end.code}) from end

    def _tell(self, words: str) -> None:
        self.out.write(f"\n==> {words}")


def keep_up() -> None:
    """Do what time brings about, such as that an offer ends, and send the mails that are due."""
    periodic.run(at=timezone.now())
    post.send(Mail.objects.all())


@contextmanager
def portal_serving(listener: socket) -> Iterator[None]:
    """The portal, served by gunicorn at ``SITE_URL``, where ``listener`` listens already, as in production.

    Raises ``PortalError`` if it does not start.
    """
    inherited = listener.fileno()
    options = ["--workers=2", "--threads=2", "--timeout=90", "--log-level=warning", "--no-control-socket"]
    command = [sys.executable, "-m", "gunicorn", *options, f"--bind=fd://{inherited}", "portal.wsgi"]
    with subprocess.Popen(command, cwd=settings.BASE_DIR, pass_fds=[inherited]) as server:
        try:
            _wait_for_portal(server)
            yield
        finally:
            server.terminate()


def _wait_for_portal(server: "subprocess.Popen[bytes]") -> None:
    for _attempt in range(300):
        if server.poll() is not None:
            break
        try:
            if requests.get(f"{settings.SITE_URL}/healthz", timeout=5).ok:
                return
        except (requests.ConnectionError, requests.Timeout):
            time.sleep(0.1)
    raise PortalError(_("The portal did not start: see above."))


def _typed(person: Person, questions: list[Question]) -> dict[str, list[str]]:
    """What the person types into the form, under the names that the form gives its fields."""
    fields = {field.name: [str(getattr(person, field.name))] for field in STANDARD_FIELDS}
    for question in questions:
        for beginning, texts in person.answers.items():
            if question.text.startswith(beginning):
                options = {option.text: str(option.pk) for option in question.options.all()}
                fields[f"question_{question.pk}"] = [options.get(text, text) for text in texts]
    return fields


def own_page_of(submission: Submission) -> str:
    """The address of an attendee's own page."""
    return settings.SITE_URL + submission.get_absolute_url()
