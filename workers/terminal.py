"""Where a command's tables are shown: a terminal limits their width, a pipe or a file does not."""

from __future__ import annotations

import os
import sys

from rich.console import Console
from rich.table import Column

UNLIMITED = 1000
"""Columns for tables that nobody looks at on a screen."""


def for_tables() -> Console:
    """The console for tables on standard output: in a pipe nothing is folded or cut off, unless COLUMNS says so."""
    limited = sys.stdout.isatty() or "COLUMNS" in os.environ
    return Console(highlight=False, width=None if limited else UNLIMITED)


def whole(heading: str) -> Column:
    """A table's column whose cells are copied into commands: on a narrow terminal the others give way."""
    return Column(heading, no_wrap=True)
