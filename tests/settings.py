"""The portal's own settings, read in the environment of the tests."""

import tests.environment  # noqa: F401 - must come before the settings are read
from portal.settings import *  # noqa: F403

# The portal's own takes a good part of a second on purpose, for each password.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
