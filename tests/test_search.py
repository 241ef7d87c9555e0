"""Searching people: what is found, and that PostgreSQL finds it by an index."""

import re
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from django.core.checks import Warning
from django.db import connection
from django.db.models import QuerySet

from registration import search
from registration.checks import check_search
from registration.models import Meeting, Submission
from tests.cast import MeetingFactory, SubmissionFactory

pytestmark = pytest.mark.django_db

on_postgresql = pytest.mark.postgresql


def found(words: str) -> list[str]:
    return [person.first_name for person in search.matching(Submission.objects.order_by("pk"), words)]


@pytest.fixture
def people(db: None) -> None:
    SubmissionFactory(
        first_name="Ann", last_name="Lee L’ee", email="Ann@Example.com", company_name="Acme", reference="K7QX-93MP"
    )
    SubmissionFactory(
        first_name="Wei", last_name="Li D’Arcy", email="w@example.org", company_name="100% Sure_Thing O'Hara"
    )
    SubmissionFactory(first_name="Oliver", last_name="Wu O'N", email="oliver.li@example.org", company_name="J&J")


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("", ["Ann", "Wei", "Oliver"]),
        ("lee", ["Ann"]),
        ("LEE ann", ["Ann"]),
        ("lee wei", []),
        ("ann@example", ["Ann"]),
        ("acm", ["Ann"]),
        ("k7qx-93mp", ["Ann"]),
        ("93mp", ["Ann"]),
        ("k7qx93mp", ["Ann"]),
        ("k7qx-93mp lee", ["Ann"]),
        ("K7QX93MP wei", []),
        ("k7qx93mp l'ee", ["Ann"]),
        ("d'arcy o'hara", ["Wei"]),
        ("example", ["Ann", "Wei", "Oliver"]),
        # Short ones are whole words.
        ("li", ["Wei"]),
        ("wu", ["Oliver"]),
        ("w", []),
        ("o'n", ["Oliver"]),
        ("o’n", ["Oliver"]),
        ("d'arcy", ["Wei"]),
        ("d’arcy li", ["Wei"]),
        ("j&j", ["Oliver"]),
        # What means something to LIKE means nothing here.
        ("100%", ["Wei"]),
        ("sure_thing", ["Wei"]),
        ("sureXthing", []),
        ("1%0", []),
        ("%", []),
        ("_ -", []),
        ("\\", []),
        ("ann\0", ["Ann"]),
        ("'; DROP TABLE x; --", []),
        ("x" * 10_000, []),
        (" ".join(["lee"] * 5_000), ["Ann"]),
    ],
)
def test_every_word_must_be_somewhere(people: None, words: str, names: list[str]) -> None:
    assert found(words) == names


def test_a_common_word_finds_everybody_who_has_it(people: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "_FEW", 1)
    assert found("example") == ["Ann", "Wei", "Oliver"]
    assert found("lee") == ["Ann"]


@pytest.mark.parametrize("are_some", [False, True])
def test_of_some_people_only_those_are_found(people: None, are_some: bool) -> None:
    some = Submission.objects.exclude(first_name="Wei").order_by("pk")
    names = search.matching(some, "example", are_some=are_some).values_list("first_name", flat=True)
    assert list(names) == ["Ann", "Oliver"]


@pytest.mark.parametrize("name", ["Özil", "Zoë", "Ørsted", "Шевченко", "Γιώργος"])
def test_letters_of_every_alphabet_are_found_in_either_case(name: str) -> None:
    SubmissionFactory(first_name="Someone", last_name=name)
    assert found(name.upper()) == found(name.lower()) == ["Someone"]


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("Nguyễn Minh Đức", "nguyen minh duc"),
        ("Sørensen", "sorensen"),
        ("Müller-Weiß", "muller-weiss"),
        ("Łukasz Żółć", "lukasz zolc"),
        ("Æbelø", "aebelo"),
        ("Œuvre", "oeuvre"),
        ("Renée", "Rene\u0301e"),
        ("Ｍａｒｙ", "mary"),
        ("김민준", "김민준"),
        ("D’Arcy", "d'arcy"),
        ("O´Brien", "o'brien"),
        ("O'Brien", "o‘brien"),
        ("Muller Strasse", "müller straße"),
    ],
)
def test_a_name_is_found_without_its_accents_and_with_them(name: str, typed: str) -> None:
    SubmissionFactory(first_name="Someone", last_name=name)
    assert found(name) == found(typed) == found(typed.upper()) == ["Someone"]


def test_what_is_not_an_accent_is_not_left_out() -> None:
    SubmissionFactory(first_name="Someone", last_name="がぎぐ 각각")
    assert (found("かきく"), found("가가각"), found("ぎぐ")) == ([], [], [])
    assert found("がぎぐ") == found("각각") == ["Someone"]


