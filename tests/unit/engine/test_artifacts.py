"""The engine's lock files say exactly which jars run."""

from __future__ import annotations

from pathlib import Path

import pytest

from workers.engine.artifacts import Artifact, read_lock
from workers.engine.launcher import supported
from workers.engine.lock import LISTED
from workers.errors import UserError
from workers.settings import ROOT

SHA = "0" * 64


def test_an_artifact_knows_its_place_in_a_maven_repository() -> None:
    """With and without a classifier."""
    plain = Artifact.parse(f"org.example.app:core:1.2 {SHA}")
    classified = Artifact.parse(f"org.example.app:core:1.2:classes {SHA}")
    assert plain.path == "org/example/app/core/1.2/core-1.2.jar"
    assert classified.path == "org/example/app/core/1.2/core-1.2-classes.jar"
    assert classified.coordinates == "org.example.app:core:1.2:classes"


def test_the_camunda_lock_names_the_engine_the_webapps_spin_and_the_driver() -> None:
    """And nothing twice."""
    artifacts = read_lock(ROOT / "config")
    names = {f"{one.name}:{one.version}" for one in artifacts}
    assert {
        "camunda-engine:7.24.0",
        "camunda-webapp-webjar:7.24.0",
        "camunda-engine-plugin-spin:7.24.0",
        "groovy:4.0.29",
    } <= names
    assert any(name.startswith("postgresql:") for name in names)
    assert len({one.path for one in artifacts}) == len(artifacts)


@pytest.mark.parametrize(
    "text", ["org.example:core:1.2", f"org.example:core {SHA}", "org.example:core:1.2 abc"]
)
def test_a_lock_that_is_damaged_is_refused_by_name(tmp_path: Path, text: str) -> None:
    """The message names the file."""
    (tmp_path / "engine").mkdir()
    (tmp_path / "engine" / "camunda-7.24.0.lock").write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=r"camunda-7\.24\.0\.lock"):
        read_lock(tmp_path)


def test_maven_lists_are_understood_with_and_without_classifier() -> None:
    """As `mvn dependency:list` prints them."""
    plain = LISTED.match(
        "   org.slf4j:slf4j-api:jar:2.0.17:compile:/m2/slf4j-api-2.0.17.jar -- module org.slf4j"
    )
    classified = LISTED.match("   a.b:web:jar:classes:7.24.0:runtime:/m2/web-7.24.0-classes.jar")
    assert plain is not None
    assert plain["coordinates"] == "org.slf4j:slf4j-api:jar:2.0.17"
    assert plain["file"] == "/m2/slf4j-api-2.0.17.jar"
    assert classified is not None
    assert classified["coordinates"] == "a.b:web:jar:classes:7.24.0"


@pytest.mark.parametrize(
    ("version", "fits"),
    [
        ("7.24.0", True), ("7.24.3-ee", True), ("7.25.0", True), ("1.0.3", True), ("1.1.0-SNAPSHOT", True),
        ("7.23.0", False), ("7.9.0", False), ("8.8.0", False), ("2.0.0", False), ("nonsense", False),
    ],
)  # fmt: skip
def test_only_engines_that_the_diagrams_run_on_are_accepted(version: str, fits: bool) -> None:
    """Camunda from 7.24, Operaton 1.x."""
    assert supported(version) is fits
