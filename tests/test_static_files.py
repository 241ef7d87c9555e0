"""Which static files are collected."""

from pathlib import PurePath

from portal.static_files import UsedFilesFinder


def test_of_bootstrap_only_the_reboot_is_collected() -> None:
    collected = [PurePath(path) for path, _storage in UsedFilesFinder().list([]) if path.startswith("js-lib")]
    assert {str(path).split(".")[0] for path in collected} == {"js-lib-bootstrap5/css/bootstrap-reboot"}


def test_what_the_command_leaves_out_is_left_out_still() -> None:
    collected = [path for path, _storage in UsedFilesFinder().list(["*.css", "*.map"])]
    assert [path for path in collected if path.startswith("js-lib")] == []
