"""Runs ``manage.py`` commands, each of which kills itself at a named point of the delivery loop.

Of each line of its input, a JSON list of the point and of the words of the command, it makes a process, and answers
with how that one ended. It has imported everything, so they are at work at once. The product knows nothing of it: the
functions are replaced in these processes alone, and SIGKILL lets nothing be tidied up. A point is reached when its step
is at work, so that ``register: …`` does not end a look-up.
"""

import functools
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import django
from django.core.management import call_command, execute_from_command_line

STEPS = ("register", "look_up", "reject", "remove")
_WRITES = {"register": "bulkInsert", "reject": "reject", "remove": "bulkDelete"}

When = Callable[..., bool]
Patch = Callable[[Any, str, Any], object]


def kill() -> None:
    """End this process, here and now."""
    os.kill(os.getpid(), signal.SIGKILL)


@dataclass(frozen=True)
class Killer:
    """How it is done: ``patch`` puts a deadly function in the place of another, which calls ``kill``."""

    patch: Patch = setattr
    kill: Callable[[], None] = kill

    def around(
        self, owner: Any, name: str, *, before: bool, when: When, has_done: Callable[[Any], bool] = lambda result: True
    ) -> None:
        """Kill where ``when`` holds of the function's arguments: before its work, or after it.

        After it only where ``has_done`` says of its result that there was anything to do.
        """
        work = getattr(owner, name)

        @functools.wraps(work)
        def deadly(*args: Any, **kwargs: Any) -> Any:
            is_hit = when(*args, **kwargs)
            if is_hit and before:
                self.kill()
            result = work(*args, **kwargs)
            if is_hit and not before and has_done(result):
                self.kill()
            return result

        self.patch(owner, name, deadly)

    def in_the_body(self, step: str, *, before: bool) -> None:
        """Kill in the middle of sending: when the headers have left and the body has not, or when all has."""
        from registration.webex import transport

        exchange, take = transport.Transport._exchange, transport._Content.__iter__
        urls = [""]

        def noting(made_by: transport.Transport, method: str, url: str, **kwargs: Any) -> transport.Reply:
            urls.append(url)
            return exchange(made_by, method, url, **kwargs)

        def deadly(content: transport._Content) -> Iterator[bytes]:
            is_hit = urls[-1].endswith("/" + _WRITES[step])
            if is_hit and before:
                self.kill()
            yield from take(content)
            if is_hit:
                self.kill()

        self.patch(transport.Transport, "_exchange", noting)
        self.patch(transport._Content, "__iter__", deadly)


def _is_claim_of(step: str) -> Callable[..., bool]:
    return lambda meeting, asked, **kwargs: asked.name.lower() == step


def _is_about(step: str) -> Callable[..., bool]:
    """Whether the first argument is a claim, or a batch, of the step."""
    return lambda first, *args, **kwargs: getattr(first, "batch", first).action == step


def _is_take_of(step: str) -> Callable[..., bool]:
    return lambda people, batch, *args, **kwargs: batch.action == step


def _is_write_of(step: str) -> Callable[..., bool]:
    return lambda transport, method, template, **kwargs: template.endswith("/" + _WRITES[step])


def _always(*args: Any, **kwargs: Any) -> bool:
    return True


def points(killer: Killer) -> dict[str, Callable[[], None]]:
    """Every point by name, with what makes it deadly."""
    from registration.flow import moves
    from registration.flow.moves import claims, outcomes
    from registration.webex.client import WebexClient
    from registration.webex.transport import Transport

    found: dict[str, Callable[[], None]] = {}

    def around(step: str, what: str, owner: Any, function: str, when: When, **more: Any) -> None:
        found[f"{step}: before {what}"] = partial(killer.around, owner, function, before=True, when=when)
        found[f"{step}: after {what}"] = partial(killer.around, owner, function, before=False, when=when, **more)

    def inside(step: str, what: str, owner: Any, function: str, when: When, *, before: bool) -> None:
        found[f"{step}: inside {what}"] = partial(killer.around, owner, function, before=before, when=when)

    for step in STEPS:
        around(step, "the claim", moves, "claim", _is_claim_of(step), has_done=bool)
        inside(step, "the claim", claims, "_take", _is_take_of(step), before=True)
        around(step, "the batch is closed", moves, "close", _is_about(step))
    for step in _WRITES:
        around(step, "the call", Transport, "write", _is_write_of(step))
        found[f"{step}: before the body has left"] = partial(killer.in_the_body, step, before=True)
        found[f"{step}: after the body has left"] = partial(killer.in_the_body, step, before=False)
    for step in ("register", "look_up"):
        around(step, "recording", moves, "registered", _is_about(step))
        inside(step, "recording", outcomes, "store", _always, before=False)
    around("look_up", "the call", WebexClient, "query", _always)
    around("look_up", "recording who is not there", moves, "not_found", _is_about("look_up"))
    for step in ("reject", "remove"):
        around(step, "recording", moves, "settle", _is_about(step))
        inside(step, "recording", outcomes, "note", _always, before=True)
    around("lease", "its end", moves, "expire", _always, has_done=bool)
    return found


def _live(point: str, command: list[str]) -> None:
    """All that such a process does."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        points(Killer())[point]()
        execute_from_command_line(["manage.py", *command])
    finally:
        os._exit(0)  # it was not killed


def main() -> None:
    """Fork for each line, and wait for how it ends, until there are no more."""
    django.setup()
    call_command("check", stdout=sys.stderr)  # imports whatever a command may import
    for line in sys.stdin:
        point, *command = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _live(point, command)
        _, status = os.waitpid(pid, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
