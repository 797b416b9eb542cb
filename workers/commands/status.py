"""`salesflow status`: one look at everything that runs."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import typer
from rich.markup import escape
from rich.table import Table

from workers import __version__, calendar, signals
from workers.commands import troubles
from workers.commands.options import AsJson, EngineUrl, VarDir, connect, console
from workers.connections import Connections
from workers.database.unit_of_work import UnitOfWork
from workers.engine.client import EngineClient
from workers.operations import incidents
from workers.runtime.heartbeat import live_workers
from workers.stack.info import StackInfo

UNREAD_AFTER = timedelta(minutes=1)
"""How long a case may take to read a fact before `status` tells of it."""


def status(engine: EngineUrl = None, var: VarDir = None, as_json: AsJson = False) -> None:
    """Addresses, versions, processes, open cases, workers, backlog by topic, unread signals, retries, incidents.

    Exit code 1 when there are incidents or no worker runs, 2 when nothing answers.
    """
    app = connect(engine_url=engine, var_dir=var)
    seen = look(app)
    if as_json:
        typer.echo(json.dumps(seen, ensure_ascii=False, indent=2))
    else:
        _print(seen)
    if seen["incidents"] or not seen["workers"]:
        raise typer.Exit(1)


def look(app: Connections) -> dict[str, Any]:
    """Everything that `status` tells, as plain data. Raises UserError or EngineUnavailable."""
    client = app.engine
    definitions = client.get("/process-definition", latestVersion=True, sortBy="key", sortOrder="asc")
    return {
        "urls": {
            "engine": app.endpoints.engine_url,
            "tasklist": app.endpoints.tasklist_url,
            "cockpit": app.endpoints.cockpit_url,
        },
        "versions": {"salesflow": __version__, "engine": client.version()},
        "pids": _pids(app),
        "processes": [_process(client, definition) for definition in definitions],
        "workers": _workers(app),
        "backlog": _backlog(client),
        "signals": _signals(app),
        "retrying": troubles.retrying(client),
        "incidents": [incidents.told(one) for one in incidents.incidents(client)],
    }


def _pids(app: Connections) -> dict[str, int]:
    info = StackInfo.read(app.settings)
    return {process.name: process.pid for process in info.processes if process.find()} if info else {}


def _process(client: EngineClient, definition: dict[str, Any]) -> dict[str, Any]:
    return {
        "key": definition["key"],
        "name": definition["name"],
        "version": definition["version"],
        "tag": definition["versionTag"],
        "open_cases": client.count("/process-instance", processDefinitionKey=definition["key"]),
    }


def _workers(app: Connections) -> list[dict[str, Any]]:
    with UnitOfWork(app.sessions) as uow:
        return [
            {
                "id": one.worker_id,
                "host": one.host,
                "pid": one.pid,
                "seen": one.seen_at.isoformat(timespec="seconds"),
            }
            for one in live_workers(uow.session)
        ]


def _backlog(client: EngineClient) -> dict[str, int]:
    """Open external tasks by topic; topics with none are left out."""
    topics = sorted(client.get("/external-task/topic-names"))
    return {topic: client.count("/external-task", topicName=topic) for topic in topics}


def _signals(app: Connections) -> list[dict[str, Any]]:
    """Facts that their cases should have heard of by now and have not read."""
    with UnitOfWork(app.sessions) as uow:
        return [
            {
                "message": one.message,
                "case": one.business_key,
                "fact": one.fact,
                "since": one.sent_at.isoformat(timespec="seconds"),
                "reason": one.last_error,
            }
            for one in signals.unread(uow.session, calendar.now() - UNREAD_AFTER)
        ]


def _unread(reason: str | None) -> str:
    """Why a signal is unread; what the engine says when nobody waits for it is told in plain words."""
    if reason is None:
        return "told, but not read"
    return "no case waits for it now; it is kept and told again" if "MismatchingMessage" in reason else reason


def _print(seen: dict[str, Any]) -> None:
    for name, url in seen["urls"].items():
        console.print(f"{name:9} {url}")
    versions, pids = seen["versions"], seen["pids"]
    console.print(f"salesflow {versions['salesflow']}, engine {versions['engine']}")
    if pids:
        console.print("pids      " + ", ".join(f"{name} {pid}" for name, pid in pids.items()))
    table = Table("process", "name", "version", "open cases")
    for one in seen["processes"]:
        table.add_row(one["key"], one["name"], f"{one['version']} ({one['tag']})", str(one["open_cases"]))
    console.print(table)
    workers = ", ".join(f"{one['host']}:{one['pid']}" for one in seen["workers"])
    console.print(f"workers   {workers or '[red]none[/red]'}")
    backlog = ", ".join(f"{topic} {count}" for topic, count in seen["backlog"].items())
    console.print(f"backlog   {backlog or 'none'}")
    for signal in seen["signals"]:
        console.print(
            f"[yellow]unread[/yellow]    {signal['message']} for {signal['case']} since {signal['since']}:"
            f" {escape(_unread(signal['reason']))}",
            soft_wrap=True,
        )
    for task in seen["retrying"]:
        console.print(
            f"[yellow]retrying[/yellow]  {_place(task)}, {task['tries_left']} more: {escape(task['reason'])}",
            soft_wrap=True,
        )
    for incident in seen["incidents"]:
        console.print(
            f"[red]incident[/red]  {_place(incident)} since {incident['since']}: {escape(incident['reason'] or '')}",
            soft_wrap=True,
        )
    if not seen["incidents"]:
        console.print("incidents none")


def _place(trouble: dict[str, Any]) -> str:
    """The case, the process and its step."""
    return (
        f"{trouble['case'] or trouble.get('process_instance', '')} {trouble['process']} {trouble['activity']}"
    )
