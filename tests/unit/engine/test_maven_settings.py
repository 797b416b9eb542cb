"""Jars come from where the user's Maven settings say."""

from __future__ import annotations

from pathlib import Path

import pytest
from jgo.constants import MAVEN_CENTRAL_URL

from workers.engine.maven_settings import covers_central, read
from workers.errors import UserError

NAMESPACE = 'xmlns="http://maven.apache.org/SETTINGS/1.0.0"'


def settings(folder: Path, inside: str, name: str = "settings.xml", namespace: str = NAMESPACE) -> Path:
    """Write a settings file."""
    path = folder / name
    path.write_text(f"<settings {namespace}>{inside}</settings>", encoding="utf-8")
    return path


def mirror(of: str, url: str, identity: str = "m") -> str:
    """A `mirror` element."""
    return f"<mirror><id>{identity}</id><mirrorOf>{of}</mirrorOf><url>{url}</url></mirror>"


def test_without_settings_jars_come_from_central(tmp_path: Path) -> None:
    """Its address is the library's, not ours."""
    found = read([tmp_path / "absent.xml"])
    assert found.repository.url == MAVEN_CENTRAL_URL
    assert found.repository.auth is None


@pytest.mark.parametrize("namespace", [NAMESPACE, ""])
def test_a_mirror_of_central_is_used_with_its_login(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, namespace: str
) -> None:
    """The password may come from the environment, as Maven has it."""
    monkeypatch.setenv("NEXUS_PASSWORD", "geheim")
    path = settings(
        tmp_path,
        "<servers><server><id>m</id><username>u</username><password>${env.NEXUS_PASSWORD}</password></server></servers>"
        f"<mirrors>{mirror('*', 'http://mirror.invalid/maven/')}</mirrors>"
        "<localRepository>/srv/m2</localRepository>",
        namespace=namespace,
    )
    found = read([path])
    assert found.repository.url == "http://mirror.invalid/maven"
    assert found.repository.auth == ("u", "geheim")
    assert found.local == Path("/srv/m2")


def test_a_mirror_that_names_central_beats_one_that_matches_everything(tmp_path: Path) -> None:
    """As in Maven, whatever their order."""
    both = mirror("*", "http://all.invalid", "a") + mirror("central", "http://central.invalid", "b")
    assert read([settings(tmp_path, f"<mirrors>{both}</mirrors>")]).repository.url == "http://central.invalid"


def test_the_users_settings_beat_the_installations(tmp_path: Path) -> None:
    """The first file wins."""
    mine = settings(tmp_path, f"<mirrors>{mirror('central', 'http://mine.invalid')}</mirrors>", "mine.xml")
    theirs = settings(
        tmp_path, f"<mirrors>{mirror('central', 'http://theirs.invalid')}</mirrors>", "theirs.xml"
    )
    assert read([mine, theirs]).repository.url == "http://mine.invalid"


@pytest.mark.parametrize(
    ("pattern", "covered"),
    [
        ("central", True), ("*", True), ("external:*", True), ("repo1, central", True), ("*,!internal", True),
        ("*,!central", False), ("external:http:*", False), ("internal", False), ("", False),
    ],
)  # fmt: skip
def test_mirror_patterns_mean_what_they_mean_in_maven(pattern: str, covered: bool) -> None:
    """Central is reached by HTTPS, so `external:http:*` leaves it out."""
    assert covers_central(pattern) is covered


def test_settings_that_are_not_xml_are_named(tmp_path: Path) -> None:
    """Better than silently going to Central, which a company may forbid."""
    path = tmp_path / "settings.xml"
    path.write_text("<settings><mirrors>", encoding="utf-8")
    with pytest.raises(UserError, match=r"settings\.xml"):
        read([path])
