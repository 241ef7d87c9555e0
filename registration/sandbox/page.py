"""The page at `/`, on which a person plays the Webex host: look at the registrants, approve, reject, delete."""

import secrets
from hmac import compare_digest
from urllib.parse import urlsplit

from markupsafe import Markup
from werkzeug.exceptions import BadRequest, Conflict, Forbidden, NotFound
from werkzeug.routing import Map, Rule
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from registration.sandbox.errors import Refusal
from registration.sandbox.forms import FIXED_FIELDS
from registration.sandbox.roll import Registrant
from registration.sandbox.rows import Status
from registration.sandbox.store import Meeting, Store
from registration.sandbox.style import STYLE

PAGE_SIZE = 50
ACTIONS: dict[str, Status | None] = {
    "approve": "approved",
    "reject": "rejected",
    "cancel": "pending",
    "delete": None,
}
#: The words on the buttons for one registrant and for all.
WORDS: dict[str, tuple[str, str]] = {
    "approve": ("Approve", "Approve all"),
    "reject": ("Reject", "Reject all"),
    "cancel": ("Move to pending", "Move all to pending"),
    "delete": ("Delete", "Delete all"),
}
STATUS_WORDS: dict[Status, str] = {
    "approved": "✓ Approved",
    "pending": "… Pending",
    "rejected": "✕ Rejected",
}
ALL = "all"

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

