"""The examples of config/examples: each names its command, and only fields that its process knows."""

from __future__ import annotations

import re

import pytest
import yaml

from workers.rooms import room_modules
from workers.settings import ROOT

EXAMPLES = ROOT / "config" / "examples"
STARTED = sorted(file for file in EXAMPLES.glob("*.yaml") if "salesflow start " in file.read_text("utf-8"))


def fields() -> dict[str, set[str]]:
    """By process: what a file that starts it may hold."""
    return {module.PROCESS: set(module.FIELDS) for module in room_modules("starting")}


@pytest.mark.rule("X1")
@pytest.mark.parametrize("name", [file.name for file in STARTED])
def test_an_example_holds_only_what_its_process_takes(name: str) -> None:
    text = (EXAMPLES / name).read_text("utf-8")
    [command] = set(re.findall(rf"salesflow start (\w+) config/examples/{name}", text))
    assert set(yaml.load(text, yaml.BaseLoader)) <= fields()[command]


def test_the_readme_names_no_file_that_is_not_there() -> None:
    told = set(re.findall(r"^\| `([\w.]+)`", (EXAMPLES / "README.md").read_text("utf-8"), re.M))
    assert len(told) > len(STARTED) // 2
    assert told <= {file.name for file in EXAMPLES.iterdir()}
