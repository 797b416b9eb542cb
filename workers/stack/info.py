"""var/run/stack.json: what runs and where, for the other commands; and how they reach it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from workers.engine.accounts import ADMIN, WORKER
from workers.errors import UserError
from workers.processes import ProcessId
from workers.settings import Settings
from workers.stack.credentials import Credentials


@dataclass(frozen=True)
class StackInfo:
    """A running stack: addresses without passwords, and its processes."""

    pid: int
    engine_url: str
    engine_version: str
    tasklist_url: str
    cockpit_url: str
    database: str
    """Host, port and name of salesflow's own database: `127.0.0.1:54329/salesflow`."""
    ready: bool = False
    processes: list[ProcessId] = field(default_factory=list)

    @staticmethod
    def path(settings: Settings) -> Path:
        """Where it stands."""
        return settings.var_dir / "run" / "stack.json"

    @classmethod
    def read(cls, settings: Settings) -> StackInfo | None:
        """The stack that runs on this var folder, or was left over by a crash; None when there is none."""
        try:
            raw = json.loads(cls.path(settings).read_text(encoding="utf-8"))
            raw["processes"] = [ProcessId(**one) for one in raw["processes"]]
            return cls(**raw)
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None  # none, or one of another version: nothing in it can be relied on

    def write(self, settings: Settings) -> None:
        """Replace the file in one step."""
        path = self.path(settings)
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".part")
        partial.write_text(json.dumps(asdict(self), indent=2), encoding="utf-8")
        partial.replace(path)

    @property
    def alive(self) -> bool:
        """Whether any of its processes still runs."""
        return any(one.find() for one in self.processes)


@dataclass(frozen=True)
class Endpoints:
    """How to reach the engine and salesflow's database, with passwords."""

    engine_url: str
    engine_user: str
    engine_password: str | None
    admin_user: str
    admin_password: str | None
    database_url: str
    tasklist_url: str
    cockpit_url: str

    @classmethod
    def of(cls, settings: Settings) -> Endpoints:
        """What the settings name, else the stack that runs on this var folder.

        Raises UserError when a part is neither named nor running.
        """
        info = StackInfo.read(settings)
        running = info if info and info.alive else None
        missing = [
            name
            for name, given in (("an engine", settings.engine_url), ("a database", settings.database_url))
            if not given
        ]
        if missing and running is None:
            raise UserError(
                f"{' and '.join(missing)} is not running here: start it with `salesflow up` or "
                "`make demo`, or name a running one (--engine URL, DATABASE_URL)"
            )
        credentials = Credentials.load(settings.credentials_file)
        engine_url = settings.engine_url or (running.engine_url if running else "")
        if settings.engine_url:
            user = admin = settings.engine_user
            password = admin_password = settings.engine_password
        else:
            user, admin = WORKER, ADMIN
            password = credentials.password("engine", user)
            admin_password = settings.admin_password or credentials.password("engine", admin)
        database_url = settings.database_url
        if database_url is None and running:
            own = credentials.password("database", "salesflow")
            database_url = f"postgresql+psycopg://salesflow:{own}@{running.database}"
        return cls(
            engine_url=engine_url.rstrip("/"),
            engine_user=user,
            engine_password=password,
            admin_user=admin,
            admin_password=admin_password,
            database_url=database_url or "",
            tasklist_url=webapp_url(settings, engine_url, "tasklist"),
            cockpit_url=webapp_url(settings, engine_url, "cockpit"),
        )


def webapp_url(settings: Settings, engine_url: str, app: str) -> str:
    """The address of Tasklist or Cockpit, as people open it: public_url when set."""
    root = settings.public_url or engine_url.rstrip("/").removesuffix("/engine-rest")
    context = "operaton" if settings.engine_flavour == "operaton" else "camunda"
    return f"{root.rstrip('/')}/{context}/app/{app}/default/"
