"""What the form library says to people, form-language.js says in Chinese, of a new version too (X3)."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from zipfile import ZipFile

import pytest

from workers.check.linting import node
from workers.settings import ROOT, Settings

SCRIPT = (
    ROOT / "config/engine/overlay/META-INF/resources/webjars/camunda/app/tasklist/scripts/form-language.js"
)
JARS = Settings().cache_dir / "engine"
BUNDLE = "META-INF/resources/webjars/camunda/lib/deps.js"
KNOWN = "Field is required."

_MODULE = re.compile(r"[,{]\d{3,6}:(?:function|\()")
_SENTENCE = re.compile(r"(?<=[\"`])[A-Z][a-z]+ [^\"`;=<>]{2,120}(?=[\"`])")
_WORD = re.compile(r"(?:aria-label\"?|title|placeholder|children):\"([A-Z][A-Za-z .]+)\"")

NOT_SHOWN = {
    "Date & Time", "Date time", "Image view", "Radio group", "Checkbox group", "Tag list", "Text view", "Text area",
    "Text field", "HTML view", "Dynamic list", "No timezone",  # names in the form editor
    "Erika Muller", "Dominic Leaf", "John Doe", "Input data",  # its examples
    "No options source defined in the form definition", "Unknown expression type: ",  # for developers
    "Skip to search",  # for keyboards only, on an element that forms here do not use
    "Value is expected to ",  # put together; its sentences are PUT_TOGETHER
    "Allow same origin", "Camera access", "Forms submission", "Microphone access", "Open in fullscreen",
    "Open modal windows", "Open popups", "Script execution", "Storage access by user", "Top level navigation",
}  # fmt: skip
PUT_TOGETHER = {
    "Value is expected to be an integer.",
    "Value is expected to have at most 1 decimal digit.",
    "Value is expected to have at most 2 decimal digits.",
}


def bundle() -> str:
    """Tasklist's libraries, as the engine's jar holds them; the test is skipped where it was never fetched."""
    found = sorted(JARS.rglob("camunda-webapp-webjar-*.jar"))
    if not found:
        pytest.skip("the engine's jars are not here; any test with an engine fetches them")
    with ZipFile(found[-1]) as jar:
        return jar.read(BUNDLE).decode()


def messages(code: str) -> set[str]:
    """What the form library shows: sentences, and words that stand as labels; a 7 for what is filled in."""
    at = code.index(f'"{KNOWN}"')
    begin = max(found.start() for found in _MODULE.finditer(code, 0, at))
    end = _MODULE.search(code, at)
    module = code[begin : end.start() if end else len(code)]
    found = {*_SENTENCE.findall(module), *_WORD.findall(module)}
    return {re.sub(r"\$\{[^}]*\}", "7", text) for text in found} - NOT_SHOWN | PUT_TOGETHER


def in_chinese(texts: set[str], program: Path) -> dict[str, str | None]:
    """Each text as form-language.js says it."""
    stubs = "const document = {}, Node = {}; class MutationObserver { observe() {} }\n"
    ask = f"\nprocess.stdout.write(JSON.stringify({json.dumps(sorted(texts))}.map(t => chinese(t) ?? null)));"
    script = stubs + SCRIPT.read_text("utf-8") + ask
    done = subprocess.run(
        [program, "-"], input=script, capture_output=True, text=True, timeout=60, check=True
    )
    return dict(zip(sorted(texts), json.loads(done.stdout), strict=True))


@pytest.mark.rule("X3")
def test_every_message_of_the_form_library_has_its_chinese() -> None:
    program = node()
    if program is None:
        pytest.skip("Node comes with the developers' dependencies")
    found = messages(bundle())
    assert {KNOWN, "Value is not a number.", "Add new", "Nothing to show."} <= found
    said = in_chinese(found, program)
    assert [text for text, chinese in said.items() if not re.search("[\u4e00-\u9fff]", chinese or "")] == []
