"""Two thousand people, in processes of their own, as cron would run them.

How long more of them take, and what memory, is measured by ``make bench BENCH=throughput``.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from registration.sandbox.seed import PRODUCT_LAUNCH_ID
from registration.sandbox.server import SandboxServer

PEOPLE = 2_000
# Above what a process holds that only imports a meeting. All of the people with their answers would be more.
MOST_MEGABYTES = 15

# Everybody answers all five questions of the sandbox's sample form: a drop-down, check boxes, radio buttons, two texts.
SEED = f"""
from django.utils import timezone
from registration.models import Answer, Meeting, Submission
meeting = Meeting.objects.get()
questions = [(question, list(question.options.all())[:2]) for question in meeting.questions.all()]
people = Submission.objects.bulk_create(
    (Submission(meeting=meeting, first_name="Ada", last_name=f"N{{n}}", email=f"p{{n}}@example.com",
                email_key=f"p{{n}}@example.com", company_name="Company", submitted_at=timezone.now(),
                decision="approved") for n in range({PEOPLE})), batch_size=1000)
Answer.objects.bulk_create(
    (Answer(submission=person, question=question, option=option, question_text=question.text,
            text=option.text if option else "A text", position=question.position)
     for person in people for question, options in questions
     for option in (options[: 2 if question.type == "checkbox" else 1] or [None])), batch_size=1000)
"""


# A process's own launcher reports on it: one that pytest started itself would count pytest's memory as its own, because
# Linux keeps the high-water mark across exec.
LAUNCHER = """
import resource, subprocess, sys
code = subprocess.call(sys.argv[1:], stdout=sys.stderr)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(code)
"""


def run(environment: dict[str, str], *arguments: str) -> float:
    """Run ``manage.py`` with the arguments; returns the most memory that it held, in megabytes."""
    command = [sys.executable, "-c", LAUNCHER, sys.executable, "manage.py", *arguments]
    ended = subprocess.run(command, cwd=settings.BASE_DIR, env=environment, stdout=subprocess.PIPE, check=True)
    return int(ended.stdout) / 1024


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in kilobytes on Linux only")
def test_two_thousand_people_all_arrive_in_bounded_memory(tmp_path: Path) -> None:
    with SandboxServer() as sandbox:
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "portal.settings",
            "DATABASE_URL": f"sqlite:///{tmp_path / 'size.sqlite3'}",
            "WEBEX_BASE_URL": sandbox.url,
            "LOG_LEVEL": "WARNING",
        }
        run(environment, "migrate", "--verbosity=0")
        import_megabytes = run(environment, "import_meeting", PRODUCT_LAUNCH_ID)
        run(environment, "shell", "-c", SEED)
        push_megabytes = run(environment, "push_registrations")
        sync_megabytes = run(environment, "sync_statuses")
        assert len(sandbox.store.registrants(PRODUCT_LAUNCH_ID)) == PEOPLE
    sys.stdout.write(f"import {import_megabytes:.0f} MB; push {push_megabytes:.0f} MB; sync {sync_megabytes:.0f} MB\n")
    assert max(push_megabytes, sync_megabytes) < import_megabytes + MOST_MEGABYTES
