"""Sign-ups that need a proof of work: of meetings for which staff want it, and while very many sign up at once."""

import base64
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django import Settings

from registration import proofs
from registration.flow import surges
from registration.models import Mail, Meeting, SpentChallenge, Submission
from tests.at_once import at_once, database_for_threads
from tests.cast import MeetingFactory, SubmissionFactory
from tests.pages import HOUR, read, sign_up, texts
from tests.proving import challenge_on, solved

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

PROVE = "Send the form once more: to keep bots out, your computer works for a moment before your registration is taken."
AT_ONCE = 50


@pytest.fixture(autouse=True)
def quick_challenges(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    settings.HAS_CHALLENGES = True
    monkeypatch.setattr(proofs, "_COST", 1)
    monkeypatch.setattr(proofs, "_LEAST", 1)
    monkeypatch.setattr(proofs, "_MOST", 9)
    yield
    surges.forget()


def look(meeting: Meeting) -> str:
    return challenge_on(read(Client().get(meeting.get_absolute_url())))


def answer(response: "Response") -> tuple[int, str | None, list[str]]:
    return response.status_code, response.headers.get("Retry-After"), texts(read(response), ".notice h2")


# --- what is a proof -----------------------------------------------------------------------------------------------


def test_a_solved_challenge_is_a_proof_for_its_meeting_as_long_as_it_lasts() -> None:
    now = timezone.now()
    sent = solved(proofs.challenge(7, now=now))
    found = proofs.proof(sent, meeting_pk=7, now=now)
    assert found is not None
    assert (len(found.digest), found.expires_at) == (64, (now + HOUR).replace(microsecond=0))
    assert proofs.proof(sent, meeting_pk=8, now=now) is None
    assert proofs.proof(sent, meeting_pk=7, now=now + HOUR) is None
    with time_machine.travel(now + HOUR + timedelta(seconds=1)):
        assert proofs.proof(sent, meeting_pk=7, now=now) is None


@pytest.mark.parametrize(
    "change",
    [
        {"challenge": {"parameters": {"expiresAt": 9_999_999_999}}},
        {"challenge": {"parameters": {"data": {"meeting": 8}}}},
        {"challenge": {"parameters": {"cost": 10_000_000}}},
        {"challenge": {"parameters": {"keyPrefix": ""}}},
        {"challenge": {"signature": "0" * 64}},
        {"challenge": {"signature": None}},
        {"solution": {"derivedKey": "00" * 32}},
        {"solution": {"derivedKey": None}},
    ],
)
def test_what_was_tampered_with_is_no_proof(change: dict[str, Any]) -> None:
    now = timezone.now()
    payload = json.loads(base64.b64decode(solved(proofs.challenge(7, now=now))))

    def changed(whole: dict[str, Any], part: dict[str, Any]) -> None:
        for name, value in part.items():
            changed(whole[name], value) if isinstance(value, dict) and name != "data" else whole.update({name: value})

    changed(payload, change)
    sent = base64.b64encode(json.dumps(payload).encode()).decode()
    assert (proofs.proof(sent, meeting_pk=7, now=now), proofs.proof(sent, meeting_pk=8, now=now)) == (None, None)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["challenge", "parameters", "solution", "signature", "counter"]), inner)
    ),
    max_leaves=9,
)


@given(st.text(max_size=99) | _JSON.map(lambda value: base64.b64encode(json.dumps(value).encode()).decode()))
@hypothesis_settings(max_examples=300, deadline=None)
def test_whatever_is_sent_as_a_proof_is_none_and_no_error(sent: str) -> None:
    assert proofs.proof(sent, meeting_pk=7, now=timezone.now()) is None


# --- a meeting that asks for it --------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_meeting_asks_for_it_where_staff_want_it_and_each_visitor_has_a_challenge_of_their_own() -> None:
    assert look(MeetingFactory()) == ""
    meeting = MeetingFactory(has_challenge=True)
    challenges = [look(meeting) for _visitor in range(2)]
    assert ("" in challenges, len(set(challenges))) == (False, 2)
    meeting.has_challenge = False
    meeting.save()
    assert look(meeting) == ""


@pytest.mark.django_db
def test_over_plain_http_where_browsers_cannot_prove_anything_nobody_is_asked(
    client: Client, settings: Settings
) -> None:
    settings.HAS_CHALLENGES = False
    meeting = MeetingFactory(has_challenge=True)
    assert (look(meeting), sign_up(client, meeting).status_code) == ("", 302)


@pytest.mark.django_db
def test_who_proves_it_is_registered_and_who_does_not_gets_the_form_back_with_a_challenge(client: Client) -> None:
    meeting = MeetingFactory(has_challenge=True)
    response = sign_up(client, meeting)
    assert answer(response) == (400, None, [PROVE])
    assert read(response).select("#id_first_name")[0]["value"] == "Ann"
    proof = solved(challenge_on(read(response)))
    assert sign_up(client, meeting, proof=proof).status_code == 302
    assert (Submission.objects.count(), SpentChallenge.objects.count()) == (1, 1)


@pytest.mark.django_db
def test_a_proof_is_good_for_one_sign_up_and_for_the_double_click_on_it(client: Client) -> None:
    meeting = MeetingFactory(has_challenge=True)
    SubmissionFactory(meeting=meeting, email="known@example.com")
    for email in ("ann@example.com", "known@example.com"):
        proof = solved(look(meeting))
        assert [sign_up(client, meeting, proof=proof, email=email).status_code for _click in range(2)] == [302, 302]
        response = sign_up(client, meeting, proof=proof, email="bob@example.com")
        assert answer(response) == (400, None, [PROVE])
        assert [tag["value"] for tag in read(response).select("input[name=proof]")] == [""]
    assert (Submission.objects.count(), Mail.objects.count(), SpentChallenge.objects.count()) == (2, 2, 2)


