"""Which question of ours is which of Webex's."""

from hypothesis import given
from hypothesis import strategies as st

from registration.importing.matching import Label, match

labels = st.builds(
    Label,
    webex_id=st.sampled_from(["", "1", "2", "3"]),
    text=st.sampled_from(["Colour?", "Size?", "Town?"]),
    type=st.sampled_from(["checkbox", "dropdownList"]),
)


def test_the_same_text_and_type_outweighs_the_same_id() -> None:
    stored = [Label("1", "Colour?", "checkbox"), Label("2", "Size?", "checkbox")]

    assert match(stored, [Label("2", "Colour?", "checkbox"), Label("1", "Size?", "checkbox")]) == [0, 1]


def test_an_exact_twin_is_taken_before_one_that_only_reads_the_same() -> None:
    stored = [Label("1", "Guest?", "checkbox"), Label("2", "Guest?", "checkbox")]

    assert match(stored, [Label("3", "Guest?", "checkbox"), Label("1", "Guest?", "checkbox")]) == [1, 0]


def test_a_reworded_question_is_known_by_its_id_and_type() -> None:
    assert match([Label("1", "Color?", "checkbox")], [Label("1", "Colour?", "checkbox")]) == [0]


def test_another_type_makes_another_question() -> None:
    assert match([Label("1", "Colour?", "checkbox")], [Label("1", "Colour?", "dropdownList")]) == [None]


def test_where_two_fit_the_first_is_taken() -> None:
    stored = [Label("", "Colour?", "checkbox"), Label("", "Colour?", "checkbox")]

    assert match(stored, [Label("7", "Colour?", "checkbox")]) == [0]


@given(stored=st.lists(labels, max_size=6), incoming=st.lists(labels, max_size=6))
def test_nobody_has_two_partners_and_whoever_could_have_one_has(stored: list[Label], incoming: list[Label]) -> None:
    partners = match(stored, incoming)

    taken = [partner for partner in partners if partner is not None]
    assert len(partners) == len(incoming)
    assert sorted(taken) == sorted(set(taken))
    for label, partner in zip(incoming, partners, strict=True):
        if partner is not None:
            assert stored[partner].type == label.type
            assert label.text == stored[partner].text or label.webex_id == stored[partner].webex_id
    free = [stored[index] for index in range(len(stored)) if index not in taken]
    lonely = [label for label, partner in zip(incoming, partners, strict=True) if partner is None]
    assert [
        (a, b) for a in free for b in lonely if a.type == b.type and (a.text, a.webex_id) == (b.text, b.webex_id)
    ] == []
    assert [(a, b) for a in free for b in lonely if (a.text, a.type) == (b.text, b.type)] == []


@given(st.lists(labels, max_size=6, unique_by=lambda label: label.webex_id))
def test_an_unchanged_form_matches_itself(form: list[Label]) -> None:
    assert match(form, form) == list(range(len(form)))