@pytest.mark.parametrize("name", ["Zürich", "Straße", "Ørsted", "Шевченко", "100 % a_b\\"])
def test_a_piece_of_any_column_is_found_in_either_case(name: str) -> None:
    MeetingFactory(title="100 X aXb")
    MeetingFactory(title=f"In {name}!")
    for words in (name, name.lower()):
        assert [meeting.title for meeting in Meeting.objects.filter(title__in_any_case=words)] == [f"In {name}!"]


@pytest.mark.parametrize("name", ["ZÜRICH", "ØRSTED", "ШЕВЧЕНКО"])
def test_what_is_written_in_capitals_is_found_by_small_letters(name: str) -> None:
    MeetingFactory(title=name)
    assert Meeting.objects.filter(title__in_any_case=name.lower()).exists()
    assert not Meeting.objects.exclude(title__in_any_case=name.lower()).exists()


# --- by the index -----------------------------------------------------------------------------------------------------


@pytest.fixture
def many(db: None) -> Iterator[list[Meeting]]:
    meetings = MeetingFactory.create_batch(2)
    Submission.objects.bulk_create(
        (
            SubmissionFactory.build(
                meeting=meetings[n % 2], first_name=f"N{n}", last_name=f"Number{n}", email_key=f"p{n}@example.com"
            )
            for n in range(5_000)
        ),
        batch_size=1000,
    )
    with connection.cursor() as cursor:
        # What other tests rolled back still fills the indexes, so that the planner would not like to read them.
        cursor.execute("REINDEX TABLE registration_submission")
        cursor.execute("ANALYZE registration_submission")
    yield meetings


def plans_of(people: QuerySet[Submission], words: str) -> list[str]:
    """The plan of each question that a search asks, the list's own among them."""
    asked: list[tuple[str, Any]] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        asked.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        list(search.matching(people, words)[:100])
    with connection.cursor() as cursor:
        plans = []
        for sql, params in asked:
            cursor.execute(f"EXPLAIN {sql}", params)
            plans.append(" ".join(str(row) for row in cursor.fetchall()))
    return plans


@on_postgresql
@pytest.mark.parametrize("words", ["Number4711", "nobody", "Li", "number12 nobody", "o'nobody", "k7qx93mp"])
@pytest.mark.parametrize("is_scoped", [False, True])
def test_a_search_reads_the_index_whatever_else_is_asked(many: list[Meeting], words: str, is_scoped: bool) -> None:
    people = Submission.objects.select_related("meeting").order_by("-submitted_at", "-pk")
    if is_scoped:
        people = people.filter(meeting__in=[many[0].pk])
    plans = plans_of(people, words)
    assert len(plans) in {1, 2}  # Where nobody has the words, the list need not be asked for.
    assert search.INDEX in plans[0]
    assert [plan for plan in plans if re.search(r"Seq Scan on registration_submission", plan)] == []


def test_the_migration_indexes_what_is_searched() -> None:
    column = import_module("registration.migrations.0018_search_without_accents")
    index = import_module("registration.migrations.0016_search_column")
    assert (column.DROP, column.COLUMN) == (search.DROP_COLUMN, search.CREATE_COLUMN)
    assert index.INDEX == search.CREATE_INDEX


# --- without it -------------------------------------------------------------------------------------------------------


def test_it_is_said_how_to_get_the_index_where_it_is_missing() -> None:
    assert check_search(None, databases=["default"]) == []
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"DROP INDEX {search.INDEX}")
        (warning,) = check_search(None, databases=["default"])
        assert isinstance(warning, Warning)
        assert (warning.id, search.CREATE_INDEX in str(warning.hint)) == ("registration.W006", True)
        assert check_search(None) == []


@on_postgresql
def test_the_portal_goes_on_without_the_extension() -> None:
    """As where the database's user may not create it: each step of the migration fails, and nothing else does."""
    migration = import_module("registration.migrations.0016_search_column")
    with connection.cursor() as cursor:
        cursor.execute("DROP EXTENSION pg_trgm CASCADE")
        cursor.execute("CREATE ROLE nobody_much")
        cursor.execute("GRANT ALL ON SCHEMA public TO nobody_much")
        cursor.execute("SET ROLE nobody_much")
        with connection.schema_editor(atomic=False) as editor:
            migration.index_it(None, editor)
        cursor.execute("RESET ROLE")
    SubmissionFactory(first_name="Ann", last_name="Lee")
    assert found("lee") == ["Ann"]
    assert [warning.id for warning in check_search(None, databases=["default"])] == ["registration.W006"]
