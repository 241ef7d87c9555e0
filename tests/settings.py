"""The portal's own settings, read in the environment of the tests."""

import tests.environment  # noqa: F401 - must come before the settings are read
from portal.settings import *  # noqa: F403
