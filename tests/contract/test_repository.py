"""What can be forgotten is a test: host names, rules without a test, large files, compose file, layers."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from workers.settings import ROOT

MEBIBYTE = 1024 * 1024
# Written in pieces, so that this file does not name them either; pip, npm and Maven know the addresses.
HOSTS = tuple(
    "".join(pieces)
    for pieces in (
        ("pypi", ".org"),
        ("pythonhosted", ".org"),
        ("npmjs", ".org"),
        ("npmjs", ".com"),
        ("unpkg", ".com"),
        ("repo1.maven", ".org"),
        ("repo.maven", ".apache"),
        ("maven", "central"),
    )
)
RULE = re.compile(r"^\s*(?:[-*|]\s*)?\*\*([A-Z]\d{1,2})\*\*", re.MULTILINE)
"""How a process's README states a rule: its id in bold at the start of a line or table row."""


def tracked() -> list[Path]:
    """The files that git knows and that still exist. In an unpacked archive: none, so nothing can be said."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
    ).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def texts() -> Iterator[tuple[Path, str]]:
    for path in tracked():
        try:
            yield path, path.read_text("utf-8")
        except UnicodeDecodeError:  # a picture
            continue


def marked_rules(path: Path) -> Iterator[str]:
    """The rule ids that the tests in a file say they prove: `@pytest.mark.rule("C1", "X3")`."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.rule":
            yield from (str(argument.value) for argument in node.args if isinstance(argument, ast.Constant))


def rooms_of(folder: Path) -> set[str]:
    """The rooms whose workers a folder's diagrams call: the first part of every topic."""
    topics = re.compile(r'camunda:topic="([a-z_]+)[.]')
    return {room for diagram in folder.glob("*.bpmn") for room in topics.findall(diagram.read_text("utf-8"))}


def proved_for(folder: Path) -> set[str]:
    """The rules that tests of a folder's processes, or of the rooms behind them, say they prove."""
    rooms = "|".join(sorted(rooms_of(folder)))
    of_rooms = re.compile(rf"workers[.]({rooms})\b|from workers import [^\n]*\b({rooms})\b")
    return {
        rule
        for path in (ROOT / "tests").rglob("test_*.py")
        if folder.name in path.parts
        or path.parent == ROOT / "tests" / "process"
        or of_rooms.search(path.read_text("utf-8"))
        for rule in marked_rules(path)
    }


def test_no_file_names_a_package_registry() -> None:
    named = [f"{path.relative_to(ROOT)}: {host}" for path, text in texts() for host in HOSTS if host in text]
    assert named == []


def test_no_file_is_over_one_mebibyte() -> None:
    assert [str(path.relative_to(ROOT)) for path in tracked() if path.stat().st_size > MEBIBYTE] == []


def test_nothing_secret_or_made_is_tracked() -> None:
    made = re.compile(r"(^|/)(var|node_modules|\.venv|__pycache__)/|(^|/)(\.env|credentials\.toml)$")
    names = [path.relative_to(ROOT).as_posix() for path in tracked()]
    assert [name for name in names if made.search(name)] == []


READMES = sorted((ROOT / "bpmn").glob("*/README.md"))


def test_every_rule_that_a_process_states_has_a_test_of_that_process() -> None:
    stated = {path.parent: set(RULE.findall(path.read_text("utf-8"))) for path in READMES}
    assert all(stated.values()), "a process's README states its rules: **C1** …"
    missing = {folder.name: rules - proved_for(folder) for folder, rules in stated.items()}
    assert {folder: rules for folder, rules in missing.items() if rules} == {}


def test_every_diagram_has_a_test_that_walks_all_its_flows() -> None:
    walks = [path.read_text("utf-8") for path in (ROOT / "tests" / "process").rglob("test_*.py")]
    named = "\n".join(text for text in walks if "all_flows" in text)
    diagrams = {path.name for path in (ROOT / "bpmn").glob("*/*.bpmn")}
    assert {name for name in diagrams if name not in named} == set()


def test_every_folder_of_diagrams_explains_itself() -> None:
    folders = {path.parent for path in (ROOT / "bpmn").glob("*/*.bpmn")}
    assert folders == {readme.parent for readme in READMES}


def test_compose_file_is_valid() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    checked = subprocess.run(
        [*command, "docker-compose.yml"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_no_layer_reaches_upwards() -> None:
    """The same as `make lint` does, so that pytest alone tells."""

    # in a process of its own: import-linter switches off the loggers of the process that it runs in
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
