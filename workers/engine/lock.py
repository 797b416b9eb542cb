"""Writes the engine's lock file anew from the pom: `make engine-lock` (needs Maven; users never do)."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from workers.engine.artifacts import LOCK, Artifact
from workers.settings import ROOT

POM = "pom.xml"
LISTED = re.compile(r"^\s+(?P<coordinates>[\w.:-]+):(?P<scope>compile|runtime):(?P<file>/\S+)")
HEADER = """\
# Every jar of the embedded engine: group:artifact:version[:classifier] sha256.
# Made from pom.xml by `make engine-lock`; do not edit.
"""


def resolve(pom: Path) -> list[Artifact]:
    """Let Maven resolve the pom's runtime dependencies into the local repository, and hash what it found."""
    with tempfile.TemporaryDirectory() as scratch:
        listing = Path(scratch) / "list.txt"
        subprocess.run(  # noqa: S603 - our own pom, our own arguments
            [  # noqa: S607 - a developer's tool, taken from the PATH on purpose
                "mvn",
                "--batch-mode",
                "--quiet",
                "--file",
                str(pom),
                "dependency:list",
                "-DincludeScope=runtime",
                "-DoutputAbsoluteArtifactFilename=true",
                f"-DoutputFile={listing}",
            ],
            check=True,
        )
        lines = listing.read_text(encoding="utf-8").splitlines()
    found = [match for line in lines if (match := LISTED.match(line))]
    return sorted(_artifact(match["coordinates"], Path(match["file"])) for match in found)


def _artifact(coordinates: str, file: Path) -> Artifact:
    group, name, kind, *rest = coordinates.split(":")
    if kind != "jar":
        raise ValueError(f"{coordinates} is not a jar")
    *classifier, version = rest
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    return Artifact(group, name, version, classifier[0] if classifier else "", digest)


def main() -> int:
    """Write the lock."""
    folder = ROOT / "config" / "engine"
    artifacts = resolve(folder / POM)
    text = HEADER + "".join(f"{one.coordinates} {one.sha256}\n" for one in artifacts)
    (folder / LOCK).write_text(text, encoding="utf-8")
    sys.stdout.write(f"{LOCK}: {len(artifacts)} artifacts\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
