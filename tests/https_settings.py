"""The portal's own settings for a site on https, with static files and addresses of the tests' own."""

import os
from pathlib import Path

from portal.settings import *  # noqa: F403

STATIC_ROOT = Path(os.environ["TEST_STATIC_ROOT"])
ROOT_URLCONF = "tests.https_urls"
