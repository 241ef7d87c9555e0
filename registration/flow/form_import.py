"""Imports a meeting and its registration form from Webex, for the first time or again."""

import hashlib
import json
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from typing import NamedTuple

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.validators import validate_email, validate_slug
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import capfirst, slugify
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from registration import audit
from registration.accounts import Clients, account_of, settings_account
from registration.errors import ChangedMeanwhile, ImportRefused
from registration.flow import ruling
from registration.form_design.design import Design, design_of
from registration.form_design.differences import changed_parts
from registration.importing.bounds import MeetingFacts
from registration.importing.merge import FormMerge
from registration.importing.series import Series, series_id
from registration.models import Account, Meeting
from registration.webex.client import WebexClient
from registration.webex.records import FormInfo

_LONGEST_SLUG = 100
_LONGEST_NOTED = 500
# Room for the number that makes a short name unique.
_LONGEST_SLUG_OF_TITLE = 90


class HereAlready(ImportRefused):
    """The meeting that was to be imported as a new one is here: ``meeting``."""

    def __init__(self, meeting: Meeting) -> None:
        super().__init__(_("This meeting is here already: refresh it from Webex."))
        self.meeting = meeting


@dataclass(frozen=True)
class Imported:
    """What an import made. ``notes`` tell in words what changed, and what staff should know."""

    meeting: Meeting
    is_new: bool
    notes: list[str]


@dataclass(frozen=True)
class Fact:
    """Something about the meeting that Webex tells otherwise than it is stored."""

    what: str
    before: str
    after: str


@dataclass(frozen=True)
class Plan:
    """What a refresh would change: of the meeting (``facts``) and of its form (``changes``).

    ``notes`` are what staff should know besides. ``fingerprint`` is the same as long as both sides are.
    """

    facts: list[Fact]
    changes: list[str]
    notes: list[str]
    fingerprint: str

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to take over."""
        return not (self.facts or self.changes)


class _Choices(NamedTuple):
    """What was chosen for our side of the meeting; what is empty leaves an existing meeting as it is."""

    slug: str = ""
    approval: Meeting.Approval | None = None
    publish: bool = False
    account: Account | None = None


def import_meeting(
    webex_id: str,
    *,
    clients: Clients,
    account: Account | None = None,
    host_email: str = "",
    current: bool = False,
    slug: str = "",
    approval: str | None = None,
    publish: bool = False,
    may_update: bool = True,
    by: User | None = None,
) -> Imported:
    """Read the meeting series ``webex_id`` and its form from Webex, and create or update our meeting.

    ``account``: in whose name Webex is called, now and later; by default that of the settings. Importing again keeps
    it, short name, publication, approval, places, registration window, ``current`` and ``host_email`` unless they are
    given here, and never touches a submission. ``may_update``: whether a meeting that we have is changed so; else
    ``HereAlready`` is raised. All calls to Webex are over before the one transaction begins. Raises ``ImportRefused``,
    with words that say what to do and from the ``WebexError`` where there was one; then nothing has changed.
    ``NotConfigured``: the account has no token. ``ValueError``: no such ``approval``.
    """
    choices = _Choices(_checked_slug(slug), Meeting.Approval(approval) if approval else None, publish, account)
    series = Series(series_id(webex_id), current=current, host_email=_checked_email(host_email))
    known = Meeting.objects.select_related("account").filter(webex_id=series.webex_id).first()
    if known is not None:
        if not may_update:
            raise HereAlready(known)
        account = account or known.account
        series = Series(
            series.webex_id,
            current=series.current or known.current,
            host_email=series.host_email or known.host_email_parameter,
        )
    account = account or settings_account()
    series = replace(series, is_account_stored=not account.is_from_settings)
    client = clients.of(account)
    return _import(series, client=client, choices=choices, may_update=may_update, by=by)


def refresh(meeting: Meeting, *, clients: Clients, shown: str | None = None, by: User | None = None) -> Imported:
    """Import again a meeting that we have, with its own ``current`` and ``hostEmail``; ``meeting`` itself gets stale.

    ``shown``: the fingerprint of the ``Plan`` that somebody agreed to; ``ChangedMeanwhile`` where it is another by now.
    ``by``: who of the staff asked for it, which is noted.
    Raises ``ImportRefused`` and ``NotConfigured`` as ``import_meeting`` does.
    """
    _refuse_without_id(meeting)
    client = clients.of(account_of(meeting))
    return _import(Series.of(meeting), client=client, choices=_Choices(), shown=shown, by=by)


def plan(meeting: Meeting, *, clients: Clients) -> Plan:
    """What ``refresh`` would change; nothing is written. Raises as ``refresh`` does."""
    _refuse_without_id(meeting)
    client, series = clients.of(account_of(meeting)), Series.of(meeting)
    notes: list[str] = []
    facts = series.read_meeting(client=client, notes=notes)
    form = series.read_form(client=client, notes=notes)
    merge = FormMerge(meeting, form)
    return Plan(
        facts=_changed_facts(meeting, facts, is_auto_accepting=form.auto_accept_request),
        changes=merge.notes,
        notes=[*notes, *merge.warnings, *_warnings(meeting, form)],
        fingerprint=_fingerprint(meeting, facts, form),
    )


def read_form(meeting: Meeting, *, clients: Clients) -> tuple[FormInfo, list[str]]:
    """Webex's form as ``refresh`` would take it over, and what it would leave out, in words. Raises as it does."""
    _refuse_without_id(meeting)
    notes: list[str] = []
    form = Series.of(meeting).read_form(client=clients.of(account_of(meeting)), notes=notes)
    return form, notes


