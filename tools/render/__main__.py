"""Draw the diagrams: `python -m tools.render` writes docs/images/<diagram>.svg and .png for every .bpmn under bpmn/.

bpmn-js draws them in a headless Chromium, as Camunda Modeler would. Needs tools/node_modules (`make lint-tools`) and
the development dependencies. `--check` draws nothing: it names the pictures that are older than their diagram.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
VIEWER = ROOT / "tools" / "node_modules" / "bpmn-js" / "dist" / "bpmn-viewer.production.min.js"
IMAGES = ROOT / "docs" / "images"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
"""The system's browser, if it has one; Playwright's own otherwise."""
MARGIN = 20
"""Pixels of white around a diagram."""

PAGE = '<div id="canvas" style="width: 4000px; height: 2000px; font-family: Arial, sans-serif"></div>'
DRAW = """async xml => {
  const viewer = new BpmnJS({ container: '#canvas' });
  const { warnings } = await viewer.importXML(xml);
  const { svg } = await viewer.saveSVG();
  return { svg, warnings: warnings.map(warning => warning.message) };
}"""


class NotDrawn(Exception):
    """bpmn-js could not read all of the diagram."""


def diagrams() -> list[Path]:
    """Every process diagram of the project."""
    return sorted((ROOT / "bpmn").rglob("*.bpmn"))


def mark(diagram: Path) -> str:
    """The comment in a picture that says which state of the diagram it shows."""
    return f"<!-- drawn from {diagram.name}, sha256 {hashlib.sha256(diagram.read_bytes()).hexdigest()} -->"


def is_current(diagram: Path) -> bool:
    """Whether both pictures exist and show the diagram as it is now."""
    svg = IMAGES / f"{diagram.stem}.svg"
    return (
        svg.with_suffix(".png").is_file()
        and svg.is_file()
        and mark(diagram) in svg.read_text(encoding="utf-8")
    )


def draw(browser: Browser, diagram: Path, scale: float) -> None:
    """Write the pictures of one diagram. Raises NotDrawn when anything in it could not be drawn."""
    page = browser.new_page(device_scale_factor=scale)
    try:
        page.set_content(PAGE)
        page.add_script_tag(path=VIEWER)
        drawn = page.evaluate(DRAW, diagram.read_text(encoding="utf-8"))
        if drawn["warnings"]:
            raise NotDrawn(f"{diagram}: {'; '.join(drawn['warnings'])}")
        svg = str(drawn["svg"])
        target = IMAGES / f"{diagram.stem}.svg"
        target.write_text(f"{svg.rstrip()}\n{mark(diagram)}\n", encoding="utf-8")
        picture = svg[svg.index("<svg") :]
        page.set_content(
            f'<div id="picture" style="display: inline-block; padding: {MARGIN}px; background: white">{picture}</div>'
        )
        page.locator("#picture").screenshot(path=target.with_suffix(".png"))
    finally:
        page.close()


def main() -> int:
    """Exit code 1: a diagram could not be drawn, or with --check, a picture is out of date."""
    parser = argparse.ArgumentParser(prog="python -m tools.render", description="Draw the diagrams.")
    parser.add_argument("diagram", nargs="*", type=Path, help="default: every .bpmn under bpmn/")
    parser.add_argument("--check", action="store_true", help="only name pictures that are out of date")
    parser.add_argument("--scale", type=float, default=1.0, help="pixels of the PNG for each of the diagram")
    arguments = parser.parse_args()
    chosen = [path.resolve() for path in arguments.diagram] or diagrams()
    if arguments.check:
        stale = [path for path in chosen if not is_current(path)]
        for path in stale:
            print(f"{path.relative_to(ROOT)}: its picture is out of date; run python -m tools.render")
        return 1 if stale else 0
    if not VIEWER.is_file():
        print("bpmn-js is not installed; `make lint-tools` installs it", file=sys.stderr)
        return 1
    try:
        IMAGES.mkdir(parents=True, exist_ok=True)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=next(filter(None, map(shutil.which, BROWSERS)), None),
                # Chromium refuses its sandbox to root, which is who runs in containers.
                args=["--no-sandbox"] if os.name == "posix" and os.geteuid() == 0 else [],
            )
            for path in chosen:
                draw(browser, path, arguments.scale)
                print(f"{path.relative_to(ROOT)} drawn")
            browser.close()
    except NotDrawn as reason:
        print(reason, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
