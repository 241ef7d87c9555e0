"""The sample meetings that every sandbox begins with. Their ids are fixed, so that demo and docs can name them."""

from datetime import datetime, timedelta

from registration.sandbox.forms import OPTIONAL_FIELDS, Form, Option, Question, Rule
from registration.sandbox.store import Store

#: A webinar with every standard field, a question of each type, rules of both kinds, and approval by hand.
PRODUCT_LAUNCH_ID = "5f0c2a9be1d74c3f8a6b9d2e4f701c35"
#: A meeting without customized questions that accepts everybody.
OPEN_HOUR_ID = "a3d17e5c90b842f6b1c4e8f2d6073a9b"
#: A meeting without registration.
TEAM_MEETING_ID = "c81e4b70f25d49a3960d7b1f3e5a2c68"
#: A personal room, which can have no registration.
PERSONAL_ROOM_ID = "e94b6d03a7f14c58b2e05c9a1d8f7362"

HOST_EMAIL = "dana.host@example.com"
HOST_NAME = "Dana Host"

PRODUCT_LAUNCH_AGENDA = """\
Join us for the launch of the new meeting-room series.

1. Welcome and a look back (10 min)
2. What is new: live demonstration from the lab (25 min)
3. A customer's first month, told by the people who run it (15 min)
4. Your questions, answered by the product team (10 min)

A recording goes to everyone who registered."""

PRODUCT_LAUNCH_FORM = Form(
    auto_accept=False,
    shown_fields=frozenset(OPTIONAL_FIELDS),
    required_fields=frozenset({"companyName"}),
    questions=(
        Question(
            id=330521,
            text="How did you hear about this event?",
            type="dropdownList",
            is_required=True,
            options=(
                Option(1, "Invitation by e-mail"),
                Option(2, "A colleague"),
                Option(3, "Social media"),
                Option(4, "Our website"),
            ),
        ),
        Question(
            id=330522,
            text="Which topics interest you?",
            type="checkbox",
            is_required=True,
            options=(
                Option(1, "Video and audio quality"),
                Option(2, "Security and compliance"),
                Option(3, "Management of many rooms"),
                Option(4, "Prices and licences"),
            ),
        ),
        Question(
            id=330523,
            text="Do you use our products today?",
            type="radioButtons",
            is_required=True,
            options=(Option(1, "Yes"), Option(2, "No"), Option(3, "We used to")),
        ),
        Question(
            id=330524,
            text="What is your role in buying decisions?",
            type="singleLineTextBox",
            max_length=120,
            rules=(Rule("contains", "student", "reject", order=3),),
        ),
        Question(
            id=330525,
            text="What would you like to ask the product team?",
            type="multiLineTextBox",
            max_length=500,
        ),
    ),
    rules=(
        Rule("endsWith", "@competitor.example", "reject", order=1, field="email"),
        Rule("contains", "Partner", "approve", order=2, match_case=True, field="companyName"),
    ),
)


def add_sample_meetings(store: Store) -> None:
    """Add the four sample meetings, dated from the store's clock."""
    _add_product_launch(store)
    store.add_meeting(
        id=OPEN_HOUR_ID,
        title="Open hour with the support team",
        agenda="Bring your questions; no preparation needed. Cameras are welcome and not required.",
        number="287654321",
        start_at=_at(store, days=14, hour=15),
        timezone="Europe/Berlin",
        host_email=HOST_EMAIL,
        host_display_name=HOST_NAME,
        form=Form(auto_accept=True),
    )
    store.add_meeting(
        id=TEAM_MEETING_ID,
        title="Weekly team meeting (no registration)",
        agenda="Internal. Registration is not switched on for this meeting.",
        number="287654322",
        start_at=_at(store, days=3, hour=9),
        host_email=HOST_EMAIL,
        host_display_name=HOST_NAME,
    )
    store.add_meeting(
        id=PERSONAL_ROOM_ID,
        title="Dana Host's personal room",
        number="287654323",
        start_at=_at(store, days=4, hour=10),
        scheduled_type="personalRoomMeeting",
        host_email=HOST_EMAIL,
        host_display_name=HOST_NAME,
    )


def _add_product_launch(store: Store) -> None:
    start = _at(store, days=30, hour=16)
    store.add_meeting(
        id=PRODUCT_LAUNCH_ID,
        title="Product launch",
        agenda=PRODUCT_LAUNCH_AGENDA,
        number="287654320",
        start_at=start,
        end_at=start + timedelta(hours=1),
        timezone="America/New_York",
        scheduled_type="webinar",
        host_email=HOST_EMAIL,
        host_display_name=HOST_NAME,
        form=PRODUCT_LAUNCH_FORM,
    )


def _at(store: Store, *, days: int, hour: int) -> datetime:
    """A full hour (UTC) so many days from now."""
    return (store.clock() + timedelta(days=days)).replace(hour=hour, minute=0, second=0, microsecond=0)
