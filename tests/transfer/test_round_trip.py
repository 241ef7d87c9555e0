"""Who is exported from one meeting and imported into another is there as they were, whatever they are called."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registration.flow import jobs
from registration.forms import RegistrationForm
from registration.models import Answer, Job, Meeting, Question, Submission
from registration.transfer import mapping, reading, run, writing
from registration.transfer.columns import columns_for
from tests.cast import MeetingFactory, QuestionFactory, SubmissionFactory

pytestmark = pytest.mark.django_db

OPTIONS = ["Red", "=Green", "Blue; or so", "+1"]
words = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("=+-@'\"\n\t;,"), max_size=30)
chosen = st.sets(st.sampled_from(range(len(OPTIONS))), max_size=3)


def form_of(title: str) -> Meeting:
    meeting: Meeting = MeetingFactory(title=title, shows_all=True)
    QuestionFactory(meeting=meeting, text="=Why?", type=Question.Type.MULTI_LINE)
    QuestionFactory(meeting=meeting, text="Which?", type=Question.Type.CHECKBOX, options=OPTIONS)
    QuestionFactory(meeting=meeting, text="Which?", type=Question.Type.DROPDOWN, options=OPTIONS)
    return meeting


def signed_up(meeting: Meeting, name: str, company: str, why: str, ticked: set[int]) -> bool:
    """Sign somebody up as the form does, if it takes them."""
    text, boxes, one = meeting.questions.order_by("position")
    options = list(boxes.options.order_by("position"))
    data: dict[str, Any] = {
        "first_name": name,
        "last_name": "Lee",
        "email": "ann@example.com",
        "company_name": company,
        "work_phone": "+44 20 7946 0000",
        f"question_{text.pk}": why,
        f"question_{boxes.pk}": [str(options[place].pk) for place in ticked],
        f"question_{one.pk}": str(one.options.order_by("position")[min(ticked)].pk) if ticked else "",
    }
    form = RegistrationForm(data, meeting=meeting, is_shown=False)
    if not form.is_valid():
        return False
    person = SubmissionFactory(meeting=meeting, **form.values())
    for question, pairs in form.answers():
        for option, answer in pairs:
            Answer.objects.create(
                submission=person, question=question, option=option, question_text=question.text, text=answer
            )
    return True


def told(meeting: Meeting) -> list[Any]:
    person = meeting.submissions.get()
    answers = person.answers.order_by("question__position", "option__position").values_list("question_text", "text")
    return [*person.given_fields, *answers]


@pytest.mark.parametrize("format_name", [writing.CSV, writing.XLSX])
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=words, company=words, why=words, ticked=chosen)
def test_export_and_import_give_the_same_person(
    format_name: str, name: str, company: str, why: str, ticked: set[int]
) -> None:
    for model in (Job, Submission, Meeting):
        model.objects.all().delete()
    dana, _new = User.objects.get_or_create(username="dana", is_superuser=True)
    old, new = form_of("Old"), form_of("New")
    if not signed_up(old, name, company, why, ticked):
        return
    write = writing.as_csv if format_name == writing.CSV else writing.stream_xlsx
    columns = columns_for(dana, {old.pk})
    chosen_people = writing.choose(old.submissions.all())
    content = b"".join(write(columns.header, writing.rows_of(chosen_people, columns)))
    header, _sample = reading.header_of(content)
    names = mapping.guessed(header.cells, mapping.targets(new))
    job = jobs.prepare(meeting=new, by=dana, content=[content], file="x")
    jobs.ask(job, Job.Work.CHECK, after=jobs.CHECKABLE, mapping=names)
    run.run(job.pk)
    assert [row.problems for row in job.rows.all()] == [[]]
    jobs.ask(job, Job.Work.IMPORT, after=jobs.IMPORTABLE)
    run.run(job.pk)
    assert told(new) == told(old)
