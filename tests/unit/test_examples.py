"""The examples of config/examples: each names its command, and only fields that its process knows."""

from __future__ import annotations

import pkgutil
import re
from importlib import import_module
from importlib.util import find_spec

import pytest
import yaml

import workers
from workers.settings import ROOT

EXAMPLES = ROOT / "config" / "examples"
STARTED = sorted(file for file in EXAMPLES.glob("*.yaml") if "salesflow start " in file.read_text("utf-8"))


def fields() -> dict[str, set[str]]:
    """By process: what a file that starts it may hold."""
    rooms = [f"workers.{room.name}.starting" for room in pkgutil.iter_modules(workers.__path__) if room.ispkg]
    found = [import_module(name) for name in rooms if find_spec(name) is not None]
    return {module.PROCESS: set(module.FIELDS) for module in found}


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
