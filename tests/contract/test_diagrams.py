"""What stands in bpmn/ fits the workers and the org chart, and its element templates are fresh."""

import pytest

from workers import registry
from workers.check import Topic, contracts, run_checks
from workers.check.element_templates import FOLDER, files
from workers.org import load
from workers.settings import ROOT


@pytest.fixture(scope="module")
def topics() -> dict[str, Topic]:
    return contracts(registry.all_tasks())


def test_check_finds_nothing_in_our_own_diagrams(topics: dict[str, Topic]) -> None:
    org = load(ROOT / "config" / "org.yaml")
    findings = run_checks(ROOT / "bpmn", topics, org, with_lint=True)
    assert not findings, "\n".join(str(finding) for finding in findings)


def test_element_templates_are_those_of_the_workers_models(topics: dict[str, Topic]) -> None:
    """`make templates` writes them anew."""
    stored = {path.name: path.read_text("utf-8") for path in (ROOT / "bpmn" / FOLDER).glob("*.json")}
    wanted = files(topics)
    assert sorted(stored) == sorted(wanted)
    assert {name for name in wanted if stored[name] != wanted[name]} == set()
