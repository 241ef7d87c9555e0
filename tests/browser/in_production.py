"""The portal as in production: ``DEBUG`` off, static files collected, served by gunicorn."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests
from requests.adapters import HTTPAdapter
from urllib3 import Retry

from registration.demo import surroundings

ROOT = Path(__file__).resolve().parent.parent.parent
_LAUNCH = "import django; django.setup(); from tests.browser.launch import launch; launch(has_challenge={})"


@contextmanager
def launch_serving(folder: Path, *, migrated: Path, static_root: Path, has_challenge: bool = False) -> Iterator[str]:
    """The address of the sign-up page of ``launch.launch``, in a portal with these static files, and in ``folder`` a
    copy of this database.
    """
    shutil.copy(migrated, folder / "portal.sqlite3")
    site = f"http://127.0.0.1:{surroundings.free_port(0)}"
    environment = surroundings.environment(folder) | {
        "SITE_URL": site,
        "DJANGO_SETTINGS_MODULE": "tests.browser.production",
        "TEST_STATIC_ROOT": str(static_root),
    }
    subprocess.run([sys.executable, "-c", _LAUNCH.format(has_challenge)], cwd=ROOT, env=environment, check=True)
    command = ["-m", "gunicorn", "--workers=2", "--threads=2", "--log-level=warning", "--no-control-socket"]
    command += [f"--bind={site.removeprefix('http://')}", "portal.wsgi"]
    with subprocess.Popen([sys.executable, *command], cwd=ROOT, env=environment) as server:
        try:
            address = f"{site}/meetings/product-launch/"
            _wait_for(address)
            yield address
        finally:
            server.terminate()


def _wait_for(address: str) -> None:
    """Wait until the portal answers, and has answered often enough that each worker has done so before."""
    with requests.Session() as session:
        session.mount("http://", HTTPAdapter(max_retries=Retry(total=10, connect=10, backoff_factor=0.2)))
        for _visitor in range(8):
            session.get(address, timeout=30, headers={"Connection": "close"}).raise_for_status()
