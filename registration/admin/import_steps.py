"""The steps of an import: what each column is, and what becomes of the rows; and the problems as rows."""

from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from registration.flow import jobs
from registration.models import Job, JobRow
from registration.standard_fields import BY_NAME, NAME_FIELDS
from registration.states import Decision
from registration.transfer import mapping
from registration.transfer.checking import column_name

_LONGEST_SAMPLE = 40
_AT_ONCE = 500


class ColumnsForm(forms.Form):
    """What each column of the file is: guessed at first, or what was chosen the last time."""

    def __init__(self, data: Any = None, *, job: Job, header: Sequence[str], sample: Sequence[Sequence[str]]) -> None:
        super().__init__(data)
        assert job.meeting is not None, "an import has a meeting"  # noqa: S101
        self.header = list(header)
        self._sample = sample
        targets = mapping.targets(job.meeting)
        self._required = mapping.required(job.meeting)
        self._targets = targets
        before = job.parameters.get("mapping")
        chosen = before if before and len(before) == len(header) else mapping.guessed(header, targets)
        choices = [(mapping.IGNORED, _("– leave out –")), *targets.items()]
        for place, name in enumerate(chosen):
            self.fields[f"column_{place}"] = forms.ChoiceField(
                label=column_name(header, place),
                choices=choices,
                required=False,
                initial=name,
                error_messages={"invalid_choice": _("Choose one of these")},
            )

    @property
    def mapping(self) -> list[str]:
        """The name of a field, or nothing, for each column; of a valid form only."""
        return [self.cleaned_data[f"column_{place}"] for place in range(len(self.header))]

    @property
    def lines(self) -> Iterator[tuple[Any, str]]:
        """Each field, with what stands first below its column."""
        for place in range(len(self.header)):
            found = [row[place] for row in self._sample if place < len(row) and row[place].strip()]
            sample = found[0] if found else ""
            yield self[f"column_{place}"], sample[:_LONGEST_SAMPLE] + ("…" if len(sample) > _LONGEST_SAMPLE else "")

    @property
    def missing(self) -> list[str]:
        """What has to be filled in on the form and stands, as far as the columns are known now, in none of them."""
        chosen = {self[f"column_{place}"].value() for place in range(len(self.header))}
        return [self._targets[name] for name in self._required if name not in chosen]

    def clean(self) -> dict[str, Any]:
        """Nothing twice, and a column for name and address, without which there is nobody."""
        chosen = [name for name in self.cleaned_data.values() if name]
        twice = sorted({self._targets[name] for name in chosen if chosen.count(name) > 1})
        if twice:
            raise ValidationError(_("Choose only one column for: %s") % ", ".join(twice))
        if missing := [str(BY_NAME[field.name].label) for field in NAME_FIELDS if field.name not in chosen]:
            raise ValidationError(_("Choose a column for: %s") % ", ".join(missing))
        return self.cleaned_data


class ChoiceForm(forms.Form):
    """What becomes of the rows that were checked."""

    rows = forms.ChoiceField(
        label=gettext_lazy("Which rows"),
        choices=[
            ("all", gettext_lazy("all, only if nothing is wrong with any row")),
            ("valid", gettext_lazy("those in which nothing is wrong")),
        ],
        widget=forms.RadioSelect,
        initial="all",
    )
    decision = forms.ChoiceField(
        label=gettext_lazy("They are"),
        choices=[
            (Decision.WAITING.value, gettext_lazy("waiting for review")),
            (Decision.APPROVED.value, gettext_lazy("approved at once, by you")),
        ],
        widget=forms.RadioSelect,
        initial=Decision.WAITING,
    )
    mails = forms.BooleanField(label=gettext_lazy("Mail them that they are registered"), required=False, initial=False)

    def __init__(self, data: Any = None, *, job: Job) -> None:
        super().__init__(data, label_suffix="")
        self._bad = job.rows.filter(outcome=JobRow.Outcome.BAD).count()
        if self._bad:
            self.fields["rows"].initial = "valid"

    def clean_rows(self) -> str:
        """All of them only where nothing is wrong with any."""
        rows: str = self.cleaned_data["rows"]
        if rows == "all" and self._bad:
            words = ngettext(
                "Something is wrong with %d row: mend the file, or choose the others.",
                "Something is wrong with %d rows: mend the file, or choose the others.",
                self._bad,
            )
            raise ValidationError(words % self._bad)
        return rows


def may_undo(job: Job) -> bool:
    """Whether anybody is left whom the import made, and who might be removed again."""
    return (
        Job.objects.filter(jobs.UNDOABLE, pk=job.pk).exists()
        and job.rows.filter(outcome=JobRow.Outcome.IMPORTED).exists()
    )


def problem_rows(job: Job) -> Iterator[list[list[Any]]]:
    """Each bad cell, and each row that is skipped, as the cells of a file; some hundred rows at a time."""
    why = {
        JobRow.Outcome.KNOWN: _("This address is registered already: the row is skipped."),
        JobRow.Outcome.TWICE: _("This address stands in a row above: this one is skipped."),
    }
    told = job.rows.filter(outcome__in=[JobRow.Outcome.BAD, *why]).order_by("number")
    for some in jobs.in_chunks(told.iterator(chunk_size=_AT_ONCE), _AT_ONCE):
        lines: list[list[Any]] = []
        for row in some:
            number = str(row.number)
            if row.outcome == JobRow.Outcome.BAD:
                lines += [[number, *problem] for problem in row.problems]
            else:
                lines.append([number, "", "", why[JobRow.Outcome(row.outcome)]])
        yield lines
