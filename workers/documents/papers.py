"""A paper as data: what the one template prints of it. Texts only, never markup (pure)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple
from unicodedata import east_asian_width

from workers.calendar import SHANGHAI
from workers.cases import Approved
from workers.documents.company import Company
from workers.documents.kinds import KINDS

Align = Literal["left", "center", "right"]

_FIGURE = re.compile("[-+]?¥?-?[0-9][0-9,]*([.][0-9]+)?(%|‰| ?[\u4e00-\u9fff]{1,3})?")
"""A number, an amount, a percentage, or a quantity with its unit."""
_COUNTERS = frozenset({"序号", "行"})
_WIDE_FACT = 40
"""Above this width a fact takes the sheet's whole line; a Chinese character counts 2, a Latin one 1."""
_NARROW, _TINY, _WIDEST = 12, 4, 48
"""Up to these widths a column is as wide as its longest text, or centred; beyond the last one it gets no wider."""


@dataclass(frozen=True)
class Column:
    """A column whose alignment is said; for one given as a bare text, figures stand right, longer texts left."""

    title: str
    align: Align | None = None


class Signature(NamedTuple):
    """A signature. Without a name it is a box to be signed by hand."""

    post: str
    name: str = ""
    at: datetime | None = None


def signed_by(approval: Approved | None) -> list[Signature]:
    """The boxes of those who approve: the signatures that were given, or one empty box while none is.

    Nobody is named beforehand: who signs, a decision table says.
    """
    if approval is None:
        return [Signature("签批")]
    return [
        Signature(str(one["postName"]), str(one["signerName"]), datetime.fromisoformat(str(one["at"])))
        for one in approval.signatures
    ]


@dataclass(frozen=True)
class Paper:
    """What a paper says. `kind` is a prefix of KINDS, which gives title and copies unless they are named here."""

    kind: str
    facts: Sequence[tuple[str, str]] = ()
    """Label and text, in the grid under the title."""
    columns: Sequence[str | Column] = ()
    rows: Sequence[Sequence[str]] = ()
    totals: Sequence[tuple[str, str]] = ()
    """Label and text, in the line under the table."""
    text: Sequence[str] = ()
    """Paragraphs between the facts and the table: what a letter says."""
    notes: Sequence[str] = ()
    signatures: Sequence[Signature | tuple[str, str, datetime | None]] = ()
    title: str | None = None
    copies: Sequence[str] | None = None


def printed(paper: Paper, company: Company, number: str, version: int, at: datetime) -> dict[str, object]:
    """What the template reads. Raises ValueError when a row has not as many cells as there are columns."""
    kind = KINDS[paper.kind]
    if any(len(row) != len(paper.columns) for row in paper.rows):
        raise ValueError(f"{number}: every row needs {len(paper.columns)} cells")
    return {
        "number": number,
        "version": version,
        "title": paper.title or kind.title,
        "date": at.astimezone(SHANGHAI).date().isoformat(),
        "sheet": kind.sheet,
        "copies": list(paper.copies if paper.copies is not None else kind.copies),
        "company": company.model_dump(),
        "facts": _facts(paper.facts),
        "columns": _columns(paper),
        "rows": [list(row) for row in paper.rows],
        "totals": [{"label": label, "value": value} for label, value in paper.totals],
        "text": list(paper.text),
        "notes": list(paper.notes),
        "signatures": [_signature(Signature(*one)) for one in paper.signatures],
    }


def _facts(facts: Sequence[tuple[str, str]]) -> list[dict[str, object]]:
    """Two facts a line; a long one, and one that would stand alone, takes the whole line."""
    rows: list[dict[str, object]] = []
    half = False
    for index, (label, value) in enumerate(facts):
        last = index + 1 == len(facts) or _is_wide(facts[index + 1][1])
        alone = _is_wide(value) or (last and not half)
        rows.append({"label": label, "value": value, "span": 3 if alone else 1})
        half = not (alone or half)
    return rows


def _is_wide(value: str) -> bool:
    return "\n" in value or _width(value) > _WIDE_FACT


def _width(text: str) -> int:
    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text)


def _columns(paper: Paper) -> list[dict[str, object]]:
    """Alignment, and the share of the line that each column takes; 0: as much as its longest text needs."""
    titles = [one if isinstance(one, Column) else Column(one) for one in paper.columns]
    cells = [[row[index] for row in paper.rows if row[index]] for index in range(len(titles))]
    widths = [max(map(_width, [column.title, *those])) for column, those in zip(titles, cells, strict=True)]
    some_wide = any(width > _NARROW for width in widths)
    return [
        {
            "title": column.title,
            "align": column.align or _natural(column.title, those, width),
            "share": 0 if some_wide and width <= _NARROW else min(width, _WIDEST),
        }
        for column, those, width in zip(titles, cells, widths, strict=True)
    ]


def _natural(title: str, cells: Sequence[str], width: int) -> Align:
    if title in _COUNTERS:
        return "center"
    if cells and all(_FIGURE.fullmatch(cell) for cell in cells):
        return "right"
    return "center" if width <= _TINY else "left"


def _signature(signature: Signature) -> dict[str, object]:
    at = signature.at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") if signature.at else ""
    return {"post": signature.post, "name": signature.name, "at": at}
