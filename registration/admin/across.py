"""The page between "select all that match" and doing something to them all: exactly how many, who, and by what filters.

What is acted on is what was shown: where others match by then, the page is shown again, and nothing was done.
"""

from collections.abc import Collection, Sequence
from typing import Any, ClassVar

from django.contrib.admin.utils import model_ngettext
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from registration.admin.base import StaffAdmin
from registration.admin.choice import SHOWN_NAMES, filters_in_words, fingerprint
from registration.keys import Rows, named, unconditioned

_DJANGOS = "delete_selected"
"""Django's own action, which has a page of Django's own."""


def frozen(rows: Rows) -> Rows:
    """Those that match now, whatever comes to match in a moment: in their order, with all that is read with them."""
    return unconditioned(rows).filter(named(list(rows.order_by().values_list("pk", flat=True))))


class AsksAcross(StaffAdmin):
    """A list that shows how many all are that match, and who, before an action is done to exactly these."""

    actions_that_ask: ClassVar[Collection[str]] = ()
    """The actions with a page of their own, which shows what is chosen."""

    def response_action(
        self, request: HttpRequest, queryset: QuerySet[Any], *args: Any, **kwargs: Any
    ) -> HttpResponse | None:
        """Show what all that matches is, before anything is done to it, and do it to exactly that."""
        action = request.POST.get("action", "")
        act = self.get_actions(request).get(action)
        if request.POST.get("select_across") != "1" or act is None:
            return super().response_action(request, queryset, *args, **kwargs)
        if action == _DJANGOS or action in self.actions_that_ask:
            return super().response_action(request, frozen(queryset), *args, **kwargs)
        # First of all: what comes to match after that is neither counted nor acted on.
        rows = frozen(self._allowed_rows(request, queryset, action))
        shown = fingerprint(rows)
        if not queryset.exists() or request.POST.get("shown_across") == shown:
            return super().response_action(request, rows, *args, **kwargs)
        count = rows.order_by().count()
        label = str(act[2]).removesuffix(" …")
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "title": f"{label}: {self.counted(count)}",
            "purpose": _("Look once more at how many match, and who, before it is done to exactly these."),
            "opts": self.opts,
            "action": action,
            "label": label,
            "count": count,
            "counted": self.counted(count),
            "filters": filters_in_words(self, request),
            "left_out": max(0, queryset.order_by().count() - count),
            "cautions": self.cautions_across(action, rows),
            "has_changed": "shown_across" in request.POST,
            "shown": shown,
            "names": self.named_across(request, rows),
            "more": max(0, count - SHOWN_NAMES),
            # One, since Django does nothing where none is ticked; and none of others' meetings, whatever was posted.
            "selected": rows.order_by("pk").values_list("pk", flat=True)[:1],
            "cancel": request.get_full_path(),
            "media": self.media,
        }
        return TemplateResponse(request, "admin/registration/across.html", context)

    def counted(self, count: int) -> str:
        """So many of what is listed, in words."""
        return f"{count} {model_ngettext(self.opts, count)}"

    def named_across(self, request: HttpRequest, rows: QuerySet[Any]) -> list[str]:
        """What the first of the rows are called; where they are people, that they were looked at is noted of each."""
        return [str(row) for row in rows[:SHOWN_NAMES]]

    def cautions_across(self, action: str, rows: QuerySet[Any]) -> Sequence[str]:
        """What is to be known before the action is done to all the rows."""
        return ()
