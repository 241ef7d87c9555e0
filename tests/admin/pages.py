"""Reading the admin's pages as a person does."""

import re
from typing import Any

from bs4 import BeautifulSoup, Tag
from django.contrib.messages import get_messages
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from registration.models import Submission

SUBMISSIONS = "admin:registration_submission_changelist"
MEETINGS = "admin:registration_meeting_changelist"


def nested_forms(response: Any) -> list[str]:
    """The tags of forms within another form: a browser drops them, and posts their fields to the outer one."""
    found, is_within = [], False
    for tag in re.findall(r"</?form\b[^>]*>", response.content.decode()):
        if is_within and not tag.startswith("</"):
            found.append(tag)
        is_within = not tag.startswith("</")
    return found


def said(response: Any) -> list[str]:
    """What the messages on the page say, in order, with their level: ``success: 2 approved.``

    Without the way to undo it, which tests/admin/test_undo.py looks at.
    """
    told = [f"{message.level_tag}: {message}" for message in get_messages(response.wsgi_request)]
    return [words.partition(' <a href="/admin/registration/submission/undo/')[0] for words in told]


def soup(response: Any) -> BeautifulSoup:
    """The page, parsed, without the places where a line may break."""
    return BeautifulSoup(response.content.decode().replace("<wbr>", ""), "html.parser")


def text(element: Any) -> str:
    """The words of an element, with single spaces."""
    return " ".join(element.get_text(" ").split())


def buttons(response: Any) -> list[str]:
    """The words on the buttons and links beside the title."""
    return [text(item) for item in soup(response).select(".object-tools button, .object-tools a")]


def facts(response: Any) -> dict[str, str]:
    """The terms on a page that is read, with what stands beside each."""
    found: dict[str, str] = {}
    for term in soup(response).select(".facts dt"):
        values = []
        for sibling in term.find_next_siblings():
            if sibling.name != "dd":
                break
            values.append(text(sibling))
        found[text(term)] = " | ".join(values)
    return found


def rows(response: Any) -> list[list[str]]:
    """The rows of a list, without the check box."""
    return [
        [text(cell) for cell in row.select(":is(th, td):not(.action-checkbox)")]
        for row in soup(response).select("#result_list tbody tr")
    ]


def choose(client: Client, action: str, pks: list[int], *, model: str = "submission", **more: str) -> Any:
    """Choose rows of a list and do an action to them."""
    address = reverse(f"admin:registration_{model}_changelist")
    return client.post(address, {"action": action, "_selected_action": pks, "index": "0", **more})


def press(client: Client, action: str, pk: int, *, model: str = "submission", **more: str) -> Any:
    """Press a button on an object's page."""
    return client.post(reverse(f"admin:registration_{model}_act", args=[pk, action]), more)


def page_of(thing: Model) -> str:
    """The address of a thing's page."""
    return reverse(f"admin:registration_{thing._meta.model_name}_change", args=[thing.pk])


def states() -> list[tuple[str, str, str]]:
    """Decision, presence and Webex status of everybody, in order."""
    return list(Submission.objects.order_by("pk").values_list("decision", "presence", "webex_status"))


def fields_of(response: Any, form: str = "form[id]") -> dict[str, str]:
    """What a browser would post if the form was left as it is."""
    fields: dict[str, str] = {}
    for field in soup(response).select(f"#content-main {form} :is(input, select, textarea)[name]"):
        name, kind = str(field["name"]), field.get("type")
        if field.name == "select":
            chosen = field.select_one("option[selected]") or field.select_one("option")
            fields[name] = str(chosen["value"]) if isinstance(chosen, Tag) else ""
        elif field.name == "textarea":
            fields[name] = field.get_text().strip()
        elif kind not in {"checkbox", "radio", "submit"} or field.has_attr("checked"):
            fields[name] = str(field.get("value", "on" if kind == "checkbox" else ""))
    return {name: value for name, value in fields.items() if "__prefix__" not in name and not name.startswith("_")}


def answer_of(response: Any) -> dict[str, Any]:
    """The hidden fields of the decline page, as a browser sends them back."""
    fields: dict[str, Any] = {}
    for field in soup(response).select("#content form input[type=hidden]"):
        name = str(field["name"])
        if name == "_selected_action":
            fields.setdefault(name, []).append(field["value"])
        else:
            fields[name] = field["value"]
    return fields


def complaints(response: Any) -> list[str]:
    """What a form says is wrong."""
    return [text(item) for item in soup(response).select(".errorlist li")]
