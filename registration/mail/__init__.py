"""Mails to attendees: written with the change that they tell of, and rendered when they are sent (flow/post.py).

No mail is sent inside a visitor's request, nor inside a transaction, and none for a change that rolled back.
"""

from registration.mail.message import message
from registration.mail.outbox import row, withdraw, write, write_all

__all__ = ["message", "row", "withdraw", "write", "write_all"]
