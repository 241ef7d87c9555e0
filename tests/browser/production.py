"""The portal's settings as they are in production, but with static files collected in a folder of the tests."""

import os
from pathlib import Path

from portal.settings import *  # noqa: F403

STATIC_ROOT = Path(os.environ["TEST_STATIC_ROOT"])
