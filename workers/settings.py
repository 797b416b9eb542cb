"""Settings: one object, read once from `config/settings.toml` and the environment (which wins)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from pathlib import Path
from typing import Literal

import platformdirs
from pydantic import AliasChoices, Field
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

ROOT = Path(__file__).resolve().parent.parent
SETTINGS_FILE = ROOT / "config" / "settings.toml"


class Settings(BaseSettings):
    """Every setting, with its default. The environment name is `SALESFLOW_` and the name in capitals."""

    model_config = SettingsConfigDict(env_prefix="SALESFLOW_", toml_file=SETTINGS_FILE, extra="forbid")

    config_dir: Path = ROOT / "config"
    bpmn_dir: Path = ROOT / "bpmn"
    var_dir: Path = Path("var")
    cache_dir: Path = Path(platformdirs.user_cache_dir("salesflow"))

    host: str = "127.0.0.1"
    engine_flavour: Literal["camunda", "operaton"] = "camunda"
    engine_port: int = Field(default=8080, ge=1, le=65535)
    engine_url: str | None = None
    engine_user: str = "salesflow"
    engine_password: str | None = None
    public_url: str | None = None
    admin_password: str | None = None
    """Of the embedded engine's administrator, where it must be known before the first start; None: made then."""
    engine_database_url: str | None = None
    """PostgreSQL for the embedded engine's own tables (postgresql://user:password@host:port/name); None: embedded."""

    database_port: int = Field(default=54329, ge=1, le=65535)
    database_url: str | None = Field(
        default=None, validation_alias=AliasChoices("database_url", "DATABASE_URL", "SALESFLOW_DATABASE_URL")
    )

    worker_threads: int = Field(default=48, ge=1, le=64)
    """Handlers at the same time in one process; what they complete together goes to the engine in one batch."""
    lock_seconds: int = Field(default=20, ge=5, le=600)
    long_poll_seconds: int = Field(default=5, ge=1, le=1800)
    """Within one poll the engine does not notice locks that expire or retries that fall due."""
    task_seconds: float = Field(default=120.0, gt=0)
    """For a handler whose task names no timeout; then it is given up and its task fails."""
    topic_limits: Mapping[str, int] = {}
    """The most tasks of a topic at once in a worker process. Without: a topic of which half as many handlers as there
    are threads run longer than 1 s is left out of the next fetches, and others get lent threads."""
    lost_threads: int | None = Field(default=None, ge=1)
    """Handlers that do not end before a worker process ends and is started anew; None: half of the threads."""
    worker_memory_mb: int = Field(default=2048, ge=0)
    """A worker process that wants more gets a MemoryError, which fails the task that asked (Linux); 0: no limit."""
    metrics_host: str = "127.0.0.1"
    metrics_port: int | None = Field(default=None, ge=0, le=65535)
    """Where a worker process answers /healthz, /readyz and /metrics (the first free of ten ports); None: nowhere."""
    housekeeping_seconds: int = Field(default=60, ge=1)
    signal_seconds: float = Field(default=0.5, ge=0.05)
    """How often processes are told of facts that were committed outside them."""

    workday_start: time = time(9, 0)
    workday_end: time = time(17, 30)
    lunch_start: time = time(12, 0)
    lunch_end: time = time(13, 30)

    mail_url: str | None = None
    """An apprise URL with `{email}` where the recipient's address goes, such as `mailtos://…?to={email}`."""
    channels: Mapping[Literal["sms", "wecom", "dingtalk", "feishu"], str] = {}
    """Further ways to reach people: apprise URLs, in which `{phone}` stands for the customer's number."""
    staff_channel: Literal["email", "wecom", "dingtalk", "feishu"] = "email"
    """By which of them staff are told; a group's bot names the person in the subject."""

    log_format: Literal["console", "json"] = "console"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the base class's signature
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What the code says beats the environment, which beats the file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    @property
    def credentials_file(self) -> Path:
        """Where the first start writes the passwords that it made (mode 0600)."""
        return self.var_dir / "credentials.toml"
