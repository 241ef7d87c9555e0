"""Registering people with ``webexpythonsdk``: one by one, which is the only way it has.

``python -m tests.benchmarks.one_by_one URL PEOPLE`` (the URL ends with a slash) prints the seconds that it took.
"""

import sys
import time

from webexpythonsdk import WebexAPI  # type: ignore[import-untyped]

from registration.sandbox.seed import OPEN_HOUR_ID


def main(url: str, people: str) -> None:
    """Register so many people for the sandbox's open hour."""
    api = WebexAPI(access_token="a-token-of-the-benchmarks", base_url=url)
    began = time.monotonic()
    for number in range(int(people)):
        api.meeting_registrants.create(
            OPEN_HOUR_ID, "Ada", f"Number {number}", f"Person{number}@Example.com", sendEmail=True
        )
    sys.stdout.write(f"{time.monotonic() - began}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
