"""Reading the portal's pages, and signing up on them."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bs4 import BeautifulSoup, Tag
from django.test import Client

from registration.models import Meeting

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

ANN = {"first_name": "Ann", "last_name": "Lee", "email": "ann@example.com"}
HOUR = timedelta(hours=1)


def read(response: "Response") -> BeautifulSoup:
    """The page of a response."""
    return BeautifulSoup(response.content, "html.parser")


def texts(page: Tag, selector: str) -> list[str]:
    """The texts of the elements that the CSS selector finds, without needless spaces."""
    return [" ".join(tag.get_text(" ", strip=True).split()) for tag in page.select(selector)]


def title(response: "Response") -> str:
    """What the browser's window is titled."""
    return texts(read(response), "title")[0]


def sign_up(client: Client, meeting: Meeting, **data: Any) -> "Response":
    """Send the meeting's form with these values beside ``ANN``."""
    return client.post(meeting.get_absolute_url(), ANN | data)
