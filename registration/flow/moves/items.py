"""What became of each person in a call, kept with the call."""

from collections.abc import Collection, Iterable, Mapping

from django.db.models import Count, Exists, F, OuterRef, Q

from registration.flow.regions import IS_CORRECTED
from registration.models import Batch, BatchItem, Submission

TOLD = ("registrant_id", "registration_id", "registration_time", "webex_status")
"""What Webex tells of a person whom it holds."""


def note(
    batches: Mapping[int, int], outcome: BatchItem.Outcome, *, registrant_ids: Mapping[int, str] | None = None
) -> None:
    """Write down what became of people other than being found at Webex: the batch of each, by the person's key; and
    the ids under which Webex knew them, where these tell of whom it was asked.
    """
    ids = registrant_ids or {}
    store(
        BatchItem(batch_id=batch, submission_id=pk, outcome=outcome, registrant_id=ids.get(pk, ""))
        for pk, batch in batches.items()
    )


def store(items: Iterable[BatchItem]) -> None:
    """Write the items; an outcome that comes late, after its lease had ended, replaces the unknown one."""
    BatchItem.objects.bulk_create(
        items, update_conflicts=True, unique_fields=["batch", "submission"], update_fields=["outcome", *TOLD]
    )


def left_out_twice(pks: Collection[int]) -> set[int]:
    """Those of the people whom Webex, as they are now, took twice without naming them in its answer or finding them."""
    items = BatchItem.objects.filter(submission__in=list(pks))
    confirmed = items.filter(
        submission=OuterRef("submission"), outcome=BatchItem.Outcome.REGISTERED, batch__gt=OuterRef("batch")
    )
    is_as_now = Q(submission__corrected_at=None) | Q(batch__started_at__gte=F("submission__corrected_at"))
    left_out = items.filter(is_as_now, ~Exists(confirmed), outcome=BatchItem.Outcome.LEFT_OUT)
    counts = left_out.order_by().values_list("submission").annotate(Count("pk"))
    return {pk for pk, count in counts if count > 1}


def removed_by_us(pks: Collection[int]) -> dict[int, str]:
    """Those of the people who are gone because we had them removed, and how that call ended: done, or not known to be.

    Whom a look-up found after it was not removed by it, unless a correction still calls for that: the look-up may
    have come too early. In the order of the batches, which no clock can change.
    """
    is_removal = Q(batch__action=Batch.Action.REMOVE) & ~Q(outcome=BatchItem.Outcome.POSTPONED)
    is_telling = (
        (is_removal & ~Q(batch__outcome=Batch.Outcome.REFUSED))
        | Q(batch__action=Batch.Action.REGISTER)
        | Q(outcome=BatchItem.Outcome.REGISTERED)
    )
    items = BatchItem.objects.filter(is_telling, submission__in=list(pks)).order_by("batch_id")
    corrected = set(Submission.objects.filter(IS_CORRECTED, pk__in=list(pks)).values_list("pk", flat=True))
    removed = dict[int, str]()
    for pk, action, ending in items.values_list("submission", "batch__action", "batch__outcome"):
        if action == Batch.Action.REMOVE:
            removed[pk] = ending
        elif action == Batch.Action.REGISTER or pk not in corrected:
            removed.pop(pk, None)
    return removed