@pytest.mark.django_db
def test_an_expired_proof_is_answered_by_a_new_challenge(client: Client) -> None:
    meeting = MeetingFactory(has_challenge=True)
    proof = solved(look(meeting))
    with time_machine.travel(timezone.now() + HOUR + timedelta(seconds=1)):
        response = sign_up(client, meeting, proof=proof)
        assert answer(response) == (400, None, [PROVE])
        assert sign_up(client, meeting, proof=solved(challenge_on(read(response)))).status_code == 302


@pytest.mark.django_db
def test_a_proof_that_was_not_used_stays_in_a_form_that_comes_back(client: Client, settings: Settings) -> None:
    settings.SIGN_UPS_PER_MINUTE = 1
    meeting = MeetingFactory(has_challenge=True)
    proof = solved(look(meeting))
    somebody = Client(REMOTE_ADDR="203.0.113.7")
    assert sign_up(somebody, MeetingFactory()).status_code == 302
    for response in (sign_up(client, meeting, proof=proof, email="wrong"), sign_up(somebody, meeting, proof=proof)):
        assert [tag["value"] for tag in read(response).select("input[name=proof]")] == [proof]
    assert SpentChallenge.objects.count() == 0
    assert sign_up(client, meeting, proof=proof).status_code == 302


@pytest.mark.django_db
def test_with_a_check_step_the_last_step_asks_for_it(client: Client) -> None:
    meeting = MeetingFactory(has_challenge=True, has_check_step=True)
    assert look(meeting) == ""
    checking = read(sign_up(client, meeting))
    assert texts(checking, "h1") == ["Check your answers"]
    assert answer(sign_up(client, meeting, checked="yes")) == (400, None, [PROVE])
    assert sign_up(client, meeting, checked="yes", proof=solved(challenge_on(checking))).status_code == 302


@pytest.mark.django_db
def test_who_has_no_javascript_is_told_what_it_is_for_and_whom_to_write_to(client: Client) -> None:
    for host, advice in (
        ("dana@example.com", "If you cannot turn it on, write to dana@example.com ."),
        ("", "If you cannot turn it on, write to the organisers."),
    ):
        meeting = MeetingFactory(has_challenge=True, host_email=host)
        assert texts(read(client.get(meeting.get_absolute_url())), "[data-without-script]") == [
            "To keep bots out, your computer has to work for a moment before you can register, and that needs "
            f"JavaScript. {advice}"
        ]


@pytest.mark.django_db
@pytest.mark.parametrize("facts", [{}, {"has_check_step": True}])
def test_who_has_no_javascript_is_told_so_once_more_where_the_form_comes_back(
    client: Client, facts: dict[str, Any]
) -> None:
    meeting = MeetingFactory(has_challenge=True, host_email="dana@example.com", **facts)
    page = read(sign_up(client, meeting, checked="yes"))
    assert texts(page, ".notice > *") == [
        PROVE,
        "Your registration was not stored. What you typed is still in the form below.",
        "To keep bots out, your computer has to work for a moment before you can register, and that needs JavaScript. "
        "If you cannot turn it on, write to dana@example.com .",
    ]
    # The script that takes the sentence away is there, too.
    assert [str(script["src"]).rpartition("/")[2] for script in page.select("script")] == ["proof.js", "site.js"]
    assert read(sign_up(client, meeting, email="wrong")).select(".notice") == []


@pytest.mark.django_db
def test_used_proofs_are_forgotten_once_they_would_have_expired(client: Client) -> None:
    meeting = MeetingFactory(has_challenge=True)
    assert sign_up(client, meeting, proof=solved(look(meeting))).status_code == 302
    call_command("purge", verbosity=0)
    assert SpentChallenge.objects.count() == 1
    with time_machine.travel(timezone.now() + HOUR + timedelta(seconds=1)):
        call_command("purge", verbosity=0)
    assert SpentChallenge.objects.count() == 0


# --- a surge ---------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_while_very_many_sign_up_everybody_proves_it_also_who_had_the_page_open(
    client: Client, settings: Settings
) -> None:
    settings.SURGE_SIGN_UPS_PER_MINUTE = 2
    meeting, other = MeetingFactory(), MeetingFactory()
    for number in range(2):
        assert (look(meeting), sign_up(client, meeting, email=f"ann{number}@example.com").status_code) == ("", 302)
    response = sign_up(client, meeting, email="bob@example.com")
    assert answer(response) == (429, "1", [PROVE])
    assert "" not in (look(meeting), challenge_on(read(response)))
    proof = solved(challenge_on(read(response)))
    assert sign_up(client, meeting, email="bob@example.com", proof=proof).status_code == 302
    assert (look(other), sign_up(client, other).status_code) == ("", 302)
    with time_machine.travel(timezone.now() + timedelta(seconds=61)):
        assert (look(meeting), sign_up(client, meeting, email="eve@example.com").status_code) == ("", 302)


# --- at the same moment ----------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_proof_that_is_sent_fifty_times_at_once_registers_one(tmp_path: Path) -> None:
    meeting = MeetingFactory(has_challenge=True)
    proof = solved(look(meeting))

    def send(number: int) -> int:
        return sign_up(Client(), meeting, proof=proof, email=f"ann{number}@example.com").status_code

    with database_for_threads(tmp_path):
        statuses = at_once(AT_ONCE, send)
        stored = [model.objects.count() for model in (Submission, Mail, SpentChallenge)]
    assert (sorted(statuses), stored) == ([302, *[400] * (AT_ONCE - 1)], [1, 1, 1])
