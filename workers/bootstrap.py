"""The only place where objects are put together: settings in, connected parts out."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from workers import calendar, catalog, notify, policy, signals, vehicles
from workers.approval.absences import reassign_absent
from workers.calendar import WorkingHours
from workers.connections import Connections
from workers.database.migrate import upgrade
from workers.database.unit_of_work import UnitOfWork
from workers.documents import Company, load_company
from workers.engine.client import EngineClient
from workers.engine.identity import sync_identity
from workers.follow_up import Questionnaire, load_questions
from workers.housekeeping import SIGNALS_LOCK, Chore, Housekeeping
from workers.invoicing import waking as invoice_gates
from workers.jointing import waking as jointing_gates
from workers.monitoring import Monitor
from workers.org import OrgChart, directory, release_tasks
from workers.receivables import collecting
from workers.registry import all_tasks
from workers.runtime import Container, EngineVariables, Journal, Limits, Runner, RunnerOptions, TaskClient
from workers.runtime.database import Records
from workers.service import Workshop, load_workshop


@dataclass
class Application(Connections):
    """salesflow's parts, the rooms' among them."""

    _collected_on: date | None = field(default=None, init=False)
    """The day of the last look for overdue debts."""

    @cached_property
    def hours(self) -> WorkingHours:
        """The office hours that deadlines count in."""
        return WorkingHours.of(self.settings)

    def prepare_database(self) -> None:
        """Bring the schema up to date and put in what a new installation starts from. Idempotent."""
        upgrade(self.endpoints.database_url)
        with UnitOfWork(self.sessions) as uow:
            catalog.load_sample(uow.session, self.settings.config_dir / "catalog.yaml")
            vehicles.load_sample(uow.session, self.settings.config_dir / "vehicles.yaml")
            policy.load_initial(uow.session, self.settings.config_dir / "policy.yaml")

    def sync_identity(self) -> object:
        """Make users, groups, rights and filters follow the org chart; needs the administrator."""
        chart = directory(self.org.current(), calendar.now().date())
        return sync_identity(self.admin, chart, self.credentials)

    @cached_property
    def _channels(self) -> notify.Channels:
        return notify.Channels.of(self.settings.mail_url, self.settings.channels, self.settings.staff_channel)

    def container(self) -> Container:
        """What handlers may ask for by type."""
        return (
            Container()
            .add(EngineVariables, self.engine)
            .add(EngineClient, self.engine)
            .add(WorkingHours, self.hours)
            .add(Company, load_company(self.settings.config_dir / "company.yaml"))
            .add(Workshop, load_workshop(self.settings.config_dir / "service.yaml"))
            .add(Questionnaire, load_questions(self.settings.config_dir / "follow_up.yaml"))
            .provide(OrgChart, self.org.current)
        )

    def runner(self) -> Runner:
        """The worker: fetches tasks of every topic and does them."""
        here, settings = self.endpoints, self.settings
        client = TaskClient(
            here.engine_url,
            here.engine_user,
            here.engine_password,
            lock_seconds=settings.lock_seconds,
            long_poll_seconds=settings.long_poll_seconds,
        )
        limits = Limits(settings.task_seconds, settings.topic_limits, lost=settings.lost_threads)
        options = RunnerOptions(threads=settings.worker_threads, limits=limits)
        journal = Journal(settings.var_dir / "run" / "hands", client.worker_id)
        return Runner(client, all_tasks(), self.container(), Records(self.sessions), options, journal)

    def monitor(self, runner: Runner) -> Monitor | None:
        """What answers probes and Prometheus beside the worker, if a port is set."""
        port = self.settings.metrics_port
        return None if port is None else Monitor(runner, self.engine, self.settings.metrics_host, port)

    def housekeeping(self) -> Housekeeping:
        """What the worker processes do beside their tasks."""
        return Housekeeping(self.database, self._chores(), self.settings.housekeeping_seconds)

    def signalling(self) -> Housekeeping:
        """Tells the processes of facts that were committed, by one worker process at a time."""
        chore = {"signals": lambda: signals.dispatch(self.sessions, self.engine, calendar.now())}
        return Housekeeping(self.database, chore, self.settings.signal_seconds, SIGNALS_LOCK)

    def _chores(self) -> dict[str, Chore]:
        return {
            "identity": self._follow_org_chart,
            "absences": self._reassign_absent,
            "deadlines": self._watch_deadlines,
            "notices": self._deliver_notices,
            "collections": self._start_collections,
            "gates": self._open_gates,
        }

    def _follow_org_chart(self) -> None:
        if self.endpoints.admin_password:
            self.sync_identity()

    def _reassign_absent(self) -> None:
        release_tasks(self.engine, self.org.current(), calendar.now().date())
        with UnitOfWork(self.sessions) as uow:
            reassign_absent(uow.session, self.org.current(), self.engine, calendar.now())

    def _watch_deadlines(self) -> None:
        now = calendar.now()
        with UnitOfWork(self.sessions) as uow:
            notify.watch_deadlines(
                uow.session,
                self.engine,
                self.org.current(),
                now,
                tasklist_url=self.endpoints.tasklist_url,
                office=self.hours,
                reminder_hours=policy.reminder_hours(uow.session, now.date()),
            )

    def _start_collections(self) -> None:
        """Once a day, and once after a start: debts become overdue with the day."""
        now = calendar.now()
        if self._collected_on != now.date():
            with UnitOfWork(self.sessions) as uow:
                collecting.start_all(uow.session, now)
            self._collected_on = now.date()

    def _open_gates(self) -> None:
        """A policy may let contracts through for which nobody has booked anything."""
        now = calendar.now()
        with UnitOfWork(self.sessions) as uow:
            invoice_gates.wake_at_open_gates(uow.session, now)
        with UnitOfWork(self.sessions) as uow:
            jointing_gates.wake_at_open_gates(uow.session, now)

    def _deliver_notices(self) -> None:
        notify.deliver(self.sessions, self._channels, self.org.current(), calendar.now())
