"""Mending a field where the list shows what is wrong with it."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from registration.flow import correct
from registration.models import AuditEntry, Mail, Meeting, Submission
from registration.sandbox.faults import Fault
from registration.sandbox.server import SandboxServer
from tests.admin.attention import people
from tests.admin.attention.people import PHONE, address, counted, names
from tests.admin.pages import complaints, press, said, soup, text
from tests.cast import MeetingFactory, SubmissionFactory

pytestmark = pytest.mark.django_db


def fields_of(response: Any, person: Submission, *, kind: str = "refused") -> dict[str, str]:
    """What a browser sends of the person's row."""
    inputs = soup(response).select(f"#{kind}-{person.pk} form input")
    return {str(field["name"]): str(field.get("value", "")) for field in inputs}


def mend(client: Client, person: Submission, *, kind: str = "refused", **values: str) -> Any:
    """Type into the fields of the row, and press its button."""
    fields = fields_of(client.get(address()), person, kind=kind)
    typed = {f"{kind}-{person.pk}-{name}": value for name, value in values.items()}
    return client.post(reverse("admin:registration_attention_mend", args=[kind, person.pk]), fields | typed)


def shown(response: Any, person: Submission, name: str, *, kind: str = "refused") -> tuple[str, list[str]]:
    """What stands in a field of the row now, and what is said to be wrong with it."""
    row = soup(response).select_one(f"#{kind}-{person.pk}")
    assert row is not None
    field = row.select_one(f"#mend-{kind}-{person.pk}-{name}")
    assert field is not None
    return str(field["value"]), [text(each) for each in row.select(".errorlist li")]


def test_whom_webex_refused_is_mended_in_place_and_registered_by_the_next_push(
    as_rita: Client, open_hour: Meeting, sandbox: SandboxServer, here: None
) -> None:
    Meeting.objects.update(work_phone_use="optional")
    person = SubmissionFactory(meeting=open_hour, approved=True, work_phone="call me")
    sandbox.faults.add(Fault("bulkInsert", status=400, message=PHONE))
    press(as_rita, "push_now", open_hour.pk, model="meeting")
    response = mend(as_rita, person, work_phone="0049 30 901820")
    assert said(response) == [
        f"success: {person.full_name}: corrected (Work phone). Webex refused them as they were. The next push sends "
        "them again, corrected. The registration (bulkInsert) does not let Webex mail them."
    ]
    assert response["Location"] == f"{address()}#refused"
    press(as_rita, "push_now", open_hour.pk, model="meeting")
    person.refresh_from_db()
    assert (person.work_phone, person.presence) == ("+49 30 901820", "registered")
    assert counted(as_rita.get(address())) == {}
    entry = AuditEntry.objects.get(action="edited")
    assert (entry.by.username, entry.submission_id, entry.before, entry.after) == (
        "rita",
        person.pk,
        {"Work phone": ["call me"]},
        {"Work phone": ["+49 30 901820"]},
    )


@pytest.mark.parametrize(
    ("words", "fields"),
    [
        (PHONE, ["Work phone"]),
        ("First Name is too long; last_name, too.", ["First name", "Last name"]),
        ("E-mail address is not valid", ["E-mail address"]),
        ("The meeting is full.", []),
        ("firstName, lastName, email and city are wrong.", []),
        ("Fax is wrong.", []),
        ("The real estate company’s state.", []),
        ("State is required", ["State or province"]),
    ],
)
def test_the_fields_that_webexs_words_name_and_the_form_has_are_in_the_row(
    as_rita: Client, words: str, fields: list[str]
) -> None:
    person = people.refused(MeetingFactory(work_phone_use="optional", state_use="required"), words=words)
    page = as_rita.get(address())
    labels = [text(label).partition(" of ")[0] for label in soup(page).select(f"#refused-{person.pk} .mend label")]
    assert labels == fields
    assert [text(link) for link in soup(page).select(f"#refused-{person.pk} form a")] == ["All their answers"]


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ("nonsense", "Enter a work phone number that begins with + and the country’s code, such as +44 20 7946 0000"),
        ("<b>1</b>", "Enter a work phone number that begins with + and the country’s code, such as +44 20 7946 0000"),
        ("1" * 5000, "Shorten “Work phone” to 40 characters or fewer: it has 5000"),
        ("+49 30 901820", "This is what is stored already: change it."),
    ],
)
def test_what_is_wrong_is_said_in_the_row_and_what_was_typed_is_kept(as_rita: Client, typed: str, wrong: str) -> None:
    person = people.refused(work_phone="+49 30 901820")
    response = mend(as_rita, person, work_phone=typed)
    assert response.status_code == 200
    assert shown(response, person, "work_phone") == (typed, [wrong])
    field = soup(response).select_one(f"#mend-refused-{person.pk}-work_phone")
    assert field is not None and field["aria-invalid"] == "true"
    person.refresh_from_db()
    assert (person.work_phone, person.presence) == ("+49 30 901820", "refused")