def _refuse_without_id(meeting: Meeting) -> None:
    if not meeting.webex_id:
        raise ImportRefused(_("This meeting has no Webex meeting id. Enter it and save, then refresh again."))


def _changed_facts(meeting: Meeting, facts: MeetingFacts, *, is_auto_accepting: bool) -> list[Fact]:
    pairs = [(fact.name, getattr(facts, fact.name)) for fact in fields(facts)]
    pairs.append(("auto_accept_request", is_auto_accepting))
    return [
        Fact(_label(name), _spelled(meeting, getattr(meeting, name)), _spelled(meeting, after))
        for name, after in pairs
        if _as_read(getattr(meeting, name)) != _as_read(after)
    ]


def _as_read(value: object) -> object:
    """A text as it reads: a browser sends other ends of lines than Webex, and what is saved here has no tabs."""
    return "\n".join(value.expandtabs(1).splitlines()).strip() if isinstance(value, str) else value


def _label(name: str) -> str:
    return capfirst(str(getattr(Meeting._meta.get_field(name), "verbose_name", name)))


def _spelled(meeting: Meeting, value: object) -> str:
    if isinstance(value, datetime):
        return f"{value.astimezone(meeting.zone):%Y-%m-%d %H:%M}"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return str(value) or "–"


def _fingerprint(meeting: Meeting, facts: MeetingFacts, form: FormInfo) -> str:
    stored = {fact.name: getattr(meeting, fact.name) for fact in fields(facts)}
    design = design_of(meeting)
    form_told = [form.auto_accept_request, sorted(form.shown_fields), repr(form.questions), repr(form.rules)]
    rules = [asdict(rule) for rule in design.rules]
    told = [stored, meeting.approval, asdict(facts), design.to_json(), rules, form_told]
    return hashlib.sha256(json.dumps(told, default=str, sort_keys=True).encode()).hexdigest()[:32]


def _import(
    series: Series,
    *,
    client: WebexClient,
    choices: _Choices,
    shown: str | None = None,
    may_update: bool = True,
    by: User | None = None,
) -> Imported:
    notes: list[str] = []
    facts = series.read_meeting(client=client, notes=notes)
    form = series.read_form(client=client, notes=notes)
    try:
        with transaction.atomic():
            known = Meeting.objects.select_for_update().filter(webex_id=series.webex_id).first()
            if known is not None and not may_update:
                raise HereAlready(known)
            if shown is not None:
                _refuse_unless_shown(known, facts, form, shown=shown)
            before = None if known is None else _told(known)
            imported = _store(known, series, facts, form, choices=choices, notes=notes)
            if by is not None:
                _note(by, imported, before)
            return imported
    except IntegrityError as error:
        # Another import of the same meeting, or a meeting with the same short name, was quicker.
        raise ImportRefused(_("Somebody else changed the meetings at the same moment. Import again.")) from error


def _refuse_unless_shown(meeting: Meeting | None, facts: MeetingFacts, form: FormInfo, *, shown: str) -> None:
    if meeting is None or _fingerprint(meeting, facts, form) != shown:
        raise ChangedMeanwhile(_("The meeting has changed since it was shown, here or at Webex. Nothing was changed."))


def _store(
    meeting: Meeting | None,
    series: Series,
    facts: MeetingFacts,
    form: FormInfo,
    *,
    choices: _Choices,
    notes: list[str],
) -> Imported:
    is_new = meeting is None
    if meeting is None:
        meeting = Meeting(webex_id=series.webex_id, slug=choices.slug or _free_slug(facts.title, series.webex_id))
    elif (meeting.start_at, meeting.end_at) != (facts.start_at, facts.end_at):
        notes.append(_("Webex has another time for this meeting now: who registered before was told the old one."))
    _take_facts(meeting, series, facts, is_auto_accepting=form.auto_accept_request)
    _take_choices(meeting, choices)
    meeting.save()
    merge = FormMerge(meeting, form, is_first=is_new)
    merge.save()
    notes += [] if is_new else merge.notes
    return Imported(meeting, is_new, [*notes, *merge.warnings, *_warnings(meeting, form)])


