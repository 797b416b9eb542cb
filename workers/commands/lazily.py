"""A group of commands that are imported when they are used, so that `--help` costs what it shows."""

from __future__ import annotations

import ast
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar

import typer
from typer.core import TyperCommand, TyperGroup

import workers

_PACKAGE = Path(workers.__file__).parent


class LazyGroup(TyperGroup):
    """Lists its commands by the docstrings in their modules' source, and imports the one that is run.

    Contexts and commands are of the click that typer carries inside, which has no public name: Any.
    """

    modules: ClassVar[dict[str, str]] = {}
    """By command: its module below `workers`, which has a function or a Typer app of that name."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        """The commands, in the order in which they are declared."""
        return list(self.modules)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        """What `--help` says of a command; it cannot be run."""
        if cmd_name not in self.modules:
            return None
        return TyperCommand(cmd_name, help=_described(self.modules[cmd_name], cmd_name))

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """The command itself, imported."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, _loaded(self.modules[name], name) if name in self.modules else command, rest


def _described(module: str, name: str) -> str | None:
    """The docstring of the function, or of the module that holds a group of commands."""
    source = ast.parse((_PACKAGE / f"{module.replace('.', '/')}.py").read_text(encoding="utf-8"))
    functions = [one for one in source.body if isinstance(one, ast.FunctionDef) and one.name == name]
    return ast.get_docstring(functions[0] if functions else source)


def _loaded(module: str, name: str) -> Any:
    found = getattr(import_module(f"workers.{module}"), name)
    if not isinstance(found, typer.Typer):
        app = typer.Typer(pretty_exceptions_enable=False)
        app.command(name)(found)
        found = app
    command = typer.main.get_command(found)
    command.name = name
    return command
