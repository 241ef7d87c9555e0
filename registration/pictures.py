"""Pictures from outside, made small and safe: what is kept is drawn anew, and nothing else of the file is."""

from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps

if TYPE_CHECKING:
    pass

MOST_BYTES = 2_000_000
MOST_PIXELS = 16_000_000
"""What is taken in. A small file can unpack to gigabytes: a picture's size is read before any of its pixels."""

BOX = (240, 80)
"""What a logo is shown in, in CSS pixels. It is kept up to twice as large, so that it is sharp on fine screens."""

AIM_BYTES = 12_000
"""What a logo weighs at most, even one of pure noise: the whole first view may weigh 60 KB."""

FORMATS = {"image/png": "png", "image/webp": "webp"}
"""The content types that are kept, each with the ending of its address."""

TOO_HEAVY = _("Choose a file of at most 2 MB.")

_QUALITIES = (85, 70, 50, 30)


@dataclass(frozen=True)
class Picture:
    """A picture as it is kept. ``width`` and ``height`` are those that it is shown with, in CSS pixels."""

    content: bytes
    content_type: str
    digest: str
    width: int
    height: int


def logo(data: bytes) -> Picture:
    """The file as a logo: upright, fitted into ``BOX``, without anything that is not to be seen.

    Raises ``ValidationError``, whose words say what to do, unless it is a PNG, JPEG or WebP picture within the bounds.
    """
    if len(data) > MOST_BYTES:
        raise ValidationError(TOO_HEAVY)
    image = _drawn_anew(_opened(data))
    content, content_type = _encoded(image)
    width, height = _fitted(image.size, BOX)
    return Picture(content, content_type, sha256(content).hexdigest()[:16], width, height)


def _opened(data: bytes) -> Image.Image:
    """The picture, of which only the header has been read."""
    too_large = ValidationError(_("Choose a picture of at most 16 million pixels, such as 4000 × 4000."))
    try:
        image = Image.open(BytesIO(data), formats=("PNG", "JPEG", "WEBP"))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise too_large from None
    except Exception:  # whatever the readers of a broken file stumble over
        words = _("Choose a PNG, JPEG or WebP picture. Save any other, such as an SVG, as one of these first.")
        raise ValidationError(words) from None
    if image.width * image.height > MOST_PIXELS:
        raise too_large
    return image


def _drawn_anew(image: Image.Image) -> Image.Image:
    """The picture's points and nothing else, at most twice as wide and high as ``BOX``."""
    try:
        # Spares a JPEG's reader the points that would be left out below.
        image.draft("RGB", (4 * max(BOX), 4 * max(BOX)))
        image = ImageOps.exif_transpose(image)
        if image.mode == "I;16":
            # Pillow would cut all that is lighter than the darkest greys down to white.
            image = image.point(lambda grey: grey / 256)
        image = image.convert("RGBA")
    except Exception:
        raise ValidationError(_("The picture is damaged. Save it anew, or choose another one.")) from None
    # In two steps: in a single one, a picture as long and thin as a hair would take more than a gigabyte.
    kept = _fitted(image.size, (2 * BOX[0], 2 * BOX[1]))
    image = image.resize(kept, Image.Resampling.LANCZOS, reducing_gap=3.0)
    # Multiplied by its opacity and back: what is fully transparent keeps no colour that could tell anything.
    image = image.convert("RGBa").convert("RGBA")
    is_opaque = image.getchannel("A").getextrema() == (255, 255)
    drawn = Image.new("RGB" if is_opaque else "RGBA", image.size)
    drawn.paste(image)
    return drawn


def _fitted(size: tuple[int, int], box: tuple[int, int]) -> tuple[int, int]:
    """The size, in proportion, that fits into the box; never larger than it was, nor thinner than a point."""
    scale = min(1, box[0] / size[0], box[1] / size[1])
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _encoded(image: Image.Image) -> tuple[bytes, str]:
    """A PNG or a WebP, whichever is smaller, both exact; above ``AIM_BYTES`` a WebP that leaves out more and more."""
    png, webp = _saved(image, "PNG", optimize=True), _saved(image, "WEBP", lossless=True)
    if len(png) <= min(len(webp), AIM_BYTES):
        return png, "image/png"
    for quality in _QUALITIES:
        if len(webp) > AIM_BYTES:
            webp = _saved(image, "WEBP", quality=quality, alpha_quality=quality)
    if len(webp) > AIM_BYTES:
        half = image.resize((max(1, image.width // 2), max(1, image.height // 2)))
        webp = _saved(half, "WEBP", quality=_QUALITIES[-1], alpha_quality=_QUALITIES[-1])
    return webp, "image/webp"


def _saved(image: Image.Image, name: str, **options: object) -> bytes:
    file = BytesIO()
    image.save(file, name, **options)
    return file.getvalue()
