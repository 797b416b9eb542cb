"""What the user's Maven settings say about where jars come from: mirror, login, local repository."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from jgo.constants import MAVEN_CENTRAL_URL
from lxml import etree

from workers.errors import UserError

PLACEHOLDER = re.compile(r"\$\{(env\.)?([\w.-]+)\}")


@dataclass(frozen=True)
class Repository:
    """Where jars are fetched from. `auth` is a user and a password, or None."""

    url: str
    auth: tuple[str, str] | None = None


@dataclass(frozen=True)
class MavenSettings:
    """The little of settings.xml that matters here."""

    repository: Repository
    local: Path


def settings_files() -> list[Path]:
    """The user's file first: it wins over the installation's, as in Maven itself."""
    files = [Path.home() / ".m2" / "settings.xml"]
    for variable in ("MAVEN_HOME", "M2_HOME"):
        if home := os.environ.get(variable):
            files.append(Path(home) / "conf" / "settings.xml")
    return files


def read(files: list[Path] | None = None) -> MavenSettings:
    """Read the settings that exist. Raises UserError when one is not XML."""
    central = Repository(MAVEN_CENTRAL_URL)
    local = Path.home() / ".m2" / "repository"
    repository: Repository | None = None
    for path in reversed(settings_files() if files is None else files):
        if not path.is_file():
            continue
        root = _parse(path)
        repository = _mirror_of_central(root) or repository
        if text := _text(root, "localRepository"):
            local = Path(text)
    return MavenSettings(repository or central, local)


def _parse(path: Path) -> etree._Element:
    try:
        root = etree.parse(path, etree.XMLParser(resolve_entities=False, no_network=True)).getroot()
    except (etree.XMLSyntaxError, OSError) as error:
        raise UserError(f"the Maven settings {path} cannot be read: {error}") from error
    for element in root.iter("{*}*"):
        element.tag = etree.QName(element).localname  # with or without Maven's namespace, both are in use
    return root


def _text(parent: etree._Element, tag: str) -> str:
    """The child's text with `${env.NAME}` and `${user.home}` filled in, or an empty string."""
    raw = (parent.findtext(tag) or "").strip()

    def fill(match: re.Match[str]) -> str:
        if match[1]:
            return os.environ.get(match[2], "")
        return str(Path.home()) if match[2] == "user.home" else match[0]

    return PLACEHOLDER.sub(fill, raw)


def _mirror_of_central(root: etree._Element) -> Repository | None:
    """The mirror for repository `central`: one that names it beats one that matches it by a wildcard."""
    mirrors = [mirror for mirror in root.findall("mirrors/mirror") if _text(mirror, "blocked") != "true"]
    exact = [mirror for mirror in mirrors if _text(mirror, "mirrorOf") == "central"]
    matching = [mirror for mirror in mirrors if covers_central(_text(mirror, "mirrorOf"))]
    for mirror in exact + matching:
        if url := _text(mirror, "url"):
            return Repository(url.rstrip("/"), _login(root, _text(mirror, "id")))
    return None


def covers_central(pattern: str) -> bool:
    """Whether Maven's `mirrorOf` pattern takes in the repository `central`, which is reached by HTTPS."""
    parts = [part.strip() for part in pattern.split(",")]
    if "!central" in parts:
        return False
    return any(part in {"central", "*", "external:*"} for part in parts)


def _login(root: etree._Element, server_id: str) -> tuple[str, str] | None:
    """The server's user and password. One that Maven encrypted (`{…}`) is no use without its master key."""
    for server in root.findall("servers/server"):
        user, password = _text(server, "username"), _text(server, "password")
        if _text(server, "id") == server_id and user and not password.startswith("{"):
            return user, password
    return None
