"""The pages between choosing people and doing something to them: nothing is done to anybody unseen."""

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest

from registration.admin.base import StaffAdmin
from registration.models import Submission

if TYPE_CHECKING:
    from django.db.models import QuerySet

SHOWN_NAMES = 10


def fingerprint(chosen: "QuerySet[Submission]") -> str:
    """A digest of who is chosen, which no other choice has."""
    digest = sha256()
    for pk in chosen.order_by("pk").values_list("pk", flat=True).iterator():
        digest.update(b"%d," % pk)
    return digest.hexdigest()


def way_back(model_admin: StaffAdmin, request: HttpRequest, chosen: "QuerySet[Any]") -> str:
    """To the page or the filtered list that one came from."""
    match = request.resolver_match
    if match is not None and "pk" in match.kwargs:
        return model_admin.object_address(request, chosen.get())
    return request.get_full_path()
