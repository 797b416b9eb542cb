"""The engine's accounts that are no persons."""

ADMIN, WORKER = "admin", "salesflow"
"""The engine's technical accounts: the first administers it, the second fetches tasks and starts cases."""
