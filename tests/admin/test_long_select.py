"""A very long list to choose from says the same as Django's own."""

from typing import Any

import pytest
from bs4 import BeautifulSoup
from django import forms

from registration.admin.long_select import LongSelect

CHOICES = [("", "–"), ("a", "A & <b>"), ('"b"', "‏ב"), ("3", "three")]


def said(widget: forms.Select, value: Any) -> list[object]:
    html = widget.render("zone", value, {"id": "id_zone", "required": True})
    page = BeautifulSoup(html, "html.parser")
    [element] = page.find_all("select")
    options = [(option["value"], option.has_attr("selected"), option.get_text()) for option in element("option")]
    return [element.attrs, options]


@pytest.mark.parametrize("value", [None, "", "a", '"b"', 3, "gone"])
def test_it_says_the_same_as_djangos(value: Any) -> None:
    attrs = {"class": "long"}
    assert said(LongSelect(attrs, CHOICES), value) == said(forms.Select(attrs, CHOICES), value)
