"""A logo as it is kept: small, upright, sharp, and without anything of the file that is not to be seen."""

import random
import struct
import subprocess
import sys
import zlib
from io import BytesIO
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from PIL import Image, PngImagePlugin

from registration import pictures

RED, BLUE = (200, 0, 0), (0, 0, 200)


def file_of(image: Image.Image, format: str = "PNG", **options: Any) -> bytes:
    file = BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def seen(picture: pictures.Picture) -> Image.Image:
    return Image.open(BytesIO(picture.content))


def noise(mode: str) -> Image.Image:
    return Image.frombytes(mode, (480, 160), random.Random(1).randbytes(480 * 160 * len(mode)))


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP"])
def test_a_picture_of_each_format_is_fitted_into_the_box_and_kept_twice_as_large(format: str) -> None:
    picture = pictures.logo(file_of(Image.new("RGB", (1200, 300), RED), format))
    assert (picture.width, picture.height, seen(picture).size) == (240, 60, (480, 120))
    assert picture.content_type == f"image/{str(seen(picture).format).lower()}"
    assert picture.content_type in pictures.FORMATS


@pytest.mark.parametrize(
    ("size", "shown", "kept"),
    [
        ((100, 40), (100, 40), (100, 40)),  # never larger than it was
        ((300, 100), (240, 80), (300, 100)),
        ((400, 1600), (20, 80), (40, 160)),
        ((9000, 10), (240, 1), (480, 1)),
    ],
)
def test_a_picture_keeps_its_proportions(size: tuple[int, int], shown: tuple[int, int], kept: tuple[int, int]) -> None:
    picture = pictures.logo(file_of(Image.new("RGB", size, RED)))
    assert ((picture.width, picture.height), seen(picture).size) == (shown, kept)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16", "CMYK"])
def test_colours_of_every_kind_are_read(mode: str) -> None:
    data = file_of(Image.new(mode, (20, 10)), "JPEG" if mode == "CMYK" else "PNG")
    assert pictures.logo(data).width == 20


def test_a_grey_of_sixteen_bits_stays_that_grey() -> None:
    picture = pictures.logo(file_of(Image.new("I;16", (20, 10), 0x8000)))
    assert seen(picture).convert("L").getextrema() == (128, 128)


def test_what_is_transparent_stays_so_and_hides_no_colour() -> None:
    kept = seen(pictures.logo(file_of(Image.new("RGBA", (20, 10), (*RED, 0))))).convert("RGBA")
    assert kept.getpixel((0, 0)) == (0, 0, 0, 0)


def test_a_picture_is_turned_as_its_camera_says() -> None:
    image = Image.new("RGB", (80, 40), RED)
    image.paste(BLUE, (0, 0, 40, 40))
    exif = Image.Exif()
    exif[0x0112] = 6  # the top is on the right
    picture = pictures.logo(file_of(image, "JPEG", exif=exif, quality=95))
    assert (picture.width, picture.height) == (40, 80)
    top, bottom = (seen(picture).convert("RGB").getpixel((20, y)) for y in (5, 75))
    assert isinstance(top, tuple) and isinstance(bottom, tuple)
    assert (top[2] > 150, bottom[0] > 150) == (True, True)


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP"])
def test_nothing_of_the_file_is_kept_but_what_is_seen(format: str) -> None:
    words = b"secret place"
    exif = Image.Exif()
    exif[0x010E] = words.decode()
    options: dict[str, Any] = {"exif": exif, "icc_profile": words}
    if format == "PNG":
        info = PngImagePlugin.PngInfo()
        info.add_text("Comment", words.decode())
        options["pnginfo"] = info
    data = file_of(Image.new("RGB", (20, 10), RED), format, **options) + words
    picture = pictures.logo(data)
    assert (words in data, words in picture.content) == (True, False)
    assert set(seen(picture).info) <= {"loop", "background", "timestamp", "duration"}
    assert not seen(picture).getexif()


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_even_noise_weighs_little(mode: str) -> None:
    assert len(pictures.logo(file_of(noise(mode))).content) <= pictures.AIM_BYTES


def test_a_drawing_is_kept_exactly() -> None:
    image = Image.new("RGB", (400, 100), "white")
    for x in range(0, 400, 7):
        image.paste((x % 256, 90, 120), (x, 10, x + 4, 90))
    assert seen(pictures.logo(file_of(image))).convert("RGB").tobytes() == image.tobytes()


# Not getrusage(), which counts what the process that started this one had in memory as well.
WEIGHED = """
import sys
from pathlib import Path
from registration import pictures
pictures.logo(sys.stdin.buffer.read())
print(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process how much memory it has had")
@pytest.mark.parametrize("size", [(1, pictures.MOST_PIXELS), (pictures.MOST_PIXELS, 1), (4000, 4000)])
def test_no_picture_takes_the_memory_of_the_whole_machine(size: tuple[int, int]) -> None:
    """In megabytes, of a process of its own."""
    data = file_of(Image.new("L", size))
    weighed = subprocess.run([sys.executable, "-c", WEIGHED], input=data, capture_output=True, check=True)
    assert int(weighed.stdout) // 1024 < 700


def test_the_digest_is_that_of_the_content() -> None:
    red, again, blue = (pictures.logo(file_of(Image.new("RGB", (20, 10), color))) for color in (RED, RED, BLUE))
    assert (red.digest == again.digest, red.digest == blue.digest, len(red.digest)) == (True, False, 16)


# --- what is refused --------------------------------------------------------------------------------------------------

OTHER = "Choose a PNG, JPEG or WebP picture. Save any other, such as an SVG, as one of these first."
DAMAGED = "The picture is damaged. Save it anew, or choose another one."
TOO_LARGE = "Choose a picture of at most 16 million pixels, such as 4000 × 4000."
PHOTO = file_of(noise("RGB"))


def bomb(width: int, height: int) -> bytes:
    """A small PNG that says it has this many pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(1_000_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", OTHER),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", OTHER),
        (file_of(Image.new("RGB", (20, 10)), "GIF"), OTHER),
        (file_of(Image.new("RGB", (20, 10)), "TIFF"), OTHER),
        (PHOTO[:5000], DAMAGED),
        (bomb(4001, 4000), TOO_LARGE),
        (bomb(10_000, 10_000), TOO_LARGE),
        (bomb(60_000, 60_000), TOO_LARGE),
        (PHOTO + bytes(2_000_000), "Choose a file of at most 2 MB."),
    ],
    ids=["empty", "svg", "gif", "tiff", "cut", "large", "warned-of", "bomb", "heavy"],
)
def test_what_is_no_logo_is_refused_with_words_that_say_what_to_do(data: bytes, words: str) -> None:
    with pytest.raises(ValidationError) as refused:
        pictures.logo(data)
    assert refused.value.messages == [words]
