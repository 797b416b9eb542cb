"""`salesflow engine`: the engine alone, for a container or a machine of its own."""

from __future__ import annotations

from workers.commands.options import DatabasePort, EnginePort, VarDir, errors, make_settings
from workers.stack.supervisor import Stack


def engine(var: VarDir = None, engine_port: EnginePort = None, database_port: DatabasePort = None) -> None:
    """Run the embedded engine with its database and nothing else, until SIGTERM or Ctrl-C."""
    settings = make_settings(quiet=False, var_dir=var, engine_port=engine_port, database_port=database_port)
    with Stack(settings, errors) as stack:
        errors.print(f"engine {stack.engine_version} at {stack.engine_url}")
        stack.wait()
