"""Solving challenges, as a browser does."""

import base64
import json

import altcha
from bs4 import BeautifulSoup


def challenge_on(page: BeautifulSoup) -> str:
    """The challenge in the form, as it stands there; empty where there is none."""
    area = page.select_one("form [data-challenge]")
    return str(area["data-challenge"]) if area else ""


def solved(challenge: str) -> str:
    """What a browser sends for it."""
    unsolved = altcha.Challenge.from_dict(json.loads(base64.b64decode(challenge)))
    solution = altcha.solve_challenge(unsolved)
    assert solution is not None
    return altcha.Payload(unsolved, solution).to_base64()
