"""A meeting's look on its page in the admin: logo, colour and introduction."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from registration import pictures
from registration.models import Logo, Meeting
from tests.admin.pages import complaints, fields_of, page_of, said, soup, text
from tests.cast import LogoFactory, MeetingFactory, wordmark
from tests.pages import read, texts

pytestmark = pytest.mark.django_db


def save(client: Client, meeting: Meeting, **changes: Any) -> Any:
    """Save the meeting's page with these changes, as a browser does; a logo's fields are those of its first row."""
    logo = {f"logo-0-{name}": changes.pop(name) for name in ("text", "picture", "DELETE") if name in changes}
    return client.post(page_of(meeting), fields_of(client.get(page_of(meeting))) | logo | changes, follow=True)


def file(data: bytes, name: str = "logo.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


# --- the logo ---------------------------------------------------------------------------------------------------------


def test_a_logo_is_uploaded_replaced_and_removed(as_dana: Client) -> None:
    meeting = MeetingFactory()
    assert complaints(save(as_dana, meeting, text="Example Ltd.", picture=file(wordmark()))) == []
    logo = Logo.objects.get()
    kept = pictures.logo(wordmark())
    assert (logo.meeting, logo.text, logo.digest, bytes(logo.content)) == (
        meeting,
        "Example Ltd.",
        kept.digest,
        kept.content,
    )
    assert (logo.content_type, logo.width, logo.height) == ("image/webp", 240, 72)

    save(as_dana, meeting, text="Example Inc.")
    save(as_dana, meeting, picture=file(wordmark("Example Inc.", ground="#fff", form="JPEG"), "logo.jpg"))
    again = Logo.objects.get()
    assert (again.pk, again.text, again.digest == logo.digest) == (logo.pk, "Example Inc.", False)

    save(as_dana, meeting, DELETE="on")
    assert Logo.objects.count() == 0


def test_the_present_logo_is_on_the_page_also_before_the_meeting_is_published(as_dana: Client) -> None:
    logo = LogoFactory(meeting__is_published=False)
    [image] = soup(as_dana.get(page_of(logo.meeting))).select(".field-present img")
    assert (image["alt"], image["width"], image["height"]) == ("Example Ltd.", "240", "72")
    response = as_dana.get(str(image["src"]))
    assert (response.content, response.headers["Content-Type"]) == (bytes(logo.content), "image/webp")


def test_only_who_may_see_the_meeting_sees_its_logo_there(as_vera: Client, as_dana: Client, client: Client) -> None:
    logo = LogoFactory()
    address = reverse("admin:registration_meeting_logo", args=[logo.meeting_id])
    assert (as_vera.get(address).status_code, client.get(address).status_code) == (200, 302)
    assert as_dana.get(reverse("admin:registration_meeting_logo", args=[0])).status_code == 404


def test_who_only_looks_at_meetings_cannot_change_the_logo(as_vera: Client) -> None:
    logo = LogoFactory()
    page = soup(as_vera.get(page_of(logo.meeting)))
    assert (len(page.select(".field-present img")), page.select("input[type=file]")) == (1, [])


def test_what_is_no_picture_is_refused_and_the_present_one_stays(as_dana: Client) -> None:
    logo = LogoFactory()
    response = save(as_dana, logo.meeting, picture=file(b"<svg xmlns='http://www.w3.org/2000/svg'/>", "logo.svg"))
    assert (complaints(response), said(response)) == (
        ["Choose a PNG, JPEG or WebP picture. Save any other, such as an SVG, as one of these first."],
        [],
    )
    assert Logo.objects.get().digest == logo.digest


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"text": "Example Ltd."}, "Choose a picture."),
        ({"picture": file(b"")}, "The file is empty. Choose another one."),
        ({"text": "Example Ltd.", "picture": file(wordmark() + bytes(2_000_000))}, "Choose a file of at most 2 MB."),
    ],
)
def test_a_logo_is_a_picture(as_dana: Client, changes: dict[str, Any], words: str) -> None:
    assert words in complaints(save(as_dana, MeetingFactory(), **changes))
    assert Logo.objects.count() == 0


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"text": ""}, "Enter what the logo says, for those who cannot see it."),
        ({"text": "Example Ltd.", "title": " "}, "This field is required."),
    ],
)
def test_whoever_must_mend_something_else_is_told_to_choose_the_picture_again(
    as_dana: Client, changes: dict[str, str], words: str
) -> None:
    response = save(as_dana, MeetingFactory(), picture=file(wordmark()), **changes)
    assert complaints(response) == [words]
    assert said(response) == ["warning: Choose the logo’s picture again: browsers do not keep files."]


# --- the colour -------------------------------------------------------------------------------------------------------

PALE = (
    "#ffcc00 has a contrast of 1.5 : 1 on white, where text needs 4.5 : 1: a darker shade, #806600, is used for text, "
    "links and buttons."
)


def test_staff_are_told_that_a_colour_is_too_pale_for_text_when_it_is_saved_and_on_the_page(as_dana: Client) -> None:
    meeting = MeetingFactory()
    response = save(as_dana, meeting, accent_color="#FFCC00")
    assert said(response)[0] == f"warning: {PALE}"
    meeting.refresh_from_db()
    assert meeting.accent_color == "#ffcc00"
    page = soup(as_dana.get(page_of(meeting)))
    assert [text(words) for words in page.select(".field-shades .caution")] == [PALE]
    assert len(said(save(as_dana, meeting, title="Another title"))) == 1


def test_a_colour_that_is_too_pale_on_grey_only_is_told_so(as_dana: Client) -> None:
    response = save(as_dana, MeetingFactory(), accent_color="#707070")
    assert said(response)[0] == (
        "warning: #707070 has a contrast of 4.2 : 1 on the page’s light grey, where text needs 4.5 : 1: a darker "
        "shade, #696969, is used for text, links and buttons."
    )


def test_the_shades_of_a_colour_that_can_be_read_are_shown_without_a_word_more(as_dana: Client) -> None:
    meeting = MeetingFactory()
    assert len(said(save(as_dana, meeting, accent_color="a0153e"))) == 1
    [shades] = soup(as_dana.get(page_of(meeting))).select(".field-shades")
    assert text(shades).removeprefix("Its shades: ") == "Aa #a0153e on a light page · Aa #ca7c93 in dark mode"
    assert shades.select(".caution") == []


# --- and the sign-up page ---------------------------------------------------------------------------------------------


def test_every_change_of_the_look_shows_on_the_sign_up_page_at_once(as_dana: Client, client: Client) -> None:
    meeting = MeetingFactory()

    def shown() -> tuple[list[str], list[str], int]:
        page = read(client.get(meeting.get_absolute_url()))
        images = [str(image["alt"]) for image in page.select("main img")]
        return texts(page, ".intro"), images, len(page.select("link[href*=colours]"))

    assert shown() == ([], [], 0)
    save(as_dana, meeting, intro="Welcome")
    assert shown() == (["Welcome"], [], 0)
    save(as_dana, meeting, accent_color="#a0153e")
    assert shown() == (["Welcome"], [], 1)
    save(as_dana, meeting, text="Example Ltd.", picture=file(wordmark()))
    assert shown() == (["Welcome"], ["Example Ltd."], 1)
    save(as_dana, meeting, text="Example Inc.")
    assert shown() == (["Welcome"], ["Example Inc."], 1)
    save(as_dana, meeting, DELETE="on", accent_color="", intro="")
    assert shown() == ([], [], 0)
