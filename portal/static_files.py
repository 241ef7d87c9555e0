"""Which of the apps' static files are served."""

from collections.abc import Iterable
from typing import Any

from django.contrib.staticfiles.finders import AppDirectoriesFinder

# All of Bootstrap but its reboot: nothing asks for it, and compressing it takes longer than all the others together.
_UNUSED = (
    "js-lib-bootstrap5/js/*",
    "js-lib-bootstrap5/css/bootstrap.*",
    "js-lib-bootstrap5/css/bootstrap-grid.*",
    "js-lib-bootstrap5/css/bootstrap-utilities.*",
)


class UsedFilesFinder(AppDirectoriesFinder):
    """Finds the apps' files, and lets those be collected that a page may ask for."""

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterable[Any]:
        """The files to be collected, each with its storage."""
        return super().list([*(ignore_patterns or ()), *_UNUSED])