def test_a_field_that_must_be_filled_in_cannot_be_emptied_and_another_can(as_rita: Client) -> None:
    needed = people.refused(MeetingFactory(work_phone_use="required"), work_phone="1")
    assert shown(mend(as_rita, needed, work_phone="\0 \u200b"), needed, "work_phone")[1] == [
        "Enter your work phone number"
    ]
    other = people.refused(work_phone="1")
    mend(as_rita, other, work_phone="")
    other.refresh_from_db()
    assert (other.work_phone, other.presence) == ("", "absent")


def test_the_address_of_somebody_else_is_not_taken(as_rita: Client) -> None:
    person = people.refused(words="email is wrong")
    SubmissionFactory(meeting=person.meeting, email="taken@example.com")
    response = mend(as_rita, person, email="Taken@example.com")
    assert shown(response, person, "email") == (
        "Taken@example.com",
        ["Somebody else is registered for this meeting with this e-mail address"],
    )


def test_an_address_that_is_spelt_otherwise_is_sent_again_and_that_is_said(as_rita: Client) -> None:
    person = people.refused(MeetingFactory(send_email=False), words="email is wrong", email="Ann@Example.com")
    assert said(mend(as_rita, person, email="ann@example.com")) == [
        f"success: {person.full_name}: corrected (E-mail address). Webex refused them as they were. The next push "
        "sends them again, corrected. The registration (bulkInsert) does not let Webex mail them."
    ]
    person.refresh_from_db()
    assert (person.email, person.presence) == ("ann@example.com", "absent")


def test_a_new_address_gets_a_new_link_by_mail(as_rita: Client) -> None:
    person = people.refused(words="email is wrong")
    response = mend(as_rita, person, email="right@example.com")
    assert "we mail to right@example.com" in said(response)[0]
    assert list(Mail.objects.values_list("submission", "kind")) == [(person.pk, "received")]


def test_what_somebody_else_has_changed_meanwhile_is_said_and_not_overwritten(as_rita: Client) -> None:
    person = people.refused(work_phone="1")
    fields = fields_of(as_rita.get(address()), person)
    Submission.objects.filter(pk=person.pk).update(work_phone="+49 30 1111")
    where = reverse("admin:registration_attention_mend", args=["refused", person.pk])
    response = as_rita.post(where, fields | {f"refused-{person.pk}-work_phone": "+49 30 2222"})
    words = "Somebody else has changed this meanwhile, to “+49 30 1111”. What you typed is not stored yet."
    assert shown(response, person, "work_phone") == ("+49 30 2222", [words])
    again = {f"refused-{person.pk}-work_phone": "+49 30 2222", "was-work_phone": "+49 30 1111"}
    assert as_rita.post(where, again).status_code == 302
    assert Submission.objects.get().work_phone == "+49 30 2222"


