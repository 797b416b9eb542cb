"""The command `salesflow check`."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from workers import registry
from workers.check import Finding, LinterMissing, Topic, contracts, run_checks
from workers.check.element_templates import write
from workers.errors import UserError
from workers.org import OrgChart
from workers.org import load as load_org
from workers.settings import Settings

FOUND = 1
"""The exit code when something is to be mended."""


def check(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Folders or files to check; all of bpmn/ without any.")
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
    write_element_templates: Annotated[
        bool,
        typer.Option(help="Write bpmn/element_templates anew from the workers' models, for Camunda Modeler."),
    ] = False,
) -> None:
    """Say what is wrong in diagrams, decisions and forms, and how to mend it.

    Exit code 0: nothing; 1: something is to be mended; 2: the check could not be run.
    """
    settings = Settings()
    topics = contracts(registry.all_tasks())
    if write_element_templates:
        for file in write(settings.bpmn_dir, topics):
            typer.echo(f"written: {file}", err=True)
    org = load_org(settings.config_dir / "org.yaml")
    findings, lint_note = _findings(paths or [settings.bpmn_dir], settings.bpmn_dir, topics, org)
    if as_json:
        typer.echo(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False, indent=2))
    else:
        _print(findings, linted=not lint_note)
    if lint_note:
        typer.echo(lint_note, err=True)
    if findings or (lint_note and os.environ.get("CI")):
        raise typer.Exit(FOUND)


def _findings(
    paths: list[Path], home: Path, topics: dict[str, Topic], org: OrgChart
) -> tuple[list[Finding], str | None]:
    """The findings, their files named as seen from here, and a note when bpmnlint could not be run."""
    found: dict[Finding, None] = {}
    note = None
    for path in paths:
        if not path.exists():
            raise UserError(f"{path}: there is no such file or folder")
        inside = path.resolve().is_relative_to(home.resolve())
        # a part of bpmn/ is read with all the rest, which it may call
        root = home.resolve() if inside else (path if path.is_dir() else path.parent).resolve()
        try:
            findings = run_checks(root, topics, org, complete=inside, with_lint=True)
        except LinterMissing as missing:
            note = str(missing)
            findings = run_checks(root, topics, org, complete=inside)
        for finding in findings:
            file = root / finding.file
            if file.is_relative_to(path.resolve()):
                found[replace(finding, file=os.path.relpath(file))] = None
            elif path.resolve() == root:
                found[finding] = None  # not about a file of the tree, but about the workers or the org chart
    return list(found), note


def report(folder: Path) -> list[Finding]:
    """Check what is about to be deployed and print the findings; without bpmnlint, which needs Node."""
    settings = Settings()
    org = load_org(settings.config_dir / "org.yaml")
    findings = run_checks(folder, contracts(registry.all_tasks()), org)
    if findings:
        _print(findings)
    return findings


def _print(findings: list[Finding], *, linted: bool = True) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for finding in findings:
        place = f"[bold]{escape(finding.file)}[/] {escape(finding.element)}"
        console.print(f"{place}: {escape(finding.message)} [dim]({finding.rule})[/]")
    said = f"{len(findings)} findings" if len(findings) != 1 else "1 finding"
    nothing = "no findings" if linted else "no findings (bpmnlint's rules were not checked: make lint-tools)"
    console.print(f"[red]{said}[/]" if findings else f"[green]{nothing}[/]")
