"""Folders become deployments."""

from pathlib import Path
from typing import Any

import pytest

from workers.engine.deployer import deploy_all, deploy_folder, folders
from workers.errors import UserError


class FakeEngine:
    """Remembers what is deployed; answers like the engine when it is the same as before."""

    def __init__(self) -> None:
        self.deployed: dict[str, dict[str, bytes]] = {}

    def deploy(self, name: str, files: dict[str, bytes]) -> dict[str, Any]:
        same = self.deployed.get(name) == files
        self.deployed[name] = dict(files)
        definitions = None if same else {"x": {"key": "ContractApprovalProcess", "version": 3}}
        return {"id": "1", "name": name, "deployedProcessDefinitions": definitions}


@pytest.fixture
def bpmn(tmp_path: Path) -> Path:
    for name in (
        "contract/a.bpmn",
        "contract/b.dmn",
        "contract/forms/c.form",
        "contract/d.html",
        "leads/a.bpmn",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    for name in ("README.md", "contract/README.md", "contract/a.svg", "element_templates/a.json"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    return tmp_path


def test_each_folder_is_one_deployment_of_its_diagrams_tables_and_forms(bpmn: Path) -> None:
    engine = FakeEngine()
    results = deploy_all(engine, bpmn)  # type: ignore[arg-type]
    assert [result.name for result in results] == ["salesflow/contract", "salesflow/leads"]
    assert engine.deployed["salesflow/contract"] == {
        name: f"contract/{name}".encode() for name in ("a.bpmn", "b.dmn", "d.html", "forms/c.form")
    }


def test_a_folder_without_diagrams_is_none(bpmn: Path) -> None:
    assert [folder.name for folder in folders(bpmn)] == ["contract", "leads"]


def test_it_tells_what_is_new_and_what_is_unchanged(bpmn: Path) -> None:
    engine: Any = FakeEngine()
    first = deploy_folder(engine, bpmn / "contract")
    assert (first.changed, first.definitions) == (True, ("ContractApprovalProcess:3",))
    second = deploy_folder(engine, bpmn / "contract")
    assert (second.changed, second.definitions) == (False, ())


@pytest.mark.parametrize("place", [".", "missing"])
def test_nothing_to_deploy_is_said(tmp_path: Path, place: str) -> None:
    with pytest.raises(UserError, match="no diagrams under"):
        deploy_all(FakeEngine(), tmp_path / place)  # type: ignore[arg-type]


def test_an_empty_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="nothing to deploy"):
        deploy_folder(FakeEngine(), tmp_path)  # type: ignore[arg-type]
