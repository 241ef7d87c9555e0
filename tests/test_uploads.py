"""A file on its way in takes no more room than what is kept of it, whoever sends it and wherever to."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, RequestFactory

from registration.pictures import MOST_BYTES
from tests.cast import MeetingFactory


def received(size: int) -> Any:
    request = RequestFactory().post("/", {"file": SimpleUploadedFile("a.png", b"x" * size, "image/png")})
    return request.FILES["file"]


@pytest.mark.parametrize("size", [1, MOST_BYTES, MOST_BYTES + 1, 3 * MOST_BYTES])
def test_a_file_is_counted_to_its_end_and_kept_up_to_the_bound(size: int) -> None:
    file = received(size)
    assert (file.name, file.content_type, file.size) == ("a.png", "image/png", size)
    assert file.read() == b"x" * min(size, MOST_BYTES)


@pytest.mark.django_db
def test_more_files_than_any_form_asks_for_are_refused(client: Client) -> None:
    files = {f"file-{number}": SimpleUploadedFile("a.png", b"x") for number in range(5)}
    assert client.post(MeetingFactory().get_absolute_url(), files).status_code == 400
