"""The Webex accounts in the admin: secrets go in and never come out; what is paused is said and resumed."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from registration.accounts import seal, settings_account
from registration.flow import pauses
from registration.models import Account, Meeting
from registration.sandbox.seed import OPEN_HOUR_ID
from registration.sandbox.server import SandboxServer
from tests.accounts.cast import KEY, an_account, an_account_with_a_token
from tests.admin.conftest import _staff
from tests.admin.pages import buttons, choose, complaints, facts, page_of, press, rows, said, soup, text
from tests.admin.test_meetings import by_hand as meeting_by_hand
from tests.cast import MeetingFactory

ACCOUNTS = "admin:registration_account_changelist"
ADD = "admin:registration_account_add"
AT = datetime(2026, 11, 1, 9, 30, tzinfo=UTC)

SECRETS = {"client_secret": "s3cret-of-berlin", "refresh_token": "r3fresh-of-berlin", "access_token": "acc3ss-of-bonn"}


@pytest.fixture(autouse=True)
def keys(settings: Settings) -> None:
    settings.TOKEN_KEYS = [KEY]


def filled_in(**changes: str) -> dict[str, str]:
    """The form of an integration, filled in."""
    return {
        "name": "Berlin",
        "calls_per_minute": "",
        "kind": "integration",
        "client_id": "C-berlin",
        "client_secret": SECRETS["client_secret"],
        "refresh_token": SECRETS["refresh_token"],
        "access_token": "",
        "ends_at_0": "",
        "ends_at_1": "",
        **changes,
    }


def unchanged(**changes: str) -> dict[str, str]:
    """The same form as a browser sends it when nothing was entered: secrets are empty."""
    return filled_in(**{"client_secret": "", "refresh_token": ""} | changes)


def by_hand(**changes: str) -> dict[str, str]:
    """The form of a token made by hand, filled in."""
    return unchanged(
        **{"name": "Bonn", "client_id": "", "kind": "token", "access_token": SECRETS["access_token"]} | changes
    )


def opened(account: Account) -> list[str]:
    account.refresh_from_db()
    sealed = (account.client_secret_sealed, account.refresh_token_sealed, account.access_token_sealed)
    return [account.client_id, *(seal.opened(each) for each in sealed)]


def banner(page: object) -> list[str]:
    return [text(line) for line in soup(page).select(".attention-banner")]


def needs(page: object) -> list[str]:
    return [text(line) for line in soup(page).select(".needs li")]


# --- credentials ------------------------------------------------------------------------------------------------------


def test_an_integration_is_entered_and_stored_sealed(as_dana: Client) -> None:
    response = as_dana.post(reverse(ADD), filled_in(calls_per_minute="120"))
    assert complaints(response) == []
    account = Account.objects.get(name="Berlin")
    assert opened(account) == ["C-berlin", "s3cret-of-berlin", "r3fresh-of-berlin", ""]
    assert (account.calls_per_minute, len(account.credentials_mark)) == (120, 64)


def test_a_token_made_by_hand_is_entered_with_its_end(as_dana: Client) -> None:
    as_dana.post(reverse(ADD), by_hand(ends_at_0="2026-12-01", ends_at_1="18:00"))
    account = Account.objects.get(name="Bonn")
    assert opened(account) == ["", "", "", "acc3ss-of-bonn"]
    assert account.access_token_expires_at == datetime(2026, 12, 1, 18, tzinfo=UTC)


def test_no_secret_comes_out_again(as_dana: Client) -> None:
    as_dana.post(reverse(ADD), filled_in())
    as_dana.post(reverse(ADD), by_hand())
    berlin, bonn = Account.objects.get(name="Berlin"), Account.objects.get(name="Bonn")
    pages = [as_dana.get(page_of(berlin)), as_dana.get(page_of(bonn)), as_dana.get(reverse(ACCOUNTS))]
    pages += [as_dana.post(page_of(berlin), filled_in(name=""))]
    pages += [as_dana.get(reverse("admin:registration_account_history", args=[berlin.pk]))]
    columns = [account.client_secret_sealed for account in (berlin, bonn)] + [berlin.refresh_token_sealed]
    columns += [bonn.access_token_sealed, berlin.credentials_mark]
    hidden = [*SECRETS.values(), *filter(None, columns)]
    assert complaints(pages[3]) == ["This field is required."]
    shown = [page.content.decode() for page in pages] + list(LogEntry.objects.values_list("change_message", flat=True))
    assert [secret for secret in hidden for page in shown if secret in page] == []


def test_what_is_left_empty_is_kept_with_the_tokens_of_today(as_dana: Client) -> None:
    account = an_account(client_id="C-berlin")
    later = timezone.now() + timedelta(days=10)
    renewed = {"access_token_sealed": seal.sealed("today"), "access_token_expires_at": later}
    Account.objects.filter(pk=account.pk).update(**renewed)
    response = as_dana.post(page_of(account), unchanged(name="Bremen", calls_per_minute="60"))
    assert complaints(response) == []
    assert opened(account) == ["C-berlin", "the-client-secret", "the-first-refresh-token", "today"]
    assert (account.name, account.calls_per_minute) == ("Bremen", 60)
    assert account.access_token_expires_at == later


def test_what_was_renewed_or_paused_while_the_page_was_open_is_not_overwritten(
    as_dana: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = an_account(client_id="C-berlin")
    real = Account.save

    def meanwhile(self: Account, **options: object) -> None:
        Account.objects.update(refresh_token_sealed=seal.sealed("newest"), paused_at=AT)
        real(self, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Account, "save", meanwhile)
    as_dana.post(page_of(account), unchanged(name="Bremen"))
    assert (opened(account)[2], account.name, account.paused_at) == ("newest", "Bremen", AT)


def test_new_credentials_void_the_tokens_of_the_old_ones(as_dana: Client) -> None:
    account = an_account(client_id="C-berlin")
    changes = {"access_token_sealed": seal.sealed("old"), "renewing_until": AT, "refresh_token_expires_at": AT}
    Account.objects.filter(pk=account.pk).update(**changes)
    before = account.credentials_mark
    as_dana.post(page_of(account), unchanged(refresh_token="authorized-again"))
    assert opened(account) == ["C-berlin", "the-client-secret", "authorized-again", ""]
    assert (account.renewing_until, account.refresh_token_expires_at) == (None, None)
    assert account.credentials_mark != before


def test_the_other_kind_drops_what_the_first_one_had(as_dana: Client) -> None:
    account = an_account()
    as_dana.post(page_of(account), by_hand())
    assert opened(account) == ["", "", "", "acc3ss-of-bonn"]
    as_dana.post(page_of(account), filled_in())
    assert opened(account) == ["C-berlin", "s3cret-of-berlin", "r3fresh-of-berlin", ""]


@pytest.mark.parametrize(
    ("form", "words"),
    [
        (filled_in(client_id=""), "Enter the client id."),
        (filled_in(client_secret=""), "Enter the client secret."),
        (filled_in(refresh_token=""), "Enter the refresh token."),
        (by_hand(access_token=""), "Enter the access token."),
    ],
)
def test_incomplete_credentials_are_refused(as_dana: Client, form: dict[str, str], words: str) -> None:
    assert complaints(as_dana.post(reverse(ADD), form)) == [words]
    assert not Account.objects.exists()


def test_without_keys_no_secret_is_taken_and_the_form_says_what_to_do(as_dana: Client, settings: Settings) -> None:
    settings.TOKEN_KEYS = []
    [complaint] = complaints(as_dana.post(reverse(ADD), filled_in()))
    assert complaint == (
        "TOKEN_KEYS is not set, so no secret of a Webex account can be stored. Set it to a key made by: "
        'python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"'
    )
    assert not Account.objects.exists()


def test_an_account_whose_key_is_lost_can_be_looked_at_and_mended(as_dana: Client, settings: Settings) -> None:
    account = an_account()
    settings.TOKEN_KEYS = ["MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="]
    assert as_dana.get(page_of(account)).status_code == 200
    [complaint] = complaints(as_dana.post(page_of(account), unchanged(refresh_token="new")))
    assert complaint.startswith("The stored secrets of this Webex account cannot be read")
    assert complaints(as_dana.post(page_of(account), filled_in())) == []
    assert opened(account)[2] == "r3fresh-of-berlin"


# --- the account of the settings, and who may -------------------------------------------------------------------------


def test_the_account_of_the_settings_is_shown_without_its_credentials_and_cannot_be_deleted(as_dana: Client) -> None:
    MeetingFactory()
    listed = rows(as_dana.get(reverse(ACCOUNTS)))
    by_hand_words = "The access token was made by hand. When it ends is not known; a personal one lives 12 hours."
    assert listed == [["Account of the settings", "1", "✓ in use", by_hand_words]]
    account = settings_account()
    page = as_dana.get(page_of(account))
    named = [field["name"] for field in soup(page).select("#account_form :is(input, textarea)[name]")]
    assert named == ["csrfmiddlewaretoken", "name", "calls_per_minute", "_save", "_addanother", "_continue"]
    assert facts(page)["State"] == "✓ in use"
    assert as_dana.post(page_of(account), {"name": "Ours", "calls_per_minute": "30"}).status_code == 302
    account.refresh_from_db()
    assert (account.name, account.calls_per_minute) == ("Ours", 30)
    delete = reverse("admin:registration_account_delete", args=[account.pk])
    assert as_dana.post(delete, {"post": "yes"}).status_code == 403
    choose(as_dana, "delete_selected", [account.pk], model="account", post="yes")
    assert Account.objects.count() == 1


def test_an_account_with_meetings_is_not_deleted(as_dana: Client) -> None:
    account = an_account()
    meeting = MeetingFactory(account=account)
    delete = reverse("admin:registration_account_delete", args=[account.pk])
    as_dana.post(delete, {"post": "yes"})
    assert Account.objects.filter(pk=account.pk).exists()
    meeting.delete()
    as_dana.post(delete, {"post": "yes"})
    assert not Account.objects.filter(pk=account.pk).exists()


def test_who_may_only_look_sees_the_state_and_changes_nothing(db: None) -> None:
    client = Client()
    client.force_login(_staff("victor", "view_account"))
    account = an_account()
    pauses.pause_account(account, reason="No.", at=AT)
    page = client.get(page_of(account))
    assert (page.status_code, buttons(page)) == (200, ["History"])
    assert facts(page)["State"] == "✗ paused since 2026-11-01 09:30 UTC"
    assert client.post(page_of(account), filled_in()).status_code == 403
    assert press(client, "resume", account.pk, model="account").status_code == 403
    account.refresh_from_db()
    assert account.is_paused


def test_who_may_not_even_look_is_told_nothing_of_accounts(as_rita: Client) -> None:
    pauses.pause_account(an_account(), reason="No.", at=AT)
    pauses.pause_meeting(MeetingFactory(title="Launch"), reason="Gone.", at=AT)
    assert needs(as_rita.get(reverse("admin:index"))) == ["1 paused meeting"]
    assert as_rita.get(reverse(ACCOUNTS)).status_code == 403


# --- pauses -----------------------------------------------------------------------------------------------------------


def test_what_waits_about_accounts_and_meetings_is_counted_in_the_banner_and_said_on_the_list(as_dana: Client) -> None:
    now = timezone.now().replace(second=0, microsecond=0)
    paused, ending = an_account("Berlin"), an_account("Cologne")
    pauses.pause_account(paused, reason="Webex says: <no>.", at=AT)
    ends_at = now + timedelta(days=13)
    Account.objects.filter(pk=ending.pk).update(refresh_token_expires_at=ends_at)
    later = an_account("Dresden")
    Account.objects.filter(pk=later.pk).update(refresh_token_expires_at=now + timedelta(days=15))
    an_account_with_a_token("Essen", expires_at=AT)
    ends_soon_at = now + timedelta(hours=1)
    an_account_with_a_token("Fulda", expires_at=ends_soon_at)
    an_account_with_a_token("Gera", expires_at=now + timedelta(hours=3))
    pauses.pause_meeting(MeetingFactory(title="Launch"), reason="Gone.", at=AT)
    over = MeetingFactory(start_at=now - timedelta(days=2))
    pauses.pause_meeting(over, reason="Gone.", at=AT)
    expected = [
        "The Webex account “Berlin” is paused since 2026-11-01 09:30 UTC: nothing is sent in its name. "
        "Webex says: <no>.",
        f"The refresh token of the Webex account “Cologne” ends at {ends_at:%Y-%m-%d %H:%M} UTC. "
        "Authorize the integration again.",
        "The access token of the Webex account “Essen” has ended at 2026-11-01 09:30 UTC. Enter a new one.",
        f"The access token of the Webex account “Fulda” ends at {ends_soon_at:%Y-%m-%d %H:%M} UTC. "
        "Enter a new one before.",
    ]
    assert needs(as_dana.get(reverse("admin:index"))) == ["4 Webex accounts to look after", "1 paused meeting"]
    assert banner(as_dana.get(reverse(ACCOUNTS))) == [
        "Needs attention Webex accounts to look after: 4 Paused meetings: 1"
    ]
    listed = as_dana.get(reverse("admin:registration_attention"))
    assert [text(said) for said in soup(listed).select("#accounts .said")] == expected
    assert [text(said) for said in soup(listed).select("#meetings .said")] == ["Gone."]
    links = [as_dana.get(str(link["href"])).status_code for link in soup(listed).select(".waiting .who a")]
    assert links == [200] * 5


@pytest.mark.parametrize("way", ["button", "list"])
def test_resuming_an_account_is_written_down(as_dana: Client, way: str) -> None:
    account = an_account()
    pauses.pause_account(account, reason="No.", at=AT)
    Account.objects.update(failures=7)
    assert buttons(as_dana.get(page_of(account))) == ["Resume", "History"]
    if way == "button":
        response = press(as_dana, "resume", account.pk, model="account")
        assert said(response) == ["success: 1 was resumed."]
    else:
        response = choose(as_dana, "resume", [account.pk, settings_account().pk], model="account")
        assert said(response) == ["success: 1 was resumed.", "warning: Left as they were: 1 (1 was not paused)."]
    account.refresh_from_db()
    assert (account.is_paused, account.pause_reason, account.paused_mark, account.failures) == (False, "", "", 0)
    assert [entry.change_message for entry in LogEntry.objects.filter(object_id=account.pk)] == ["Resumed."]
    again = said(press(as_dana, "resume", account.pk, model="account"))
    assert again[-1] == "warning: Left as they were: 1 (1 was not paused)."
    assert LogEntry.objects.count() == 1
    assert buttons(as_dana.get(page_of(account))) == ["History"]


def test_a_meeting_says_why_it_is_paused_and_is_resumed(as_dana: Client) -> None:
    meeting = MeetingFactory(title="Launch", warnings=["Webex has a new question: “Diet?”."])
    MeetingFactory(title="Another")
    pauses.pause_meeting(meeting, reason="Join before host is on now.", at=AT)
    page = as_dana.get(page_of(meeting))
    assert [text(box) for box in soup(page).select(".caution")] == [
        "The meeting “Launch” is paused since 2026-11-01 10:30 CET: nobody is sent to Webex for it. "
        "Join before host is on now.",
        "What the last look at Webex’s form warned of: Webex has a new question: “Diet?”.",
    ]
    assert buttons(page)[0] == "Resume"
    list_of = reverse("admin:registration_meeting_changelist")
    assert [row[0] for row in rows(as_dana.get(list_of, {"paused": "1"}))] == ["Launch"]
    assert [row[0] for row in rows(as_dana.get(list_of, {"paused": "0"}))] == ["Another"]
    assert {row[0]: row[3] for row in rows(as_dana.get(list_of))} == {"Launch": "✗ paused", "Another": "–"}

    response = choose(as_dana, "resume", [meeting.pk], model="meeting")

    assert said(response) == ["success: 1 was resumed."]
    meeting.refresh_from_db()
    assert (meeting.is_paused, meeting.pause_reason) == (False, "")
    assert [entry.change_message for entry in LogEntry.objects.all()] == ["Resumed."]


def test_a_meeting_that_is_paused_while_its_page_is_open_stays_paused(
    as_dana: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_dana.post(reverse("admin:registration_meeting_add"), meeting_by_hand())
    meeting = Meeting.objects.get()
    real = Meeting.save

    def meanwhile(self: Meeting, **options: object) -> None:
        Meeting.objects.update(paused_at=AT)
        real(self, **options)

    monkeypatch.setattr(Meeting, "save", meanwhile)
    response = as_dana.post(page_of(meeting), meeting_by_hand(title="Renamed", host_email="a@example.com"))
    assert complaints(response) == []
    meeting.refresh_from_db()
    assert (meeting.title, meeting.host_email, meeting.paused_at) == ("Renamed", "a@example.com", AT)


# --- several accounts -------------------------------------------------------------------------------------------------


def test_the_list_of_meetings_tells_and_filters_by_account_where_there_are_several(as_dana: Client) -> None:
    list_of = reverse("admin:registration_meeting_changelist")
    MeetingFactory(title="Ours")
    assert len(rows(as_dana.get(list_of))[0]) == 8
    MeetingFactory(title="Berlin's", account=an_account())
    assert {row[0]: row[-1] for row in rows(as_dana.get(list_of))} == {"Ours": "of the settings", "Berlin's": "Berlin"}
    links = {row[0]: row[1] for row in rows(as_dana.get(reverse(ACCOUNTS)))}
    assert links == {"Account of the settings": "1", "Berlin": "1"}
    found = [
        [row[0] for row in rows(as_dana.get(str(link["href"])))]
        for link in soup(as_dana.get(reverse(ACCOUNTS))).select(".field-meetings_link a")
    ]
    assert found == [["Ours"], ["Berlin's"]]
    assert [len(rows(as_dana.get(list_of, {"account": value}))) for value in ("0", "x")] == [2, 2]


def test_a_meeting_is_imported_in_the_name_of_the_chosen_account_and_stays_with_it(
    as_dana: Client, settings: Settings
) -> None:
    with SandboxServer(token="of-berlin") as server:
        settings.WEBEX_BASE_URL = server.url
        page = reverse("admin:registration_meeting_import")
        assert soup(as_dana.get(page)).select("select[name=account]") == []
        account = an_account_with_a_token("Berlin", token="of-berlin")
        assert len(soup(as_dana.get(page)).select("select[name=account]")) == 1

        assert as_dana.post(page, {"webex_id": OPEN_HOUR_ID}).status_code == 200  # the settings' token is refused
        assert as_dana.post(page, {"webex_id": OPEN_HOUR_ID, "account": account.pk}).status_code == 302
        as_dana.get(reverse("admin:index"))  # which shows the messages
        meeting = Meeting.objects.get()
        assert meeting.account == account
        refreshing = press(as_dana, "refresh", meeting.pk, model="meeting")["Location"]
        assert "Nothing would change" in text(soup(as_dana.get(refreshing)))
        assert as_dana.post(page, {"webex_id": OPEN_HOUR_ID}).status_code == 302
    meeting.refresh_from_db()
    assert meeting.account == account
