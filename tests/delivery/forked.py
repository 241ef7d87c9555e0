"""Forks off processes that run a ``manage.py`` command: this one has imported everything, so they are at work at once.

Of each line of its input, a JSON list, it makes a process, and answers with its pid: the first entry is the file that
the process writes to, the others are the command. There it writes down the batches that it claims, and in the end its
exit status, so that whoever kills it can tell what it was killed in. The product knows nothing of it: the function is
replaced in these processes alone.
"""

import functools
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import django
from django.core.management import call_command, execute_from_command_line


def _note(notes: Path, line: str) -> None:
    with notes.open("a") as file:
        file.write(f"{line}\n")


def _note_claims(notes: Path) -> None:
    from registration.flow import moves

    claim = moves.claim

    @functools.wraps(claim)
    def noting(*args: Any, **kwargs: Any) -> moves.Claim | None:
        claimed = claim(*args, **kwargs)
        if claimed is not None:
            _note(notes, str(claimed.batch.pk))
        return claimed

    moves.claim = noting


def _run(command: list[str]) -> int:
    try:
        execute_from_command_line(["manage.py", *command])
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def _live(notes: Path, command: list[str]) -> None:
    """All that a forked process does."""
    status = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        _note_claims(notes)
        status = _run(command)
        _note(notes, f"ended {status}")
    finally:
        os._exit(status)


def main() -> None:
    """Fork for each line, until there are no more."""
    django.setup()
    call_command("check", stdout=sys.stderr)  # imports whatever a command may import
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # whoever has ended is gone, with no need to be waited for
    for line in sys.stdin:
        notes, *command = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _live(Path(notes), command)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
