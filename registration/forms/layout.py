"""Where the fields of the registration form stand."""

from collections.abc import Collection
from typing import TYPE_CHECKING

from crispy_forms.bootstrap import StrictButton
from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Column, Fieldset, Layout, Row
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

_ROWS = (
    ("first_name", "last_name"),
    ("email",),
    ("job_title", "company_name"),
    ("address1",),
    ("address2",),
    ("city", "state", "zip_code"),
    ("country_region",),
    ("work_phone", "fax"),
)
# What site.js says.
_WORDS = {
    "data-left": _("Characters left:"),
    "data-over": _("Characters too many:"),
    "data-meant": _("Did you mean {address}?"),
}


def helper(names: Collection[str], *, action: str, button: "StrOrPromise | None") -> FormHelper:
    """The crispy helper of a form that has the fields ``names``: standard ones in rows, then the questions in order,
    then what keeps bots out (where the page has it), then a button with these words, if any.

    It is sent to ``action``: without one, browsers keep the ``#fragment`` of the error that was followed last.
    """
    form = FormHelper()
    form.form_action = action
    form.attrs = {"novalidate": True, **_WORDS}
    form.field_template = "registration/field.html"
    standard = [name for row in _ROWS for name in row]
    rows = [[name for name in row if name in names] for row in _ROWS]
    questions = [name for name in names if name not in standard]
    parts = [Fieldset(_("About you"), *(_row(row) for row in rows if row))]
    if questions:
        parts.append(Fieldset(_("Questions from the organisers"), *questions))
    parts.append(HTML('{% if guard %}{% include "registration/guard.html" %}{% endif %}'))
    if button is not None:
        parts.append(StrictButton(button, type="submit", css_class="btn-primary btn-lg"))
    form.layout = Layout(*parts)
    return form


def _row(names: list[str]) -> Row | str:
    return Row(*(Column(name) for name in names)) if len(names) > 1 else names[0]
