"""The papers as documents: notice (SC), inbound note (RK), certificate (HG), delivery note (FH), gate pass (CM)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from workers import documents
from workers.documents import Company, Document, Paper, Signature
from workers.fulfilment.rules import Quantities
from workers.fulfilment.store import GoodsPaper
from workers.fulfilment.under_way import Fulfilment
from workers.money import plain
from workers.runtime import FileValue

Facts = list[tuple[str, str]]
NOTHING = Decimal(0)


def facts(here: Fulfilment, paper: GoodsPaper, wanted: str = "") -> Facts:
    """The head of every paper: contract, customer, dates; `wanted` is what the paper's own date is called."""
    told = [
        ("合同编号", here.number),
        ("客户", here.contract.customer_name),
        ("合同交货日期", here.contract.delivery_date.isoformat()),
    ]
    if wanted and paper.wanted_on:
        told.append((wanted, paper.wanted_on.isoformat()))
    if paper.destination:
        told.append(("收货地址", paper.destination))
    return told


def table(here: Fulfilment, columns: Mapping[str, Quantities | None]) -> tuple[list[str], list[list[str]]]:
    """Heads and rows: the product, then a column for each quantity; None is a column to be filled by hand."""
    lines = sorted({line for column in columns.values() if column for line in column})
    heads = ["行", "产品", "规格", "单位", *columns]
    rows = []
    for number in lines:
        line = here.products[number]
        cells = [
            plain(column.get(number, NOTHING)) if column is not None else "" for column in columns.values()
        ]
        rows.append([str(number), line.product_name, line.specification, line.unit, *cells])
    return heads, rows


def issue(
    here: Fulfilment,
    company: Company,
    kind: str,
    facts: Facts,
    columns: Mapping[str, Quantities | None],
    signatures: Sequence[Signature],
    *,
    number: str | None = None,
    notes: Sequence[str] = (),
) -> Document:
    """File the paper in the contract's file, as a new document or as the next version of `number`."""
    heads, rows = table(here, columns)
    paper = Paper(
        kind=kind,
        facts=facts,
        columns=heads,
        rows=rows,
        notes=[note for note in notes if note],
        signatures=signatures,
    )
    return documents.issue(here.session, paper, company, case_no=here.number, at=here.task.now, number=number)


def signed(here: Fulfilment, post: str, user: str, at: datetime | None = None) -> Signature:
    """The signature of somebody who has done a step."""
    return Signature(here.org.post_name(post), here.org.name_of(user), at or here.task.now)


def attached(document: Document) -> FileValue:
    """The document as a form offers it."""
    return FileValue(document.filename, document.content, document.media_type)