# `Markup.format` escapes whatever is put in, so nothing gets into the page unescaped but these templates.
_PAGE = Markup("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Webex sandbox</title>
<link rel="stylesheet" href="/sandbox.css">
<link rel="icon" href="data:,">
</head>
<body>
<header>
<h1>Webex sandbox</h1>
<p class="warning"><strong>This is not Webex.</strong> It is a stand-in for trying the registration portal:
nobody is really registered, no mail is sent, and everything is forgotten when it stops.</p>
</header>
<main>
{meetings}
</main>
</body>
</html>
""")
_MEETING = Markup("""<section id="m-{id}" aria-labelledby="h-{id}">
<h2 id="h-{id}">{title}</h2>
<p class="facts">{kind} · {start} UTC · {hint}<br>ID <code>{id}</code></p>
{body}
</section>
""")
_TABLE = Markup("""{all_buttons}
<table>
<caption>{caption}</caption>
<thead><tr><th scope="col">Registrant</th><th scope="col">Status</th><th scope="col">Answers</th>
<th scope="col">As the host</th></tr></thead>
<tbody>
{rows}
</tbody>
</table>
{pager}
""")
_ROW = Markup("""<tr>
<td>{name}<br>{email}</td>
<td><span class="status {status}">{words}</span></td>
<td><details><summary>Answers</summary><dl>{answers}</dl></details></td>
<td>{buttons}</td>
</tr>
""")
_FORM = Markup("""<form method="post" action="/meetings/{meeting}/registrants"{css}>
<input type="hidden" name="token" value="{token}">
<input type="hidden" name="registrant" value="{registrant}">
<input type="hidden" name="page" value="{page}">
{buttons}</form>""")
_BUTTON = Markup("""<button name="action" value="{action}"{css}>{words}<span class="hidden"> {who}</span></button>
""")
_ANSWER = Markup("<dt>{question}</dt><dd>{answer}</dd>")
_LINK = Markup("""<a href="/?meeting={meeting}&amp;page={page}#m-{meeting}">{words}</a>""")


class Page:
    """The page, its style sheet and its one form. Posts need this process's token and come from this origin."""

    def __init__(self, *, store: Store) -> None:
        self._store = store
        self._token = secrets.token_urlsafe(32)
        self._routes = Map(
            [
                Rule("/", methods=["GET"], endpoint=self._show),
                Rule("/sandbox.css", methods=["GET"], endpoint=self._style),
                Rule("/meetings/<meeting_id>/registrants", methods=["POST"], endpoint=self._act),
            ]
        )

    def answer(self, request: Request) -> Response:
        """The answer to a request. Raises werkzeug's `HTTPException`."""
        request.max_content_length = 10_000
        endpoint, arguments = self._routes.bind_to_environ(request.environ).match()
        response: Response = endpoint(request, **arguments)
        response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["Cache-Control"] = "no-store"
        return response

    def _style(self, request: Request) -> Response:
        return Response(STYLE, mimetype="text/css")

    def _show(self, request: Request) -> Response:
        number = request.args.get("page", default=1, type=int)
        turned = request.args.get("meeting", "")
        sections = [
            self._meeting(meeting, page=number if meeting.id == turned else 1) for meeting in self._store.meetings()
        ]
        return Response(_PAGE.format(meetings=Markup("").join(sections)), mimetype="text/html")

    def _act(self, request: Request, meeting_id: str) -> Response:
        self._refuse_foreign(request)
        if self._store.meeting(meeting_id) is None:
            raise NotFound("There is no such meeting.")
        action, registrant_id = request.form.get("action", ""), request.form.get("registrant", "")
        if action not in ACTIONS or not registrant_id:
            raise BadRequest("The form is incomplete.")
        everyone = [each.id for each in self._store.registrants(meeting_id)]
        ids = everyone if registrant_id == ALL else [registrant_id]
        status = ACTIONS[action]
        try:
            if status is None:
                self._store.delete(meeting_id, ids)
            else:
                self._store.set_status(meeting_id, ids, status)
        except Refusal:
            raise Conflict("A registrant is gone: go back and reload the page.") from None
        page = request.form.get("page", default=1, type=int)
        return redirect(f"/?meeting={meeting_id}&page={page}#m-{meeting_id}", code=303)

    def _refuse_foreign(self, request: Request) -> None:
        """Refuse what another site's page has sent through this person's browser."""
        origin = request.headers.get("Origin")
        if origin is not None and urlsplit(origin).netloc != request.host:
            raise Forbidden("This form was sent from another site.")
        if not compare_digest(request.form.get("token", "").encode(), self._token.encode()):
            raise Forbidden("The page is from before the sandbox was started: reload it.")

    def _meeting(self, meeting: Meeting, *, page: int) -> Markup:
        if meeting.form is None:
            hint, body = "registration is off", Markup("<p>Registration is not switched on.</p>")
        else:
            is_auto = meeting.form.auto_accept if self._store.auto_accept is None else self._store.auto_accept
            hint = "accepts everybody whom no rule rejects" if is_auto else "the host approves"
            body = self._registrants(meeting, page=page)
        return _MEETING.format(
            id=meeting.id,
            title=meeting.title,
            kind={"webinar": "Webinar", "meeting": "Meeting"}.get(meeting.scheduled_type, "Personal room"),
            start=meeting.start_at.strftime("%d %B %Y, %H:%M"),
            hint=hint,
            body=body,
        )

    def _registrants(self, meeting: Meeting, *, page: int) -> Markup:
        newest_first = self._store.registrants(meeting.id)[::-1]
        if not newest_first:
            return Markup("<p>Nobody has registered yet.</p>")
        last_page = (len(newest_first) - 1) // PAGE_SIZE + 1
        page = min(max(page, 1), last_page)
        counts = self._store.count_by_status(meeting.id)
        caption = f"{len(newest_first)} registered, newest first: " + ", ".join(
            f"{counts[status]} {status}" for status in STATUS_WORDS
        )
        shown = newest_first[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
        return _TABLE.format(
            all_buttons=self._buttons(meeting, ALL, page=page),
            caption=caption,
            rows=Markup("").join(self._row(meeting, each, page=page) for each in shown),
            pager=_pager(meeting, page=page, last_page=last_page),
        )

    def _row(self, meeting: Meeting, registrant: Registrant, *, page: int) -> Markup:
        fields = registrant.row.fields
        name = f"{fields['firstName']} {fields['lastName']}"
        return _ROW.format(
            name=name,
            email=registrant.email,
            status=registrant.status,
            words=STATUS_WORDS[registrant.status],
            answers=_answers(meeting, registrant),
            buttons=self._buttons(meeting, registrant.id, page=page, who=name, but=registrant.status),
        )

    def _buttons(self, meeting: Meeting, registrant_id: str, *, page: int, who: str = "", but: str = "") -> Markup:
        """The buttons for one registrant or for all; none for the status that they have already."""
        buttons = [
            _BUTTON.format(
                action=action,
                words=WORDS[action][registrant_id == ALL],
                who=who,
                css=Markup(' class="danger"') if status is None else "",
            )
            for action, status in ACTIONS.items()
            if status is None or status != but
        ]
        return _FORM.format(
            meeting=meeting.id,
            token=self._token,
            registrant=registrant_id,
            page=page,
            css=Markup(' class="all"') if registrant_id == ALL else "",
            buttons=Markup("").join(buttons),
        )


def _answers(meeting: Meeting, registrant: Registrant) -> Markup:
    questions = {question.id: question.text for question in meeting.form.questions} if meeting.form else {}
    told = [(name, str(value)) for name, value in registrant.row.fields.items() if name not in FIXED_FIELDS]
    told += [
        (
            questions.get(answer.question_id, f"Question {answer.question_id}"),
            "\n".join(choice.text for choice in answer.choices),
        )
        for answer in registrant.row.answers
    ]
    return Markup("").join(_ANSWER.format(question=question, answer=text) for question, text in told)


def _pager(meeting: Meeting, *, page: int, last_page: int) -> Markup:
    if last_page == 1:
        return Markup("")
    links = [Markup("<span>Page {} of {}</span>").format(page, last_page)]
    if page > 1:
        links.insert(0, _LINK.format(meeting=meeting.id, page=page - 1, words="Newer"))
    if page < last_page:
        links.append(_LINK.format(meeting=meeting.id, page=page + 1, words="Older"))
    return Markup("<nav aria-label='Pages of {}'>{}</nav>").format(meeting.title, Markup(" ").join(links))
