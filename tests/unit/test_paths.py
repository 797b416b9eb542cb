"""The tests' own means: which flows a case has taken."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.process.paths import all_flows, steps, taken
from workers.settings import ROOT

HEAD = '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"><process id="P">'


def diagram(tmp_path: Path, *flows: tuple[str, str], gateway: str = "") -> Path:
    """A diagram of nothing but flows, which are numbered from 0, and perhaps a parallel gateway."""
    lines = [
        f'<sequenceFlow id="{number}" sourceRef="{source}" targetRef="{target}" />'
        for number, (source, target) in enumerate(flows)
    ]
    path = tmp_path / "p.bpmn"
    fork = f'<parallelGateway id="{gateway}" />' if gateway else ""
    path.write_text(HEAD + fork + "".join(lines) + "</process></definitions>", "utf-8")
    return path


def passed(*activities: str) -> list[dict[str, object]]:
    """A case's history."""
    return [{"activityId": one, "endTime": "now", "canceled": False} for one in activities]


def test_two_ways_between_the_same_steps_are_refused_because_none_could_say_which_was_taken(
    tmp_path: Path,
) -> None:
    with pytest.raises(AssertionError, match="two ways from A to B"):
        steps(diagram(tmp_path, ("A", "B"), ("B", "C"), ("A", "B")))


def test_a_parallel_gateway_that_was_passed_was_left_by_all_its_ways(tmp_path: Path) -> None:
    path = diagram(tmp_path, ("A", "F"), ("F", "B"), ("F", "C"), ("C", "D"), gateway="F")
    assert taken(path, passed("A", "F", "B")) == {"0", "1", "2"}


@pytest.mark.parametrize("path", sorted(ROOT.glob("bpmn/*/*.bpmn")), ids=lambda path: path.stem)
def test_every_flow_of_every_diagram_can_be_told_from_the_others(path: Path) -> None:
    assert set().union(*steps(path).values()) == all_flows(path)
