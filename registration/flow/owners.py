"""Whose a registration at Webex is, as far as one can tell from its id and its address."""

from collections.abc import Collection
from datetime import datetime
from typing import TypedDict

from registration.models import Submission
from registration.models.submission import MOVED


class Owner(TypedDict):
    """What is known of a submission whose registration may be at Webex."""

    pk: int
    email_key: str
    sent_email: str
    registrant_id: str
    presence: str
    presence_at: datetime | None


class Owners:
    """Who of one meeting's people have, or may have, the registrations with these ids and addresses.

    Three queries, however many they are. ``keys``: the addresses, in the spelling of ``email_key``.
    """

    def __init__(self, meeting_pk: int, *, ids: Collection[str], keys: Collection[str]) -> None:
        people = Submission.objects.filter(meeting=meeting_pk).order_by().values(*Owner.__annotations__)
        # In this order: who is corrected between the two queries is found by the one or by the other.
        by_key = list(people.filter(email_key__in=keys))
        by_sent = list(people.filter(MOVED, sent_email__in=keys))
        self._by_key: dict[str, Owner] = {owner["email_key"]: owner for owner in by_key}
        self._by_sent: dict[str, Owner] = {owner["sent_email"]: owner for owner in by_sent}
        self._by_id: dict[str, Owner] = {owner["registrant_id"]: owner for owner in (*by_key, *by_sent)}
        by_id = people.filter(registrant_id__in=set(ids) - self._by_id.keys())
        self._by_id |= {owner["registrant_id"]: owner for owner in by_id}

    def of(self, registrant_id: str, key: str) -> Owner | None:
        """Whose the registration is: who is known under its id, or else was sent with its address, or else has it.

        An address that was corrected stays its person's until Webex has them under the new one, whoever takes it.
        """
        return self._by_id.get(registrant_id) or self._by_sent.get(key) or self._by_key.get(key)
