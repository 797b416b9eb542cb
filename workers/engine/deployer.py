"""Deploy the diagrams: one folder under bpmn/ is one deployment.

It is deployed as a whole, so that running cases keep the forms and decisions that they started with.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from workers.engine.client import EngineClient
from workers.errors import UserError

SUFFIXES = frozenset({".bpmn", ".dmn", ".form", ".html"})


@dataclass(frozen=True, slots=True)
class Deployment:
    """What became of one folder. `definitions`: the new processes and decisions, `key:version`."""

    name: str
    deployment_id: str
    changed: bool
    definitions: tuple[str, ...]


def folders(bpmn_dir: Path) -> list[Path]:
    """The folders that are deployments: those that hold something to deploy, by name."""
    return sorted(folder for folder in bpmn_dir.iterdir() if folder.is_dir() and any(resources(folder)))


def resources(folder: Path) -> Iterator[Path]:
    """The files of one deployment, in subfolders too. README and pictures stay here."""
    return (path for path in sorted(folder.rglob("*")) if path.suffix in SUFFIXES and path.is_file())


def deploy_folder(engine: EngineClient, folder: Path) -> Deployment:
    """Deploy one folder as `salesflow/<folder>`, unless the engine has exactly this already.

    A definition's version tag is the `versionTag` in its diagram. Raises EngineRefused when the engine cannot
    read a file; nothing of the folder is deployed then.
    """
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in resources(folder)}
    if not files:
        raise UserError(f"nothing to deploy in {folder}")
    answer = engine.deploy(f"salesflow/{folder.name}", files)
    new = [
        f"{definition['key']}:{definition['version']}"
        for kind in ("deployedProcessDefinitions", "deployedDecisionDefinitions")
        for definition in (answer.get(kind) or {}).values()
    ]
    # An unchanged folder gets the old deployment's id back, with no definitions in the answer.
    return Deployment(answer["name"], answer["id"], bool(new), tuple(sorted(new)))


def deploy_all(engine: EngineClient, bpmn_dir: Path) -> list[Deployment]:
    """Deploy every folder under `bpmn_dir`. Raises UserError when there is none."""
    found = folders(bpmn_dir) if bpmn_dir.is_dir() else []
    if not found:
        raise UserError(f"no diagrams under {bpmn_dir}")
    return [deploy_folder(engine, folder) for folder in found]
