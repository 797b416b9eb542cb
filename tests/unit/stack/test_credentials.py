"""Passwords are made once, kept privately, and survive a crash while they are written."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from workers.errors import UserError
from workers.stack.credentials import Credentials


def test_a_password_is_made_at_first_use_and_stays(tmp_path: Path) -> None:
    """Also for the next process."""
    path = tmp_path / "var" / "credentials.toml"
    made = Credentials.load(path).password("engine", "admin")
    assert len(made) >= 32
    assert Credentials.load(path).password("engine", "admin") == made
    assert Credentials.load(path).password("database", "admin") != made


def test_only_the_owner_may_read_the_file(tmp_path: Path) -> None:
    """Whatever the umask, and also after it was replaced."""
    path = tmp_path / "credentials.toml"
    credentials = Credentials.load(path)
    for name in ("a", "b"):
        credentials.password("staff", name)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_asking_without_making_leaves_no_file(tmp_path: Path) -> None:
    """`get` and `names` only look."""
    credentials = Credentials.load(tmp_path / "credentials.toml")
    assert credentials.get("staff", "nobody") is None
    assert credentials.names("staff") == []
    assert not credentials.path.exists()


def test_processes_that_ask_at_once_get_the_same_password(tmp_path: Path) -> None:
    """And no password of another name is lost."""
    path = tmp_path / "credentials.toml"
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda i: Credentials.load(path).password("staff", f"u{i % 2}"), range(40)))
    assert len(set(made)) == 2
    assert Credentials.load(path).names("staff") == ["u0", "u1"]


def test_a_half_written_file_of_a_crash_does_no_harm(tmp_path: Path) -> None:
    """The new file gets its name only when it is whole."""
    path = tmp_path / "credentials.toml"
    made = Credentials.load(path).password("engine", "admin")
    path.with_suffix(".part").write_text("[engine", encoding="utf-8")
    credentials = Credentials.load(path)
    credentials.password("engine", "salesflow")
    assert credentials.password("engine", "admin") == made


def test_a_file_that_cannot_be_understood_is_named(tmp_path: Path) -> None:
    """And is not overwritten."""
    path = tmp_path / "credentials.toml"
    path.write_text("[engine", encoding="utf-8")
    with pytest.raises(UserError, match=r"credentials\.toml"):
        Credentials.load(path)
    assert path.read_text(encoding="utf-8") == "[engine"
