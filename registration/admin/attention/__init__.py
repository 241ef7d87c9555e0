"""The one list of what waits for a person, over all meetings, and what is done about it there."""

from registration.admin.attention.acting import act
from registration.admin.attention.page import addresses, page

__all__ = ["act", "addresses", "page"]
