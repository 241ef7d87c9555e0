"""A portal on https behind a proxy, as in production: its settings, collected static files, gunicorn and HTTP.

``python -m tests.https_portal`` makes the rows that it shows; ``serving`` runs that and the server.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

ROOT = Path(__file__).resolve().parent.parent
HOST = "register.example.com"
SITE_URL = f"https://{HOST}"
TOKEN = "t" * 43
DANA = {"username": "dana", "password": "danadana"}


class HttpsPortal:
    """Speaks to the portal as its proxy does, which tells it of https. Follows no redirects, keeps no cookies."""

    def __init__(self, port: int) -> None:
        self._port = port

    def ask(
        self, path: str, method: str = "GET", *, scheme: str = "https", host: str = HOST, **options: Any
    ) -> requests.Response:
        """The answer; ``options`` are those of ``requests.request``."""
        headers = {"Host": host, "X-Forwarded-Proto": scheme, "Referer": f"{SITE_URL}/"} | options.pop("headers", {})
        address = f"http://127.0.0.1:{self._port}{path}"
        return requests.request(method, address, headers=headers, timeout=30, allow_redirects=False, **options)

    def send(self, path: str, form: dict[str, str], *, token_of: str = "", client: str = "") -> requests.Response:
        """The answer to this page's form, with another page's token if it has none. The proxy names the ``client``."""
        token = self.ask(token_of or path).cookies["__Host-csrftoken"]
        headers = {"Cookie": f"__Host-csrftoken={token}", "X-Forwarded-For": client}
        return self.ask(path, "POST", data=form | {"csrfmiddlewaretoken": token}, headers=headers)


def set_cookies(response: requests.Response) -> list[str]:
    """The lines with which the answer sets cookies."""
    return list(response.raw.headers.getlist("Set-Cookie"))


@contextmanager
def serving(folder: Path, *, migrated: Path, static_root: Path) -> Iterator[HttpsPortal]:
    """A portal with a copy of this database and these static files, the meetings ``launch``, ``checked`` (with a check
    step) and ``over``, a registration (``TOKEN``) and ``DANA``, administrator.
    """
    database = shutil.copy(migrated, folder / "portal.sqlite3")
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),
        "DJANGO_SETTINGS_MODULE": "tests.https_settings",
        "TEST_STATIC_ROOT": str(static_root),
        "SECRET_KEY": "x" * 60 + "0123456789",
        "SITE_URL": SITE_URL,
        "BEHIND_PROXY": "true",
        "FORM_MIN_SECONDS": "0",
        "SIGN_UPS_PER_MINUTE": "1",
        "WEBEX_ACCESS_TOKEN": "a-token",
        "EMAIL_URL": "memorymail://",
        "ENV_FILE": "",
        "DATABASE_URL": f"sqlite:///{database}",
    }
    subprocess.run([sys.executable, "-m", "tests.https_portal"], cwd=ROOT, env=environment, check=True)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        options = [f"--bind=fd://{listening.fileno()}", "--threads=2", "--log-level=critical", "--no-control-socket"]
        command = [sys.executable, "-m", "gunicorn", *options, "portal.wsgi"]
        quiet = subprocess.DEVNULL
        with subprocess.Popen(
            command, cwd=ROOT, env=environment, pass_fds=[listening.fileno()], stdout=quiet, stderr=quiet
        ) as server:
            try:
                yield _when_ready(HttpsPortal(port), server)
            finally:
                server.terminate()


def _when_ready(portal: HttpsPortal, server: "subprocess.Popen[bytes]") -> HttpsPortal:
    for _attempt in range(300):
        try:
            if portal.ask("/healthz").ok:
                return portal
        except requests.ConnectionError:
            assert server.poll() is None
            time.sleep(0.1)
    raise TimeoutError


def _prepare() -> None:
    import django

    django.setup()
    from django.contrib.auth.models import User
    from django.utils import timezone

    from tests.cast import LogoFactory, MeetingFactory, SubmissionFactory

    User.objects.create_superuser(**DANA)
    launch = MeetingFactory(slug="launch", accent_color="#0f5c6e")
    LogoFactory(meeting=launch)
    SubmissionFactory(meeting=launch, token=TOKEN)
    MeetingFactory(slug="checked", has_check_step=True)
    MeetingFactory(slug="over", start_at=timezone.now().replace(year=2025))


if __name__ == "__main__":
    _prepare()
