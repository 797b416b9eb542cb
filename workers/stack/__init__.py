"""The stack: embedded PostgreSQL and engine, started, watched and stopped as one."""
