"""Colours that everybody can read: contrast by WCAG 2.2, and the shades of a meeting's own colour.

Source: Web Content Accessibility Guidelines 2.2, the definitions of "relative luminance" and "contrast ratio"
(https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio) and success criterion 1.4.3. A colour is ``#`` and three or six
hexadecimal digits.
"""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from functools import lru_cache
from hashlib import sha256

TEXT_CONTRAST = 4.5
"""What text needs on its ground, at least."""

WHITE, BLACK = "#ffffff", "#000000"
LIGHT_GROUNDS = ("#f3f6f7", "#ffffff", "#e5f4ec", "#fdecee", "#e6eff2")
DARK_GROUNDS = ("#0f171b", "#172227", "#12301f", "#3a1a1f", "#1b2f36")
"""What text stands on, in light and dark: as in static/registration/site.css, which a test compares."""

_STEPS = 50
_STRONGER = 0.25


@dataclass(frozen=True)
class Scheme:
    """A meeting's colour as it is used in light or dark: see the properties of these names in site.css."""

    accent: str
    accent_strong: str
    on_accent: str


def luminance(color: str) -> float:
    """How light a colour is, from 0 (black) to 1 (white)."""
    red, green, blue = (_linear(channel / 255) for channel in _channels(color))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, from 1 (the same) to 21 (black and white)."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def least_contrast(color: str, grounds: Sequence[str]) -> float:
    """The contrast where it is lowest."""
    return min(contrast(color, ground) for ground in grounds)


def text_on(color: str) -> str:
    """Black or white, whichever contrasts more: at least 4.58 : 1, whatever the colour is."""
    return max(WHITE, BLACK, key=lambda text: contrast(text, color))


@lru_cache(maxsize=256)
def stylesheet(color: str) -> str:
    """The style sheet that lets a page have this colour, in light and dark, instead of the portal's own."""
    return (
        f":root {{ {_properties(light(color))} }}\n"
        f"@media screen and (prefers-color-scheme: dark) {{ :root {{ {_properties(dark(color))} }} }}\n"
    )


def stylesheet_digest(color: str) -> str:
    """What changes with the style sheet, and only with it: 16 hexadecimal digits."""
    return sha256(stylesheet(color).encode()).hexdigest()[:16]


@lru_cache(maxsize=256)
def light(color: str) -> Scheme:
    """The colour, made as dark as text on the light grounds needs it."""
    return _scheme(color, grounds=LIGHT_GROUNDS, towards=BLACK)


@lru_cache(maxsize=256)
def dark(color: str) -> Scheme:
    """The colour, made as light as text on the dark grounds needs it."""
    return _scheme(color, grounds=DARK_GROUNDS, towards=WHITE)


def _scheme(color: str, *, grounds: Sequence[str], towards: str) -> Scheme:
    accent = next(
        shade
        for shade in (_mix(color, towards, step / _STEPS) for step in range(_STEPS + 1))
        if least_contrast(shade, grounds) >= TEXT_CONTRAST
    )
    return Scheme(accent=accent, accent_strong=_mix(accent, towards, _STRONGER), on_accent=text_on(accent))


def _properties(scheme: Scheme) -> str:
    return "--accent: {}; --accent-strong: {}; --on-accent: {};".format(*astuple(scheme))


def _mix(color: str, other: str, share: float) -> str:
    """The colour with this share of the other in it, from 0 to 1."""
    pairs = zip(_channels(color), _channels(other), strict=True)
    return "#" + "".join(f"{round(mine + (its - mine) * share):02x}" for mine, its in pairs)


def _channels(color: str) -> tuple[int, int, int]:
    digits = color.removeprefix("#")
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    return int(digits[0:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)
