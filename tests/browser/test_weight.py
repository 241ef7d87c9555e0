"""What the first view of the sign-up page costs a visitor: bytes, requests, and what moves under their eyes."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser

from tests.browser.first_view import View, first_view
from tests.browser.in_production import launch_serving

TEN_YEARS = 10 * 365 * 24 * 60 * 60
"""Seconds: what whitenoise says for files whose name changes with their content."""

MOST_BYTES = 60 * 1024


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, migrated: Path, static_root: Path) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("production")
    with launch_serving(folder, migrated=migrated, static_root=static_root) as address:
        yield address


@pytest.fixture(scope="module")
def view(chromium: Browser, address: str) -> View:
    return first_view(chromium, address)


def test_it_is_light(view: View) -> None:
    assert sum(view.sizes.values()) <= MOST_BYTES, view.sizes


def test_nobody_else_is_asked_for_anything(view: View, address: str) -> None:
    hosts = {urlsplit(url).netloc for url in view.sizes if not url.startswith("data:")}
    assert hosts == {urlsplit(address).netloc}


def test_nothing_moves_under_ones_eyes(view: View) -> None:
    assert view.shift == 0


def test_nothing_moves_when_the_script_comes_late(chromium: Browser, address: str) -> None:
    shift = first_view(chromium, address, script_is_late=True).shift
    assert shift == 0


def test_static_files_are_compressed_and_kept_for_years(view: View) -> None:
    files = {
        url: (headers["cache-control"].split(", "), headers.get("content-encoding"))
        for url, headers in view.headers.items()
        if urlsplit(url).path.startswith("/static/")
    }
    assert len(files) >= 3
    for url, (caching, encoding) in files.items():
        assert re.fullmatch(r".+\.[0-9a-f]{12}\.[a-z]+", url)
        assert set(caching) == {f"max-age={TEN_YEARS}", "public", "immutable"}
        assert encoding in {"br", "gzip"}