def test_what_changes_between_the_look_and_the_lock_is_not_overwritten(
    as_rita: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = people.refused(work_phone="1")
    plan = correct.plan

    def plan_and_somebody_else(*args: Any, **kwargs: Any) -> correct.Plan:
        found = plan(*args, **kwargs)
        Submission.objects.filter(pk=person.pk).update(work_phone="2")
        return found

    monkeypatch.setattr(correct, "plan", plan_and_somebody_else)
    response = mend(as_rita, person, work_phone="+49 30 901820")
    words = "This registration, or what becomes of it, has changed meanwhile."
    assert shown(response, person, "work_phone") == ("+49 30 901820", [words])
    assert Submission.objects.get().presence == "refused"


def test_who_was_resolved_meanwhile_is_told_and_left_alone(as_rita: Client) -> None:
    person = people.refused(work_phone="1")
    fields = fields_of(as_rita.get(address()), person)
    Submission.objects.filter(pk=person.pk).update(presence="absent", refusal="")
    where = reverse("admin:registration_attention_mend", args=["refused", person.pk])
    response = as_rita.post(where, fields | {f"refused-{person.pk}-work_phone": "+49 30 2222"})
    assert said(response) == ["warning: Nothing was stored: what you were about to mend has been resolved meanwhile."]
    assert (Submission.objects.get().work_phone, AuditEntry.objects.filter(action="edited").count()) == ("1", 0)


def test_a_field_that_was_not_sent_is_not_emptied(as_rita: Client) -> None:
    person = people.refused(work_phone="+49 30 901820")
    response = as_rita.post(reverse("admin:registration_attention_mend", args=["refused", person.pk]), {})
    assert said(response)[0].startswith("warning: Nothing was stored")
    assert Submission.objects.get().work_phone == "+49 30 901820"


def test_a_country_is_one_of_the_list_which_the_page_has_once(as_rita: Client) -> None:
    meeting = MeetingFactory(country_region_use="optional")
    first, _second = (people.refused(meeting, words="Invalid countryRegion") for _number in range(2))
    page = as_rita.get(address())
    assert (len(soup(page).select("datalist")), len(soup(page).select("input[list=countries]"))) == (1, 2)
    response = mend(as_rita, first, country_region="Atlantis")
    assert shown(response, first, "country_region") == ("Atlantis", ["Choose a country or region from the list"])
    mend(as_rita, first, country_region="Germany")
    first.refresh_from_db()
    assert (first.country_region, first.presence) == ("Germany", "absent")


# --- mails ------------------------------------------------------------------------------------------------------------


def test_a_mistyped_address_is_mended_and_written_to(as_rita: Client) -> None:
    person = people.unreached(MeetingFactory(), email="ada@exmaple.com")
    response = mend(as_rita, person, kind="mails", email="ada@example.com")
    assert said(response)[0].startswith(f"success: {person.full_name}: corrected (E-mail address).")
    assert Mail.objects.filter(due_at__lte=timezone.now(), submission=person).count() == 1
    assert counted(as_rita.get(address())) == {}


@pytest.mark.parametrize("email", ["ada@example.org", "ADA@example.com"])
def test_a_mail_that_is_tried_over_and_over_goes_to_the_new_address_at_once(as_rita: Client, email: str) -> None:
    person = people.failing(MeetingFactory(), email="ada@example.com")
    mend(as_rita, person, kind="mails", email=email)
    now = timezone.now()
    assert Mail.objects.filter(due_at__gt=now).count() == 0
    assert Mail.objects.filter(due_at__lte=now, failed_tries=0, kind="approved").count() == 1
    mailed = AuditEntry.objects.filter(action="mailed").values_list("by__username", "submission")
    assert list(mailed) == [("rita", person.pk)]
    assert counted(as_rita.get(address())) == {}


def test_only_what_is_mended_in_place_has_such_an_address(as_rita: Client, as_dana: Client) -> None:
    person = people.missing(MeetingFactory())
    for kind in ("missing", "meetings", "nothing"):
        assert as_dana.post(f"{address()}{kind}/{person.pk}/mend/").status_code == 404
    mended = people.refused()
    assert as_rita.get(reverse("admin:registration_attention_mend", args=["refused", mended.pk])).status_code == 302
    assert names(as_rita.get(address()), "refused") == [mended.full_name]
    assert complaints(as_rita.get(address())) == []
