"""A machine that cannot hold the stack is refused with the reason and what to change."""

from __future__ import annotations

import os
import socket

import pytest

from workers.errors import UserError
from workers.stack import ports


def test_a_taken_port_names_its_holder_and_the_setting() -> None:
    """The holder is this test."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(UserError) as caught:
            ports.require_port("127.0.0.1", port, "the engine", "engine_port")
    message = str(caught.value)
    assert f"port {port}" in message
    assert f"pid {os.getpid()}" in message
    assert "SALESFLOW_ENGINE_PORT" in message


def test_a_free_port_passes() -> None:
    """A port that was just given back is free."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    ports.require_port("127.0.0.1", port, "the engine", "engine_port")


def test_an_address_of_another_machine_is_not_called_taken() -> None:
    """192.0.2.1 is set aside for documentation."""
    with pytest.raises(UserError, match="cannot be used"):
        ports.require_port("192.0.2.1", 8080, "the engine", "engine_port")


def test_too_little_memory_is_refused_with_both_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """What there is and what is needed."""
    monkeypatch.setattr(ports, "available_memory", lambda: 700_000_000)
    with pytest.raises(UserError, match=r"0\.7 GB.*1\.2 GB"):
        ports.require_memory()
