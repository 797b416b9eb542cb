"""`salesflow check` as an analyst or CI calls it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from workers import registry
from workers.check import RULES, LinterMissing, Topic, commands, linting
from workers.cli import app
from workers.errors import UserError
from workers.org import OrgChart
from workers.runtime.router import RegisteredTask
from workers.settings import ROOT

run = CliRunner()


@pytest.fixture(autouse=True)
def installation(
    tree: Path, topics: dict[str, Topic], org: OrgChart, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An installation that consists of the small case."""
    monkeypatch.setenv("SALESFLOW_BPMN_DIR", str(tree))
    monkeypatch.setattr(commands, "load_org", lambda _path: org)
    monkeypatch.setattr(commands, "contracts", lambda _tasks: topics)
    monkeypatch.setattr(registry, "all_tasks", dict[str, RegisteredTask])
    monkeypatch.delenv("CI", raising=False)


def english_name(tree: Path) -> None:
    path = tree / "desk" / "small_case.bpmn"
    path.write_text(path.read_text("utf-8").replace('name="填写"', 'name="Fill in"'), "utf-8")


def test_nothing_to_mend_exits_with_0() -> None:
    done = run.invoke(app, ["check"])
    assert (done.exit_code, done.stdout) == (0, "no findings\n")


def test_a_finding_is_printed_with_file_and_element_and_exits_with_1(tree: Path) -> None:
    english_name(tree)
    done = run.invoke(app, ["check"])
    assert done.exit_code == 1
    assert "desk/small_case.bpmn Task_FillCase: the name Fill in is not Chinese" in done.stdout


def test_json_names_file_element_rule_and_message(tree: Path) -> None:
    english_name(tree)
    found = json.loads(run.invoke(app, ["check", "--json"]).stdout)
    assert [(one["element"], one["rule"], set(one)) for one in found] == [
        ("Task_FillCase", "chinese", {"file", "element", "rule", "message"})
    ]


def test_one_file_is_checked_with_all_the_rest_but_only_its_findings_are_shown(tree: Path) -> None:
    english_name(tree)
    assert run.invoke(app, ["check", str(tree / "desk" / "small_case.form")]).exit_code == 0
    assert run.invoke(app, ["check", str(tree / "desk" / "small_case.bpmn")]).exit_code == 1


def test_a_folder_elsewhere_is_judged_without_what_it_does_not_hold(
    tree: Path, tmp_path: Path, topics: dict[str, Topic]
) -> None:
    (tree / "desk").rename(tmp_path / "mine")
    topics["desk.shred"] = topics["desk.open_case"]
    assert run.invoke(app, ["check", str(tmp_path / "mine")]).exit_code == 0


def test_a_path_that_is_not_there_is_wrong_use() -> None:
    done = run.invoke(app, ["check", "nowhere"])
    assert isinstance(done.exception, UserError)  # main() makes it exit code 2


def test_without_bpmnlint_a_note_says_so_and_ci_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linting, "node", lambda: None)
    done = run.invoke(app, ["check"])
    assert done.exit_code == 0
    assert done.stdout == "no findings (bpmnlint's rules were not checked: make lint-tools)\n"
    assert str(LinterMissing()) in done.stderr
    monkeypatch.setenv("CI", "true")
    assert run.invoke(app, ["check"]).exit_code == 1


def test_element_templates_are_written_and_stale_ones_removed(tree: Path) -> None:
    folder = tree / "element_templates"
    folder.mkdir()
    (folder / "desk.gone.json").write_text("{}", "utf-8")
    assert run.invoke(app, ["check", "--write-element-templates"]).exit_code == 0
    assert sorted(path.name for path in folder.iterdir()) == ["desk.check_case.json", "desk.open_case.json"]
    content = json.loads((folder / "desk.open_case.json").read_text("utf-8"))
    bindings = {entry["binding"]["name"] for entry in content["properties"] if "name" in entry["binding"]}
    assert {"camunda:type", "camunda:topic", "title", "source"} == bindings


def test_the_readme_lists_every_rule() -> None:
    readme = (ROOT / "workers" / "check" / "README.md").read_text("utf-8")
    assert [line for line in readme.splitlines() if line.startswith("| `")] == [
        f"| `{rule}` | {asked} |" for rule, asked in RULES.items()
    ]
