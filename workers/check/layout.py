"""Rules on the picture: everything is in it, nothing covers anything, arrows go around."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, pairwise
from typing import NamedTuple

from workers.check.context import Context
from workers.check.findings import Finding
from workers.check.project import FLOW_NODES, SCOPES, Process
from workers.check.xml import BPMNDI, DC, DI, Element, ident, local

DRAWN = (*FLOW_NODES, "sequenceFlow", "textAnnotation", "association", "dataObjectReference", "lane")
SOLID = (*FLOW_NODES, "textAnnotation", "dataObjectReference", "dataStoreReference")
SLACK = 2.0
"""Pixels by which a shape is shrunk: what only touches does not overlap."""


class Box(NamedTuple):
    """A shape's bounds in pixels."""

    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: Box) -> bool:
        return (
            self.left + SLACK < other.right
            and other.left + SLACK < self.right
            and self.top + SLACK < other.bottom
            and other.top + SLACK < self.bottom
        )

    def crossed_by(self, start: tuple[float, float], end: tuple[float, float]) -> bool:
        """Whether a straight line runs through the inside (Liang-Barsky clipping)."""
        dx, dy = end[0] - start[0], end[1] - start[1]
        enters, leaves = 0.0, 1.0
        sides = (
            (-dx, start[0] - self.left - SLACK),
            (dx, self.right - SLACK - start[0]),
            (-dy, start[1] - self.top - SLACK),
            (dy, self.bottom - SLACK - start[1]),
        )
        for slope, room in sides:
            if slope == 0:
                if room <= 0:
                    return False
            elif slope < 0:
                enters = max(enters, room / slope)
            else:
                leaves = min(leaves, room / slope)
        return enters < leaves


def check(context: Context) -> Iterator[Finding]:
    """Findings on the layout of every diagram."""
    for process in context.processes:
        root = process.definitions
        shapes = {
            shape.get("bpmnElement", ""): _box(bounds)
            for shape in root.iter(f"{{{BPMNDI}}}BPMNShape")
            if (bounds := shape.find(f"{{{DC}}}Bounds")) is not None
        }
        edges = {
            edge.get("bpmnElement", ""): [_point(point) for point in edge.iter(f"{{{DI}}}waypoint")]
            for edge in root.iter(f"{{{BPMNDI}}}BPMNEdge")
        }
        for element in process.every(*DRAWN):
            if ident(element) not in shapes and len(edges.get(ident(element), ())) < 2:
                message = "is not in the picture; remove it or draw it again in Camunda Modeler"
                yield Finding(process.file, ident(element), "layout", message)
        for scope in process.every("process", *SCOPES):
            yield from _overlaps(process, scope, shapes)
            yield from _crossings(process, scope, shapes, edges)


def _box(bounds: Element) -> Box:
    left, top = float(bounds.get("x", 0)), float(bounds.get("y", 0))
    return Box(left, top, left + float(bounds.get("width", 0)), top + float(bounds.get("height", 0)))


def _point(point: Element) -> tuple[float, float]:
    return float(point.get("x", 0)), float(point.get("y", 0))


def _solid(scope: Element, shapes: dict[str, Box]) -> Iterator[Element]:
    return (child for child in scope if local(child) in SOLID and ident(child) in shapes)


def _overlaps(process: Process, scope: Element, shapes: dict[str, Box]) -> Iterator[Finding]:
    for one, other in combinations(_solid(scope, shapes), 2):
        if ident(one) == other.get("attachedToRef") or ident(other) == one.get("attachedToRef"):
            continue
        if shapes[ident(one)].overlaps(shapes[ident(other)]):
            message = f"lies over {ident(one)}; move one of them"
            yield Finding(process.file, ident(other), "overlap", message)
    around = shapes.get(ident(scope))
    if around is None or local(scope) not in SCOPES:
        return
    for child in _solid(scope, shapes):
        box = shapes[ident(child)]
        inside = around.left <= box.left and around.top <= box.top
        if not (inside and box.right <= around.right and box.bottom <= around.bottom):
            message = f"sticks out of {ident(scope)}; move it or make the subprocess larger"
            yield Finding(process.file, ident(child), "overlap", message)


def _crossings(
    process: Process, scope: Element, shapes: dict[str, Box], edges: dict[str, list[tuple[float, float]]]
) -> Iterator[Finding]:
    hosts = {ident(child): child.get("attachedToRef") for child in scope}
    for flow in scope:
        if local(flow) != "sequenceFlow":
            continue
        ends = {flow.get("sourceRef", ""), flow.get("targetRef", "")}
        own = ends | {hosts.get(end) for end in ends}
        for shape in _solid(scope, shapes):
            if ident(shape) in own or shape.get("attachedToRef") in ends:
                continue
            lines = pairwise(edges.get(ident(flow), []))
            if any(shapes[ident(shape)].crossed_by(start, end) for start, end in lines):
                message = f"runs through {ident(shape)}; lead it around"
                yield Finding(process.file, ident(flow), "edge-through", message)
