"""The one door to a submission's ``decision`` and ``presence``.

Every move is held to the tables of legal moves in states.py and guarded by the state moved from, inside a short
transaction: whoever comes second finds nothing to move. No HTTP call happens here, and no mail is sent; where the host
decides otherwise at Webex, one is written (host.py).
"""

from registration.flow.moves.claims import Claim, claim, claim_again, expire, is_due, is_ours
from registration.flow.moves.decisions import (
    ask_to_confirm,
    confirm,
    decide,
    decide_one,
    forget_failures,
    forgive,
    renew,
)
from registration.flow.moves.erasures import begin_erasing, finish_erasing
from registration.flow.moves.holding import hold, unhold
from registration.flow.moves.holds import hold_for_review
from registration.flow.moves.observations import adopt, look_up_again, lose, observe
from registration.flow.moves.outcomes import close, not_found, postpone, registered, settle

__all__ = [
    "Claim",
    "adopt",
    "ask_to_confirm",
    "begin_erasing",
    "claim",
    "claim_again",
    "close",
    "confirm",
    "decide",
    "decide_one",
    "expire",
    "finish_erasing",
    "forget_failures",
    "forgive",
    "hold",
    "hold_for_review",
    "is_due",
    "is_ours",
    "look_up_again",
    "lose",
    "not_found",
    "observe",
    "postpone",
    "registered",
    "renew",
    "settle",
    "unhold",
]