class _Told(NamedTuple):
    """What Webex tells of a meeting, and the meeting's rules, in words; and the meeting's form."""

    words: dict[str, str | list[str]]
    form: Design


def _told(meeting: Meeting) -> _Told:
    facts = {fact.name: str(_as_read(getattr(meeting, fact.name)))[:_LONGEST_NOTED] for fact in fields(MeetingFacts)}
    accepts = {"auto_accept_request": _spelled(meeting, meeting.auto_accept_request)}
    rules = [ruling.full_words(rule) for rule in ruling.rules_of(meeting)]
    return _Told({**facts, **accepts, "rules": rules}, design_of(meeting))


def _note(by: User, imported: Imported, known: _Told | None) -> None:
    """Note the import: what is otherwise by it about the meeting and its form, as an edit of either is noted."""
    before, form = (known.words, known.form) if known is not None else ({}, Design(uses={}))
    after, new_form = _told(imported.meeting)
    changed = [name for name in after if after[name] != before.get(name)]
    parts_before, parts_after = changed_parts(form, new_form)
    audit.note(
        by,
        audit.Action.IMPORTED if imported.is_new else audit.Action.REFRESHED,
        meeting=imported.meeting,
        thing=f"{Meeting._meta.verbose_name}: {imported.meeting}",
        before={name: before[name] for name in changed if name in before} | parts_before,
        after={name: after[name] for name in changed} | parts_after,
        words=" ".join(imported.notes),
    )


def _take_facts(meeting: Meeting, series: Series, facts: MeetingFacts, *, is_auto_accepting: bool) -> None:
    for fact in fields(facts):
        setattr(meeting, fact.name, getattr(facts, fact.name))
    meeting.current = series.current
    meeting.host_email_parameter = series.host_email
    meeting.auto_accept_request = is_auto_accepting
    meeting.imported_at = timezone.now()


def _take_choices(meeting: Meeting, choices: _Choices) -> None:
    if choices.slug:
        if Meeting.objects.filter(slug=choices.slug).exclude(pk=meeting.pk).exists():
            raise ImportRefused(_("Another meeting has the short name “%s” already. Choose another.") % choices.slug)
        meeting.slug = choices.slug
    if choices.approval is not None:
        meeting.approval = choices.approval
    if choices.publish:
        meeting.is_published = True
    if choices.account is not None:
        meeting.account = None if choices.account.is_from_settings else choices.account


def _warnings(meeting: Meeting, form: FormInfo) -> list[str]:
    """What staff should know about a meeting as it is now, whatever this import changed."""
    warnings = []
    if meeting.end_at <= timezone.now():
        warnings.append(_("This meeting is over: nobody can register for it."))
    if form.auto_accept_request and meeting.approval == Meeting.Approval.MANUAL:
        warnings.append(
            _(
                "Webex will accept everybody whom we send, and everybody who registers on Webex’s own page: "
                "“Automatically accept all requests” is on there. Here every submission waits for a person."
            )
        )
    if form.rules and meeting.approval != Meeting.Approval.RULES:
        warnings.append(
            ngettext(
                "The form has %d approval rule. Webex follows it with whom we send; here it is not followed.",
                "The form has %d approval rules. Webex follows them with whom we send; here they are not followed.",
                len(form.rules),
            )
            % len(form.rules)
        )
    return warnings


def _free_slug(title: str, webex_id: str) -> str:
    """A short name made of the title, with a number where another meeting has it."""
    wanted = slugify(title)[:_LONGEST_SLUG_OF_TITLE].strip("-_") or f"meeting-{webex_id[:8]}"
    taken = set(Meeting.objects.filter(slug__startswith=wanted).values_list("slug", flat=True))
    slug, number = wanted, 1
    while slug in taken:
        number += 1
        slug = f"{wanted}-{number}"
    return slug


def _checked_slug(slug: str) -> str:
    slug = slug.strip()
    if slug:
        try:
            validate_slug(slug)
        except ValidationError as error:
            raise ImportRefused(_("The short name may have letters, digits, hyphens and underscores only.")) from error
        if len(slug) > _LONGEST_SLUG:
            raise ImportRefused(_("The short name may have %d characters at most.") % _LONGEST_SLUG)
    return slug


def _checked_email(email: str) -> str:
    email = email.strip()
    if email:
        try:
            validate_email(email)
        except ValidationError as error:
            raise ImportRefused(_("Enter the host’s e-mail address like name@example.com.")) from error
    return email
