"""Who sits in front of the admin: somebody who may do everything, somebody who may only look, and a stranger."""

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.contrib.auth.models import Permission, User
from django.contrib.contenttypes.models import ContentType
from django.test import Client

from registration.models import Meeting, RoleAssignment
from registration.sandbox.seed import OPEN_HOUR_ID
from registration.sandbox.server import SandboxServer
from tests.cast import MeetingFactory


def _staff(username: str, *codenames: str) -> User:
    user = User.objects.create_user(username, is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return user


@pytest.fixture(autouse=True)
def known_content_types(db: None) -> None:
    """Django asks for each model's content type once a process: no test that counts queries may be the first to."""
    ContentType.objects.get_for_models(*apps.get_models())


@pytest.fixture
def dana(db: None) -> User:
    """An administrator."""
    return User.objects.create_superuser("dana")


@pytest.fixture
def vera(db: None) -> User:
    """She may look at everything and change nothing."""
    return _staff("vera", "view_meeting", "view_submission", "view_batch", "view_question")


@pytest.fixture
def rita(db: None) -> User:
    """She reviews submissions, and may only look at meetings."""
    return _staff("rita", "view_meeting", "change_submission", "view_batch")


@pytest.fixture
def eve(db: None) -> User:
    """She reviews one other meeting, and nothing else."""
    user = _staff("eve")
    RoleAssignment.objects.create(user=user, role="reviewer", meeting=MeetingFactory(title="Hers"))
    return user


@pytest.fixture
def as_dana(dana: User) -> Client:
    """The administrator's browser."""
    return _signed_in(dana)


@pytest.fixture
def as_vera(vera: User) -> Client:
    """The browser of the one who only looks."""
    return _signed_in(vera)


@pytest.fixture
def as_rita(rita: User) -> Client:
    """The reviewer's browser."""
    return _signed_in(rita)


@pytest.fixture
def as_eve(eve: User) -> Client:
    """The browser of the one who has nothing to do with any meeting of the tests."""
    return _signed_in(eve)


@pytest.fixture
def open_hour(sandbox: SandboxServer, db: None) -> Iterator[Meeting]:
    """A meeting that the sandbox knows too, where Webex accepts everybody and mails nobody."""
    there = sandbox.store.meeting(OPEN_HOUR_ID)
    assert there is not None
    yield MeetingFactory(
        title="Open hour",
        slug="open-hour",
        webex_id=OPEN_HOUR_ID,
        start_at=there.start_at,
        end_at=there.end_at,
        approval="automatic",
        send_email=False,
    )


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """What goes on in the background is done before the answer."""
    monkeypatch.setattr("registration.background.start_once_committed", lambda work, name: work())


def _signed_in(user: User) -> Client:
    client = Client(enforce_csrf_checks=False)
    client.force_login(user)
    return client
