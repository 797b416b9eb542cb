"""The contract ledgers of sales and finance."""

from __future__ import annotations

from pathlib import Path

from workers import calendar
from workers.commands.opening import By, OpeningFile, open_contracts
from workers.commands.options import AsJson, VarDir, connect
from workers.connections import Connections
from workers.ledger.commands import make_ledger_commands
from workers.org import OrgChart
from workers.receipts.commands import add_import_command

_options: dict[str, Path | None] = {"var_dir": None}


def _installed() -> Connections:
    return connect(var_dir=_options["var_dir"])


def _org() -> OrgChart:
    return _installed().org.current()


ledger = make_ledger_commands(lambda: _installed().sessions)
add_import_command(ledger, lambda: _installed().sessions, _org, calendar.now)


@ledger.callback()
def _ledger(var: VarDir = None) -> None:
    """The contract ledgers of sales and finance."""
    _options["var_dir"] = var


@ledger.command("open")
def _open(file: OpeningFile, by: By = "operator", as_json: AsJson = False) -> None:
    """Enter contracts that ran before these books began (期初合同), with what was delivered and received."""
    open_contracts(_installed(), file, by, as_json)
