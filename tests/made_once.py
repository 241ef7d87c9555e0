"""What a portal in production has before it starts, and takes long to make: made once for all workers of a run."""

import fcntl
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.environment import SETTINGS

ROOT = Path(__file__).resolve().parent.parent


def made_once(path: Path, make: Callable[[Path], None]) -> Path:
    """The file or folder, which whoever comes first has made; who comes meanwhile waits until it is whole."""
    done = path.with_name(f"{path.name}.done")
    with path.with_name(f"{path.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            make(path)
            done.touch()
    return path


def collect_static_files(folder: Path) -> None:
    """Fill the folder with the static files, named after their content and compressed."""
    folder.mkdir(exist_ok=True)
    _manage(
        *("collectstatic", "--no-input"),
        DJANGO_SETTINGS_MODULE="tests.browser.production",
        TEST_STATIC_ROOT=str(folder),
        DATABASE_URL="sqlite:///:memory:",
    )


def migrate(file: Path) -> None:
    """Make an SQLite database of the file, with every table."""
    _manage("migrate", DJANGO_SETTINGS_MODULE="portal.settings", DATABASE_URL=f"sqlite:///{file}")


def _manage(*arguments: str, **environment: str) -> None:
    command = [sys.executable, "manage.py", *arguments, "--verbosity=0"]
    environment = SETTINGS | {"DEBUG": "false"} | environment
    subprocess.run(command, cwd=ROOT, env=os.environ | environment, check=True)
