"""Who imports."""

import pytest
from django.contrib.auth.models import User


@pytest.fixture
def dana(db: None) -> User:
    """An administrator."""
    return User.objects.create_superuser("dana")
