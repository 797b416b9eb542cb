"""Before the start: is there memory, are the ports free? If not, who holds them and what to change."""

from __future__ import annotations

import errno
import socket
from pathlib import Path

import psutil

from workers.errors import UserError

NEEDED_BYTES = 1_200_000_000
"""PostgreSQL, the engine and the workers, with some air."""

CGROUP = Path("/sys/fs/cgroup")


def available_memory() -> int:
    """Bytes that may still be used: the machine's, or less in a container that has a limit."""
    available = int(psutil.virtual_memory().available)
    try:
        limit = int((CGROUP / "memory.max").read_text(encoding="ascii"))
        used = int((CGROUP / "memory.current").read_text(encoding="ascii"))
        cached = next(
            int(line.split()[1])
            for line in (CGROUP / "memory.stat").read_text(encoding="ascii").splitlines()
            if line.startswith("inactive_file ")
        )
    except (OSError, ValueError, StopIteration):  # no cgroup, or "max": no limit
        return available
    return min(available, limit - used + cached)


def require_memory() -> None:
    """Raise UserError when the stack would not fit."""
    available = available_memory()
    if available < NEEDED_BYTES:
        raise UserError(
            f"too little memory: {available / 1e9:.1f} GB are free, {NEEDED_BYTES / 1e9:.1f} GB are needed. "
            "Close other programs, or use an engine that runs elsewhere (--engine URL)"
        )


def require_port(host: str, port: int, what: str, setting: str) -> None:
    """Raise UserError when the port cannot be listened on; it names the holder and the setting to change."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                reason = f"port {port} on {host} is taken{_holder(port)}"
            else:
                reason = f"port {port} on {host} cannot be used ({error.strerror})"
            raise UserError(
                f"{what} cannot start: {reason}. End that program, or choose another port: "
                f"SALESFLOW_{setting.upper()}=… or {setting} in config/settings.toml"
            ) from error


def _holder(port: int) -> str:
    """` by java (pid 123)`, where the system tells."""
    try:
        for connection in psutil.net_connections(kind="tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr[1:] == (port,) and connection.pid:
                return f" by {psutil.Process(connection.pid).name()} (pid {connection.pid})"
    except psutil.Error:  # without rights over the others' processes
        return ""
    return ""
