"""The command line: one module per command, mounted in `workers.cli`."""
