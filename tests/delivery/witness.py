"""Sees who registers whom at the sandbox, and what must not be; holds back writes that are to land later."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from registration.models import Meeting
from registration.sandbox.errors import Refusal
from registration.sandbox.faults import Fault
from registration.sandbox.forms import Form
from registration.sandbox.roll import Registrant
from registration.sandbox.rows import Row, Status, read_rows
from registration.sandbox.server import SandboxServer

STATUS_AFTER: dict[str, Status] = {"approve": "approved", "reject": "rejected", "cancel": "pending"}


@dataclass
class Witness:
    """Watches one meeting at the sandbox. It asks the database nothing: the sandbox works in a thread of its own.

    ``approved``: the addresses of whom a call may register, as of when it is made; ``ours``: the ids of the rows that
    our calls made; ``deleted_by_host``: the addresses whose confirmed row the host deleted, until a person here does
    something about them; ``wrongs``: what no call of ours may do, in words.
    """

    sandbox: SandboxServer
    meeting: Meeting
    ours: set[str] = field(default_factory=set)
    wrongs: list[str] = field(default_factory=list)
    approved: set[str] = field(default_factory=set)
    deleted_by_host: set[str] = field(default_factory=set)
    _in_the_air: list[tuple[str, Callable[[], object]]] = field(default_factory=list)
    _register: Callable[[str, Sequence[Row]], list[Registrant]] = field(init=False)

    def __post_init__(self) -> None:
        # The class's own function, whoever watched this store before.
        self._register = type(self.sandbox.store).register.__get__(self.sandbox.store)
        self.sandbox.store.register = self._watch  # type: ignore[method-assign]

    def rows(self) -> list[Registrant]:
        """Everybody at Webex."""
        return self.sandbox.store.registrants(self.meeting.webex_id)

    def sign_up(self, row: Row) -> None:
        """Somebody registers on Webex's own page."""
        self._register(self.meeting.webex_id, [row])

    def judge_call(self, rows: Sequence[Row]) -> None:
        """Write down what is wrong with a call of ours that is to register these."""
        for row in rows:
            known = self.sandbox.store.with_emails(self.meeting.webex_id, [row.email])
            if any(each.id in self.ours for each in known):
                self.wrongs.append(f"{row.email} was sent again")
            if row.email in self.deleted_by_host:
                self.wrongs.append(f"{row.email} was deleted by the host and sent again")
            if row.email not in self.approved:
                self.wrongs.append(f"{row.email} was sent and is not approved")

    def _watch(self, meeting_id: str, rows: Sequence[Row]) -> list[Registrant]:
        self.judge_call(rows)
        return self._enter(rows)

    def _enter(self, rows: Sequence[Row]) -> list[Registrant]:
        before = {each.id for each in self.rows()}
        entered = self._register(self.meeting.webex_id, rows)
        self.ours.update({each.id for each in entered} - before)
        return entered

    # --- writes that land later ---------------------------------------------------------------------------------

    def hold_back(self, operation: str) -> None:
        """Have the next call of the operation dropped, and its work done by ``land``."""
        self.sandbox.store.forget_calls()
        self.sandbox.faults.add(Fault(operation, drop=True))

    def take_held_back(self, operation: str) -> None:
        """Keep what was dropped for ``land``, and judge it as of now, when it was sent."""
        if any(fault.operation == operation for fault in self.sandbox.faults.waiting()):
            return  # no such call was made
        body = next(call.body for call in self.sandbox.store.calls if call.operation == operation)
        if operation == "bulkInsert":
            rows = read_rows(body["items"], form=Form(), limit=100)
            self.judge_call(rows)
            self._in_the_air.append((operation, lambda: self._enter(rows)))
        else:
            ids = [each["id"] for each in body["registrants"]]
            self._in_the_air.append((operation, lambda: self._change(operation, ids)))

    def has_changes_in_the_air(self) -> bool:
        """Whether anything but a registration is still to land."""
        return any(operation != "bulkInsert" for operation, _work in self._in_the_air)

    def land(self) -> None:
        """Do the work of the calls that were held back; what Webex would refuse is refused."""
        while self._in_the_air:
            _operation, work = self._in_the_air.pop(0)
            try:
                work()
            except Refusal:
                continue

    def _change(self, operation: str, ids: list[str]) -> None:
        if operation == "bulkDelete":
            self.sandbox.store.delete(self.meeting.webex_id, ids)
        else:
            self.sandbox.store.set_status(self.meeting.webex_id, ids, STATUS_AFTER[operation])
