"""What leads to an installation: settings in; engine, database and org chart out, without the rooms' work."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from workers.database.engine import make_engine
from workers.engine.client import EngineClient
from workers.errors import UserError
from workers.org import OrgSource
from workers.settings import Settings
from workers.stack.credentials import Credentials
from workers.stack.info import Endpoints

IDLE_SECONDS = 60
"""How long a transaction may stand still, such as one whose process was stopped, before the server ends it."""


@dataclass
class Connections:
    """Each part is made when it is first asked for; making one connects to nothing yet."""

    settings: Settings

    @cached_property
    def endpoints(self) -> Endpoints:
        """Where engine and database are, and how to log in. Raises UserError when nothing tells."""
        return Endpoints.of(self.settings)

    @cached_property
    def credentials(self) -> Credentials:
        """The passwords of this installation."""
        return Credentials.load(self.settings.credentials_file)

    @cached_property
    def database(self) -> Engine:
        """The pool to salesflow's own database; room for threads that are lent or lost, opened when needed."""
        threads = 2 * self.settings.worker_threads
        return make_engine(self.endpoints.database_url, pool_size=threads + 6, idle_seconds=IDLE_SECONDS)

    @cached_property
    def sessions(self) -> sessionmaker[Session]:
        """Makes sessions; what was loaded stays readable after the commit."""
        return sessionmaker(self.database, expire_on_commit=False)

    def close(self) -> None:
        """Close what was opened."""
        if "database" in self.__dict__:
            self.database.dispose()
        for client in ("engine", "admin"):
            if client in self.__dict__:
                self.__dict__[client].close()

    @cached_property
    def org(self) -> OrgSource:
        """The org chart as its file states it now."""
        return OrgSource(self.settings.config_dir / "org.yaml")

    @cached_property
    def engine(self) -> EngineClient:
        """The engine as the workers' technical account."""
        here = self.endpoints
        return EngineClient(here.engine_url, here.engine_user, here.engine_password)

    @cached_property
    def admin(self) -> EngineClient:
        """The engine as its administrator."""
        here = self.endpoints
        return EngineClient(here.engine_url, here.admin_user, here.admin_password)

    def engine_as(self, user: str) -> EngineClient:
        """The engine as a member of staff. Raises UserError when no password of theirs is known."""
        password = self.credentials.get("staff", user) or self.settings.engine_password
        if password is None:
            raise UserError(f"no password for {user}: set SALESFLOW_ENGINE_PASSWORD")
        return EngineClient(self.endpoints.engine_url, user, password)
