"""What the README says is so."""

import ast
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands, load_command_class

ROOT = Path(settings.BASE_DIR)
README = (ROOT / "README.md").read_text()


def rows_below(heading: str) -> list[list[str]]:
    """The cells of the table below the heading, its header left out."""
    table = README.split(f"### {heading}\n", 1)[1].split("\n\n#", 1)[0]
    lines = [line for line in table.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def test_the_table_of_settings_names_every_setting_and_no_other() -> None:
    read = {
        str(node.args[0].value)
        for node in ast.walk(ast.parse((ROOT / "portal" / "settings.py").read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "env"
        and isinstance(node.args[0], ast.Constant)
    }
    documented = [row[0].strip("`") for row in rows_below("Settings")]
    assert sorted(documented) == sorted(read)


@pytest.mark.parametrize("name", [name for name in dir(settings) if name.startswith("WEBEX_")])
def test_the_defaults_in_the_table_are_the_defaults(name: str) -> None:
    source = (ROOT / "portal" / "settings.py").read_text()
    default = next(row[1] for row in rows_below("Settings") if row[0] == f"`{name}`").strip("`")
    found = re.search(rf'{name} = env\.\w+\(\s*"{name}"(?:, (?:"([^"]*)"|(\d+)))?', source)
    assert found is not None
    assert default == (found[1] or found[2] or "none")


def test_the_table_of_commands_names_every_command_with_its_options() -> None:
    ours = {name for name, app in get_commands().items() if app == "registration"}
    documented = {row[0].strip("`").split()[0]: row[0] for row in rows_below("Commands")}
    assert set(documented) == ours
    for name, line in documented.items():
        parser = load_command_class("registration", name).create_parser("manage.py", name)
        common = {"--help", "--version", "--verbosity", "--settings", "--pythonpath", "--traceback", "--no-color"}
        common |= {"--force-color", "--skip-checks"}
        options = {option for action in parser._actions for option in action.option_strings if option[:2] == "--"}
        assert set(re.findall(r"--[a-z-]+", line)) == options - common


def cron_lines(text: str) -> list[str]:
    """The commands of the crontab in it."""
    return re.findall(r"manage\.py (\w+)", text.split("```cron\n", 1)[1].split("```", 1)[0])


def test_the_readme_runs_as_many_commands_by_cron_as_it_says_and_the_same_as_the_guide_for_operators() -> None:
    numbers = {3: "three", 4: "four", 5: "five", 6: "six", 7: "seven"}
    commands = cron_lines(README)
    assert f"Run these {numbers[len(commands)]} commands regularly" in README
    assert sorted(commands) == sorted(cron_lines((ROOT / "docs" / "deployment.md").read_text()))
    assert "purge" in commands


def test_everything_that_the_readme_points_to_is_there() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", README)
    assert [link for link in links if not (ROOT / link).exists()] == []
    named = [
        cell
        for line in README.split("## Where things are", 1)[1].splitlines()
        for cell in re.findall(r"`([^`]+)`", line)
    ]
    paths = [name for name in named if "/" in name]
    assert [path for path in paths if not any((ROOT / base / path).exists() for base in ("", "registration"))] == []


def test_nothing_names_a_registry_host() -> None:
    locks = ("requirements.lock", "requirements-queue.lock", "requirements-dev.lock")
    for name in (*locks, "pyproject.toml", "Makefile", ".ci/run"):
        assert not re.search(r"https?://\S*(pypi|pythonhosted|debian|npmjs)", (ROOT / name).read_text()), name
