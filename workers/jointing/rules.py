"""Pure rules of jointing work: what an order and a report must say (C10, X3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from workers.cases import FormReader
from workers.jointing.messages import OrderForm, RecordAcceptance

MOST_TEXT = 1000
LATEST = timedelta(days=365)


@dataclass(frozen=True)
class Order:
    """An order in which nothing is wrong."""

    site: str
    planned_on: date
    team: str
    contact: str
    work: str
    waived: bool = False


@dataclass(frozen=True)
class Report:
    """What the customer said of the work."""

    accepted: bool
    signer: str
    done_on: date
    findings: str


def read_order(form: OrderForm, reader: FormReader, today: date) -> Order | None:
    """The order as it was sent; None with findings."""
    work = reader.text("jointingWork", "工作内容", form.jointing_work, MOST_TEXT, lines=True)
    if form.jointing_waived is True:  # the work's text says why none is needed
        return None if reader.errors else Order("", today, "", "", work, waived=True)
    site = reader.text("jointingSite", "接续地点", form.jointing_site, 300)
    planned_on = reader.day("jointingPlannedOn", "计划日期", form.jointing_planned_on)
    if planned_on is not None and not today <= planned_on <= today + LATEST:
        reader.wrong("jointingPlannedOn", f"计划日期：{planned_on}应在今天之后一年以内")
    team = reader.text("jointingTeam", "接续人员", form.jointing_team, 200)
    contact = reader.text("jointingContact", "现场联系人", form.jointing_contact, 200, required=False)
    if reader.errors or planned_on is None:
        return None
    return Order(site, planned_on, team, contact, work)


def read_report(form: RecordAcceptance, reader: FormReader, ordered_on: date, today: date) -> Report | None:
    """The customer's answer as it was sent; None with findings."""
    if form.acceptance_result not in ("accepted", "failed"):
        reader.wrong("acceptanceResult", "验收结论：请选择“合格”或“不合格”")
    signer = reader.text("acceptanceSigner", "客户验收人", form.acceptance_signer, 100)
    done_on = reader.day("acceptanceDoneOn", "验收日期", form.acceptance_done_on)
    if done_on is not None and not ordered_on <= done_on <= today:
        reader.wrong("acceptanceDoneOn", f"验收日期：{done_on}应在派工之日{ordered_on}与今天之间")
    failed = form.acceptance_result == "failed"
    findings = reader.text(
        "acceptanceFindings", "存在的问题", form.acceptance_findings, MOST_TEXT, required=failed, lines=True
    )
    if reader.errors or done_on is None:
        return None
    return Report(not failed, signer, done_on, findings)
