"""Saved views: the list of submissions as it was filtered, under a name."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from registration.admin import saved_views
from registration.models import (
    AuditEntry,
    SavedView,
)
from tests.admin.pages import SUBMISSIONS, rows, said, soup, text
from tests.cast import MeetingFactory, QuestionFactory, SubmissionFactory


def names(response: Any) -> list[str]:
    return [row[0].split()[0] for row in rows(response)]


def save(client: Client, name: str, query: str, **more: str) -> Any:
    return client.post(reverse("admin:registration_submission_view_save"), {"name": name, "query": query, **more})


def offered(client: Client) -> list[str]:
    return [text(link) for link in soup(client.get(reverse(SUBMISSIONS))).select(".views li > a")]


def opened(client: Client, view: SavedView) -> str:
    address = client.get(reverse("admin:registration_submission_view_open", args=[view.pk])).headers["Location"]
    return str(address).partition("?")[2]


def test_a_view_keeps_filters_and_order_and_never_what_was_searched_for(as_rita: Client, rita: User) -> None:
    page = as_rita.get(reverse(SUBMISSIONS), {"q": "ann@example.com", "decision__exact": "waiting", "o": "7", "p": "1"})
    field = soup(page).select_one("input[name=query]")
    assert field is not None
    assert field["value"] == "decision__exact=waiting&o=7"
    save(as_rita, "Mine", "q=ann%40example.com&decision__exact=waiting&o=7")
    view = SavedView.objects.get()
    assert (view.owner, view.name, view.query) == (rita, "Mine", "decision__exact=waiting&o=7")
    assert offered(as_rita) == ["Mine"]
    assert opened(as_rita, view) == "decision__exact=waiting&o=7"


def test_the_same_name_once_more_replaces_the_view(as_rita: Client) -> None:
    for decision in ("waiting", "approved"):
        save(as_rita, "Mine", f"decision__exact={decision}")
    assert list(SavedView.objects.values_list("query", flat=True)) == ["decision__exact=approved"]


def test_what_changes_of_a_view_for_others_is_noted(as_rita: Client) -> None:
    waiting, approved = "decision__exact=waiting", "decision__exact=approved"
    for query, shared in [
        (waiting, {}),
        (waiting, {"is_shared": "on"}),
        (waiting, {"is_shared": "on"}),
        (approved, {"is_shared": "on"}),
        (approved, {}),
        (waiting, {}),
    ]:
        save(as_rita, "Ours", query, **shared)
    noted = AuditEntry.objects.filter(thing="shared view: Ours").order_by("pk").values_list("action", flat=True)
    assert list(noted) == ["added", "edited", "deleted"]


def keep(owner: User, count: int, **more: Any) -> None:
    views = (SavedView(owner=owner, name=f"{owner} {n:03}", query="notes=yes", **more) for n in range(count))
    SavedView.objects.bulk_create(views)


def test_all_views_of_ones_own_are_offered_and_fifty_of_others(as_eve: Client, eve: User, dana: User) -> None:
    keep(dana, 60, is_shared=True)
    SavedView.objects.filter(name__lt="dana 005").update(query=f"meeting__id__exact={MeetingFactory().pk}")
    keep(eve, 60, is_shared=True)
    assert offered(as_eve) == [*(f"eve {n:03}" for n in range(60)), *(f"dana {n:03}" for n in range(5, 55))]


def test_of_very_many_views_of_others_the_first_are_read(
    as_eve: Client, dana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saved_views, "_MOST_READ", 20)
    keep(dana, 30, is_shared=True)
    SavedView.objects.filter(name__lt="dana 005").update(query=f"meeting__id__exact={MeetingFactory().pk}")
    assert offered(as_eve) == [f"dana {n:03}" for n in range(5, 20)]


def test_a_view_about_a_meeting_that_is_no_longer_ones_own_can_still_be_deleted(as_eve: Client, eve: User) -> None:
    ann = SubmissionFactory()
    view = SavedView.objects.create(owner=eve, name="Old", query=f"meeting__id__exact={ann.meeting_id}")
    assert offered(as_eve) == ["Old"]
    page = as_eve.get(reverse("admin:registration_submission_view_open", args=[view.pk]), follow=True)
    assert (names(page), ann.meeting.title in page.content.decode()) == ([], False)
    as_eve.post(reverse("admin:registration_submission_view_delete", args=[view.pk]))
    assert offered(as_eve) == []


def test_a_hundred_views_are_kept_and_each_can_be_replaced(as_rita: Client, rita: User) -> None:
    keep(rita, 100)
    refused = save(as_rita, "One more", "decision__exact=waiting")
    assert said(refused) == ["error: This is more than can be kept: use fewer filters, or delete a view."]
    save(as_rita, "rita 007", "decision__exact=approved")
    assert SavedView.objects.count() == 100
    assert SavedView.objects.get(name="rita 007").query == "decision__exact=approved"


def test_a_view_that_is_replaced_is_named_and_so_is_what_others_lose(as_rita: Client, as_dana: Client) -> None:
    saved = "success: The view was saved. What you searched for is not part of it."
    replaced = "success: Your view “Ours” was replaced. What you searched for is not part of it."
    told = [
        said(save(as_rita, "Ours", f"decision__exact={decision}", **{"is_shared": "on"} if is_shared else {}))[-1]
        for decision, is_shared in (("waiting", True), ("approved", True), ("approved", False), ("declined", False))
    ]
    assert told == [saved, replaced, f"{replaced} Others no longer see it.", replaced]
    assert offered(as_dana) == []


def test_views_are_shared_and_deleted_by_their_owners(as_rita: Client, as_dana: Client) -> None:
    save(as_rita, "Mine", "decision__exact=waiting")
    save(as_rita, "Ours", "decision__exact=approved", is_shared="on")
    assert (offered(as_rita), offered(as_dana)) == (["Mine", "Ours"], ["Ours"])
    ours = SavedView.objects.get(name="Ours")
    delete = reverse("admin:registration_submission_view_delete", args=[ours.pk])
    assert as_dana.post(delete).status_code == 404
    assert as_rita.get(delete).status_code == 405
    as_rita.post(delete)
    assert list(SavedView.objects.values_list("name", flat=True)) == ["Mine"]


@pytest.mark.parametrize(
    "query",
    [
        "token__startswith=a&decision__exact=waiting",
        "answers__text__contains=x&decision__exact=waiting",
        "decision__exact=waiting&%00=%00",
        "answer_1=x&decision__exact=waiting",
        "assigned_to__password__startswith=p&decision__exact=waiting",
        "&".join(f"x{n}=1" for n in range(49)) + "&decision__exact=waiting",
    ],
)
def test_what_may_not_be_asked_is_left_out_also_if_it_was_stored(as_rita: Client, rita: User, query: str) -> None:
    view = SavedView.objects.create(owner=rita, name="Forged", query=query)
    assert opened(as_rita, view) == "decision__exact=waiting"
    save(as_rita, "Saved", query)
    assert SavedView.objects.get(name="Saved").query == "decision__exact=waiting"


def test_a_private_answer_in_a_shared_view_is_left_out_for_others(as_rita: Client, dana: User) -> None:
    diet = QuestionFactory(is_private=True)
    query = f"answer_{diet.pk}=none&meeting__id__exact={diet.meeting_id}"
    view = SavedView.objects.create(owner=dana, name="Diets", query=query, is_shared=True)
    assert opened(as_rita, view) == f"meeting__id__exact={diet.meeting_id}"


def test_eve_is_not_offered_views_of_other_meetings(as_eve: Client, dana: User) -> None:
    meeting = MeetingFactory()
    SavedView.objects.create(owner=dana, name="Waiting", query="decision__exact=waiting", is_shared=True)
    secret = SavedView.objects.create(
        owner=dana, name="Secret", query=f"meeting__id__exact={meeting.pk}", is_shared=True
    )
    SavedView.objects.create(owner=dana, name="Forged", query="meeting__id__exact=²", is_shared=True)
    assert offered(as_eve) == ["Waiting"]
    assert as_eve.get(reverse("admin:registration_submission_view_open", args=[secret.pk])).status_code == 404


@pytest.mark.parametrize(
    ("name", "query"), [("", "o=1"), ("x" * 101, "o=1"), ("\0", "o=1"), ("Long", "o=" + "1" * 3000)]
)
def test_a_view_that_cannot_be_kept_is_not(as_rita: Client, name: str, query: str) -> None:
    response = save(as_rita, name, f"{query}&token=a")
    assert response.headers["Location"] == f"{reverse(SUBMISSIONS)}?{query}"
    assert [each.partition(":")[0] for each in said(response)] == ["error"]
    assert not SavedView.objects.exists()
