"""How a worker process is watched from outside: /healthz, /readyz, /metrics. See config/monitoring."""

from workers.monitoring.server import Monitor

__all__ = ["Monitor"]
