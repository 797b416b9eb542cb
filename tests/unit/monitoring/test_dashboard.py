"""The dashboard and the alerts ask for figures that a worker has."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, cast

import yaml

from tests.unit.monitoring.test_monitor import Engine, Worker
from workers.engine.client import EngineClient
from workers.monitoring.backlog import BacklogSource
from workers.monitoring.collector import Collector
from workers.runtime import Runner

NAME = re.compile(r"\b(?:salesflow|process)_[a-z_]+")
OF_THE_PROCESS = {"process_resident_memory_bytes"}


def asked_for(folder: Path) -> set[str]:
    dashboard = json.loads((folder / "grafana-dashboard.json").read_text("utf-8"))
    alerts = yaml.safe_load((folder / "alerts.yml").read_text("utf-8"))
    expressions = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    expressions += [rule["expr"] for group in alerts["groups"] for rule in group["rules"]]
    return {name for one in expressions for name in NAME.findall(one)}


def test_every_figure_of_the_dashboard_and_the_alerts_exists(root: Path) -> None:
    worker: Any = Worker()
    worker.statistics.fetched("ledger.register")
    collector = Collector(cast("Runner", worker), BacklogSource(cast("EngineClient", Engine())))
    exported = set(OF_THE_PROCESS)
    for family in collector.collect():
        exported |= {family.name, *(sample.name for sample in family.samples)}
    asked = asked_for(root / "config" / "monitoring")
    assert len(asked) > 10
    assert asked <= exported, asked - exported


def test_panels_do_not_overlap(root: Path) -> None:
    text = (root / "config" / "monitoring" / "grafana-dashboard.json").read_text("utf-8")
    taken: set[tuple[int, int]] = set()
    for panel in json.loads(text)["panels"]:
        at = panel["gridPos"]
        cells = {(at["x"] + dx, at["y"] + dy) for dx in range(at["w"]) for dy in range(at["h"])}
        assert not cells & taken, panel["title"]
        assert at["x"] + at["w"] <= 24
        taken |= cells
