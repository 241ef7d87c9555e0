"""The shades of a meeting's colour: whoever reads, on whatever ground of the page, reads well."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from registration import colors

COLORS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")
SITE_CSS = (Path(settings.BASE_DIR) / "static" / "registration" / "site.css").read_text()


def grounds(of: str) -> list[str]:
    """What the page's text stands on, by the custom properties of the stylesheet, in light or dark."""
    before_dark, dark = SITE_CSS.split("@media screen and (prefers-color-scheme: dark)", 1)
    properties = dict(re.findall(r"--([\w-]+): (#\w+);", before_dark if of == "light" else dark.split("\n}\n", 1)[0]))
    return [value for name, value in properties.items() if name in {"page", "sheet"} or name.endswith("-ground")]


def test_the_grounds_are_those_of_the_stylesheet() -> None:
    def in_full(found: list[str]) -> set[str]:
        return {value if len(value) == 7 else "#" + "".join(digit * 2 for digit in value[1:]) for value in found}

    assert (in_full(grounds("light")), in_full(grounds("dark"))) == (
        set(colors.LIGHT_GROUNDS),
        set(colors.DARK_GROUNDS),
    )


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#ffffff", 21),
        ("#ffffff", "#fff", 1),
        ("#777777", "#ffffff", 4.48),  # just too low, as the guidelines' own explanation says
        ("#767676", "#ffffff", 4.54),
        ("#ff0000", "#0000ff", 2.15),
    ],
)
def test_the_contrast_of_two_colours_is_that_of_the_guidelines(one: str, other: str, ratio: float) -> None:
    assert round(colors.contrast(one, other), 2) == round(colors.contrast(other, one), 2) == ratio


@given(COLORS)
def test_black_or_white_can_be_read_on_every_colour(color: str) -> None:
    assert colors.contrast(color, colors.text_on(color)) >= 4.5


@given(COLORS)
def test_every_colour_has_shades_that_can_be_read_wherever_they_are_used(color: str) -> None:
    for scheme, name in ((colors.light(color), "light"), (colors.dark(color), "dark")):
        for shade in (scheme.accent, scheme.accent_strong):
            assert colors.least_contrast(shade, grounds(name)) >= 4.5
            assert colors.contrast(shade, scheme.on_accent) >= 4.5


@pytest.mark.parametrize("color", ["#0f5c6e", "#000000", "#a0153e"])
def test_a_colour_that_can_be_read_in_light_is_left_as_it_is(color: str) -> None:
    assert colors.light(color).accent == color


@pytest.mark.parametrize("color", ["#ffcc00", "#ffffff", "#7fd0e0"])
def test_a_colour_that_can_be_read_in_dark_is_left_as_it_is(color: str) -> None:
    assert colors.dark(color).accent == color


@given(COLORS)
def test_a_shade_is_no_further_from_the_colour_than_it_must_be(color: str) -> None:
    def distance(shade: str) -> float:
        return abs(colors.luminance(shade) - colors.luminance(color))

    scheme = colors.light(color)
    assert scheme.accent == color or colors.least_contrast(scheme.accent, grounds("light")) < 5
    assert distance(scheme.accent) <= distance(scheme.accent_strong)
