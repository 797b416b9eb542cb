"""An installation of its own: engine, database server, the workers' account with its rights, a table to write in."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg
from rich.console import Console

from workers.database.migrate import upgrade
from workers.engine.client import EngineClient
from workers.engine.identity_rights import RIGHTS_OF_WORKERS
from workers.settings import ROOT, Settings
from workers.stack.info import StackInfo
from workers.stack.supervisor import Stack

ENTRIES = "CREATE TABLE bench_entries (task_id text PRIMARY KEY, amount numeric NOT NULL)"
AS_SHIPPED, UNTUNED = "as shipped", "untuned"
REST = "org.camunda.bpm.engine.rest.security.auth.impl"
ENGINES: dict[str, dict[str, str]] = {
    UNTUNED: {
        "new Logins(worker)": f"new {REST}.HttpBasicAuthenticationProvider()",
        "new OrderedIds()": "new org.camunda.bpm.engine.impl.persistence.StrongUuidGenerator()",
        "new Rights.Plugin()": "new AbstractProcessEnginePlugin()",
        "new TaskOrder()": "new AbstractProcessEnginePlugin()",
        "history-removal-time-strategy: none": "history-removal-time-strategy: end",
        "history-cleanup-strategy: endTimeBased": "history-cleanup-strategy: removalTimeBased",
    },
    AS_SHIPPED: {},
    "as shipped, authorizations off": {
        "authorization:\n      enabled: true": "authorization:\n      enabled: false"
    },
}
"""What is changed in application.yaml and engine.groovy. Untuned: nothing of ours that is there for speed."""


@dataclass(eq=False)
class Bench:
    """A running installation."""

    stack: Stack
    admin: EngineClient
    engine_database: psycopg.Connection

    @property
    def worker_log(self) -> Path:
        """What the last worker process said on stderr."""
        return self.stack.settings.var_dir / "worker.log"

    @property
    def environment(self) -> dict[str, str]:
        """What a worker process is told of it."""
        here = self.stack.endpoints
        account, _, address = here.database_url.partition("://")[2].partition("@")
        user, _, password = account.partition(":")
        return {
            "ENGINE": here.engine_url,
            "ENGINE_USER": here.engine_user,
            "PASSWORD": here.engine_password or "",
            "DATABASE_PG": f"postgresql://{account}@{address}",
            "DATABASE": f"jdbc:postgresql://{address}?user={user}&password={password}",
        }

    def process(self, name: str) -> psutil.Process:
        """The engine's or the database server's process."""
        info = StackInfo.read(self.stack.settings)
        [found] = [one.pid for one in (info.processes if info else []) if one.name == name]
        return psutil.Process(found)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def installation(folder: Path, console: Console, engine: str = AS_SHIPPED) -> Iterator[Bench]:
    """Start one in `folder`, with one of ENGINES."""
    config = folder / "config"
    shutil.copytree(ROOT / "config", config)
    files = [config / "engine" / name for name in ("application.yaml", "engine.groovy")]
    for ours, other in ENGINES[engine].items():
        [file] = [one for one in files if ours in one.read_text(encoding="utf-8")]
        file.write_text(file.read_text(encoding="utf-8").replace(ours, other), encoding="utf-8")
    settings = Settings(
        var_dir=folder / "var", config_dir=config, engine_port=free_port(), database_port=free_port()
    )
    with ExitStack() as open_things:
        stack = open_things.enter_context(Stack(settings, console))
        here = stack.endpoints
        admin = open_things.enter_context(
            EngineClient(here.engine_url, here.admin_user, here.admin_password, pool_size=16)
        )
        for resource, permissions in RIGHTS_OF_WORKERS.items():
            grant = {"type": 1, "permissions": list(permissions), "userId": here.engine_user}
            admin.post("/authorization/create", {**grant, "resourceType": resource, "resourceId": "*"})
        upgrade(here.database_url)
        database = open_things.enter_context(
            psycopg.connect(
                host="127.0.0.1",
                port=settings.database_port,
                user="engine",
                password=stack.credentials.password("database", "engine"),
                dbname="engine",
                autocommit=True,
            )
        )
        bench = Bench(stack, admin, database)
        with psycopg.connect(bench.environment["DATABASE_PG"]) as connection:
            connection.execute(ENTRIES)
        yield bench
