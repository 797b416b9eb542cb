"""Which sequence flows a case has taken, worked out from the engine's history and the diagram."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from lxml import etree

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"


def all_flows(diagram: Path) -> set[str]:
    """The ids of a diagram's sequence flows."""
    return {str(flow.get("id")) for flow in etree.parse(diagram).iter(f"{BPMN}sequenceFlow")}


def steps(diagram: Path) -> dict[tuple[str, str], set[str]]:
    """From one activity to the next: (source, target) -> the flows between them.

    Link events leave no trace in the history, so a way through a pair of them is one step of two flows.
    """
    tree = etree.parse(diagram)
    throws, catches = _links(tree, "intermediateThrowEvent"), _links(tree, "intermediateCatchEvent")
    flows = [tuple(str(flow.get(name)) for name in ("sourceRef", "targetRef", "id")) for flow in _flows(tree)]
    goes_on = {catches[source]: (target, flow) for source, target, flow in flows if source in catches}
    found: dict[tuple[str, str], set[str]] = {}
    for source, first, flow in flows:
        if source in catches:
            continue
        target, second = goes_on[throws[first]] if first in throws else (first, flow)
        # two ways between the same steps leave the same trace: which of them was taken, nobody could say
        assert (source, target) not in found, f"{diagram}: two ways from {source} to {target}"
        found[source, target] = {flow, second}
    return found


def _flows(tree: etree._ElementTree) -> Iterable[etree._Element]:
    return tree.iter(f"{BPMN}sequenceFlow")


def _links(tree: etree._ElementTree, kind: str) -> dict[str, str]:
    """The link events of a kind: id -> the link's name."""
    return {
        str(event.get("id")): str(link.get("name"))
        for event in tree.iter(f"{BPMN}{kind}")
        for link in event.iter(f"{BPMN}linkEventDefinition")
    }


def taken(diagram: Path, passed: Iterable[dict[str, Any]]) -> set[str]:
    """The flows that a case took; `passed` are its activity instances in the order of their occurrence.

    An activity was reached from the one that came last among those that have a way to it; a parallel gateway that
    was passed was reached from all of them, and left by all its ways.
    """
    known = steps(diagram)
    parallel = {str(gateway.get("id")) for gateway in etree.parse(diagram).iter(f"{BPMN}parallelGateway")}
    passed = list(passed)
    left = {instance["activityId"] for instance in passed if instance["endTime"] and not instance["canceled"]}
    before: list[str] = []
    found: set[str] = set()
    for instance in passed:
        activity = instance["activityId"]
        source = next((one for one in reversed(before) if (one, activity) in known), None)
        if source is not None:
            found |= known[source, activity]
        if activity in parallel and activity in left:
            found.update(*(flows for ends, flows in known.items() if activity in ends))
        before.append(activity)
    return found
