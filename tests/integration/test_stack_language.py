"""Tasklist and its forms speak Chinese, completely."""

from __future__ import annotations

import re
from typing import Any

import pytest
import requests

from workers.stack.supervisor import Stack

PLACEHOLDER = re.compile(r"\{\{.*?\}\}")
UNTRANSLATED = {"Camunda", "<", "<=", ">", ">=", ""}


def locale(stack: Stack, app: str, language: str) -> dict[str, Any]:
    """A language file as the browser gets it."""
    url = stack.tasklist_url.replace("/tasklist/default/", f"/{app}/locales/{language}.json")
    answer = requests.get(url, timeout=10)
    answer.raise_for_status()
    answer.encoding = "utf-8-sig"
    found: dict[str, Any] = answer.json() if not answer.text.startswith("\ufeff") else {}
    return found


@pytest.mark.parametrize("app", ["tasklist", "welcome"])
def test_every_text_has_its_chinese_with_the_same_placeholders(stack: Stack, app: str) -> None:
    """A new engine version that brings new texts fails here."""
    english, chinese = locale(stack, app, "en")["labels"], locale(stack, app, "zh-CN")["labels"]
    assert set(chinese) == set(english)
    for key, source in english.items():
        assert sorted(PLACEHOLDER.findall(chinese[key])) == sorted(PLACEHOLDER.findall(source)), key
        assert chinese[key] in UNTRANSLATED or re.search(r"[\u4e00-\u9fff]", chinese[key]), key


def test_dates_have_every_part_in_chinese(stack: Stack) -> None:
    """Months, weekdays, relative times."""
    english, chinese = (locale(stack, "tasklist", language)["dateLocales"] for language in ("en", "zh-CN"))
    assert set(chinese) == set(english)
    for part, names in english.items():
        if isinstance(names, list):
            assert len(chinese[part]) == len(names)
        else:
            assert set(chinese[part]) == set(names)


@pytest.mark.parametrize("app", ["tasklist", "welcome"])
def test_every_browser_gets_chinese(stack: Stack, app: str) -> None:
    """No other language is offered, so an English browser falls back to Chinese."""
    url = stack.tasklist_url.replace("/tasklist/default/", f"/{app}/scripts/config.js")
    config = requests.get(url, timeout=10).text
    assert re.search(r"availableLocales:\s*\['zh-CN'\]", config)
    assert re.search(r"fallbackLocale:\s*'zh-CN'", config)
