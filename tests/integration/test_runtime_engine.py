"""Engine client and deployer against the real engine."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from workers.engine.client import EngineClient, EngineRefused, NotFound
from workers.engine.deployer import deploy_folder
from workers.runtime import FileValue

DIAGRAM = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="test">
  <message id="Message" name="Msg_KEY"/>
  <process id="KEY" isExecutable="true" camunda:historyTimeToLive="1" camunda:versionTag="1.4">
    <startEvent id="Start"/>
    <sequenceFlow id="f1" sourceRef="Start" targetRef="Task"/>
    <userTask id="Task" camunda:candidateGroups="g1" camunda:formRef="KEY" camunda:formRefBinding="deployment"/>
    <sequenceFlow id="f2" sourceRef="Task" targetRef="Wait"/>
    <receiveTask id="Wait" messageRef="Message"/>
    <sequenceFlow id="f3" sourceRef="Wait" targetRef="Later"/>
    <intermediateCatchEvent id="Later"><timerEventDefinition>
      <timeDuration>P1D</timeDuration></timerEventDefinition></intermediateCatchEvent>
    <sequenceFlow id="f4" sourceRef="Later" targetRef="End"/>
    <endEvent id="End"/>
  </process>
</definitions>
"""
FORM = '{"type": "default", "id": "KEY", "schemaVersion": 18, "components": []}'


@pytest.fixture(scope="module")
def folder(engine: EngineClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a diagram and its form, named like its process; its deployments are removed afterwards."""
    key = f"engine_{uuid4().hex[:8]}"
    path = tmp_path_factory.mktemp("bpmn") / key
    path.mkdir()
    (path / "test.bpmn").write_text(DIAGRAM.replace("KEY", key))
    (path / "test.form").write_text(FORM.replace("KEY", key))
    yield path
    for deployment in engine.get("/deployment", name=f"salesflow/{key}"):
        engine.delete(f"/deployment/{deployment['id']}", cascade=True)
    shutil.rmtree(path)


def test_a_folder_is_deployed_once_and_again_as_a_whole_when_a_form_changes(
    engine: EngineClient, folder: Path
) -> None:
    first = deploy_folder(engine, folder)
    assert (first.changed, first.definitions) == (True, (f"{folder.name}:1",))
    again = deploy_folder(engine, folder)
    assert (again.changed, again.deployment_id) == (False, first.deployment_id)
    form = folder / "test.form"
    form.write_text(form.read_text() + "\n")
    third = deploy_folder(engine, folder)
    assert (third.changed, third.definitions) == (True, (f"{folder.name}:2",))
    [newest] = engine.get("/process-definition", key=folder.name, latestVersion=True)
    assert newest["versionTag"] == "1.4"


def test_a_broken_diagram_deploys_nothing_of_its_folder(engine: EngineClient, tmp_path: Path) -> None:
    (tmp_path / "broken.bpmn").write_text("<definitions>")
    with pytest.raises(EngineRefused, match=r"Could not parse 'broken\.bpmn'"):
        deploy_folder(engine, tmp_path)
    assert not engine.get("/deployment", name=f"salesflow/{tmp_path.name}")


def test_a_case_is_walked_by_the_client(engine: EngineClient, folder: Path) -> None:
    deploy_folder(engine, folder)
    assert engine.version().startswith("7.")
    key = f"SB-{uuid4().hex[:8]}"
    instance = engine.start(folder.name, {"title": "标题", "lines": [{"no": 1}]}, key)["id"]
    [task] = engine.tasks(processInstanceBusinessKey=key)
    assert engine.count("/task", processInstanceBusinessKey=key) == 1
    assert [link["groupId"] for link in engine.identity_links(task["id"])] == ["g1"]
    assert engine.form_variables(task["id"], "lines", "title") == {"lines": [{"no": 1}], "title": "标题"}
    engine.claim(task["id"], "admin")
    with pytest.raises(EngineRefused):
        engine.claim(task["id"], "somebody")
    engine.complete_task(task["id"], {"scan": FileValue("扫描.pdf", b"%PDF", "application/pdf")})
    assert engine.get_binary(instance, "scan") == b"%PDF"
    with pytest.raises(EngineRefused, match="Cannot correlate message"):
        engine.correlate(f"Msg_{folder.name}", "another case")
    assert engine.correlate(f"Msg_{folder.name}", key)
    [job] = engine.jobs(processInstanceId=instance)
    engine.execute_job(job["id"])
    [ended] = engine.history("process-instance", processInstanceBusinessKey=key)
    assert ended["state"] == "COMPLETED"
    with pytest.raises(NotFound):
        engine.get(f"/task/{task['id']}")


def test_a_wrong_password_is_refused(stack: Any) -> None:
    # Not for a real account: the engine makes one wait after a wrong password.
    with (
        EngineClient(stack.endpoints.engine_url, "nobody", "wrong") as client,
        pytest.raises(EngineRefused) as caught,
    ):
        client.version()
    assert caught.value.status == 401
