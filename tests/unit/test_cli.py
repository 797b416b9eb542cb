"""The command line as a whole: what it lists, and what starting it does not load."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import pytest
from typer.testing import CliRunner

from workers.cli import app
from workers.commands.lazily import LazyGroup

HEAVY = {"alembic", "openpyxl", "sqlalchemy", "typst", "workers.bootstrap", "workers.registry"}


def loaded_by(arguments: str) -> set[str]:
    """The modules that a command has loaded when it ends."""
    script = f"import sys\nfrom workers.cli import app\ntry:\n    app({arguments})\nfinally:\n    print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    return set(done.stdout.splitlines()[-1].split())


def test_help_loads_neither_the_database_nor_any_room() -> None:
    assert not HEAVY & loaded_by("['--help']")


def test_a_look_at_the_installation_loads_no_room() -> None:
    loaded = loaded_by("['status', '--var', '/nowhere']")
    assert loaded & HEAVY == {"sqlalchemy"}
    assert not {one for one in loaded if one.startswith(("workers.ledger", "workers.contract"))}


def test_every_command_is_listed_with_its_docstring_and_says_how_it_is_used() -> None:
    [group] = [app.info.cls]
    assert group is not None
    assert issubclass(group, LazyGroup)
    listed = CliRunner().invoke(app, ["--help"], terminal_width=200, catch_exceptions=False).output
    for name, module in group.modules.items():
        own = CliRunner().invoke(app, [name, "--help"], terminal_width=200, catch_exceptions=False)
        assert own.exit_code == 0, own.output
        found = getattr(import_module(f"workers.{module}"), name)
        said = (getattr(found, "__doc__", "") or "").splitlines()[0] if callable(found) else ""
        assert f" {name} " in listed
        assert said[:40] in listed


def test_a_command_that_does_not_exist_is_refused() -> None:
    done = CliRunner().invoke(app, ["statsu"])
    assert done.exit_code == 2
    assert "No such command" in done.output


@pytest.mark.parametrize("arguments", [["status", "--var", "/nowhere"]])
def test_what_a_person_can_mend_is_told_without_a_traceback(arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "workers.cli", *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith("salesflow: ")
    assert "Traceback" not in done.stderr
