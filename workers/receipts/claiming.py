"""Payments that could not be matched, and what finance says of each: contract, balance, or no customer's (A6, X3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from workers import catalog, money
from workers.cases import FormReader, shown
from workers.receipts import booking, single
from workers.receipts.kept import Money
from workers.receipts.messages import ClaimRow
from workers.receipts.payments import CNY
from workers.receipts.references import Refused
from workers.receipts.store import RESOLVED, UNMATCHED, BankStatement, StatementLine

CONTRACT, BALANCE, NO_CUSTOMER = "contract", "balance", "not_customer"
DECISIONS = frozenset({CONTRACT, BALANCE, NO_CUSTOMER})
MOST_ROWS = 20
"""Shown on the form at a time; the rest comes when these are done."""
MOST_EXPLANATION = 200


@dataclass(frozen=True)
class Claim:
    """What a person says of one payment."""

    row: int
    line: StatementLine
    decision: str
    contract_no: str
    customer_no: str
    explanation: str


def waiting(session: Session, case_no: str, *, lock: bool = False) -> Sequence[StatementLine]:
    """The case's payments that are still unmatched, as they stand in its statements."""
    query = (
        select(StatementLine)
        .join(BankStatement, BankStatement.id == StatementLine.statement_id)
        .where(BankStatement.case_no == case_no, StatementLine.state == UNMATCHED)
        .order_by(StatementLine.statement_id, StatementLine.line_no)
    )
    if lock:
        query = query.with_for_update(of=StatementLine).execution_options(populate_existing=True)
    return session.scalars(query).all()


def count(session: Session, case_no: str) -> int:
    """How many payments of the case are unmatched."""
    query = (
        select(func.count())
        .select_from(StatementLine)
        .join(BankStatement, BankStatement.id == StatementLine.statement_id)
        .where(BankStatement.case_no == case_no, StatementLine.state == UNMATCHED)
    )
    return session.scalar(query) or 0


def read(raw: object, lines: Sequence[StatementLine], reader: FormReader) -> list[Claim]:
    """The decisions on the form. Rows without one stay unmatched; a row names its payment, and only a waiting one."""
    known = {str(line.id): line for line in lines}
    claims: list[Claim] = []
    for number, row in reader.rows("claims", "待认领款项", raw, MOST_ROWS):
        if row.get("decision") in (None, ""):
            continue
        line = known.pop(str(row.get("lineId")), None)
        if line is None:
            reader.wrong(f"claims[{number - 1}]", f"第{number}行：该笔款项已不在待认领之列")
            continue
        claims.append(_claim(reader, number, row, line))
    if not claims and not reader.errors:
        reader.wrong("claims", "请至少认领一笔款项")
    return claims


def _claim(reader: FormReader, number: int, row: Mapping[str, Any], line: StatementLine) -> Claim:
    at, label = f"claims[{number - 1}]", f"第{number}行"
    decision = row.get("decision")
    contract_no = customer_no = ""
    if decision not in DECISIONS:
        reader.wrong(f"{at}.decision", f"{label}：请选择认领方式")
    elif decision != NO_CUSTOMER and line.currency != CNY:
        reader.wrong(
            f"{at}.decision", f"{label}：币种为{line.currency}，结汇后按单笔登记，此处选“非客户货款”并说明"
        )
    elif decision == CONTRACT:
        contract_no = reader.text(f"{at}.contractNo", f"{label}合同", row.get("contractNo"), 32)
    elif decision == BALANCE:
        customer_no = reader.text(f"{at}.customerNo", f"{label}客户", row.get("customerNo"), 32)
    explanation = reader.text(
        f"{at}.explanation",
        f"{label}说明",
        row.get("explanation"),
        MOST_EXPLANATION,
        required=decision == NO_CUSTOMER,
    )
    return Claim(number, line, str(decision), contract_no, customer_no, explanation)


def settle(
    session: Session, claims: Sequence[Claim], reader: FormReader, case_no: str, by: str, at: datetime
) -> list[str]:
    """Book what was claimed, all of it or nothing; returns what was done, in Chinese. The rows must be locked."""
    booking.one_at_a_time(session)
    booking.lock_known(session, {claim.contract_no for claim in claims})
    savepoint = session.begin_nested()
    done = []
    for claim in claims:
        try:
            done.append(_settle(session, claim, case_no, by, at))
        except Refused as error:
            reader.wrong(f"claims[{claim.row - 1}]", f"第{claim.row}行：{error}")
    if reader.errors:
        savepoint.rollback()
        return []
    savepoint.commit()
    return done


def _settle(session: Session, claim: Claim, case_no: str, by: str, at: datetime) -> str:
    line = claim.line
    paid = Money(line.amount, line.value_date, line.key, line.payer, line.remark, case_no, by, at)
    if claim.decision == NO_CUSTOMER:
        said = f"{money.figures(line.amount)}非客户货款：{claim.explanation}"
    elif claim.decision == CONTRACT:
        booked = booking.pay(session, paid, claim.contract_no)
        line.receipt_id, said = booked.receipt.id, single.paid_for(session, booked)
    else:
        if catalog.customer(session, claim.customer_no) is None:
            raise Refused(f"没有客户{claim.customer_no}")
        receipt = booking.keep_as_balance(session, paid, claim.customer_no)
        line.receipt_id, said = receipt.id, f"{money.figures(line.amount)}记入客户{claim.customer_no}的余额"
    line.state, line.resolved_by, line.resolved_at = RESOLVED, by, at
    line.reason = f"{line.reason}；认领：{claim.explanation or said}"
    session.flush()
    return said


def rows(lines: Sequence[StatementLine], sent: object = None) -> list[ClaimRow]:
    """The form's rows, with what was chosen before for those that are still there."""
    chosen = {
        str(row.get("lineId")): row
        for row in (sent if isinstance(sent, list) else [])
        if isinstance(row, Mapping)
    }
    return [_row(line, chosen.get(str(line.id), {})) for line in lines[:MOST_ROWS]]


def _row(line: StatementLine, chosen: Mapping[str, Any]) -> ClaimRow:
    only = line.candidates[0] if len(line.candidates) == 1 else None
    decision = chosen.get("decision")
    return ClaimRow(
        line_id=str(line.id),
        paid_on=line.value_date.isoformat(),
        payer=line.payer or "(未注明)",
        amount=money.figures(line.amount) if line.currency == CNY else f"{line.currency} {line.amount:,.2f}",
        remark=line.remark or "(无)",
        reason=line.reason,
        candidates="、".join(line.candidates) or "(无)",
        decision=decision if decision in DECISIONS else None,
        contract_no=shown(chosen.get("contractNo"), 32) or only,
        customer_no=shown(chosen.get("customerNo"), 32),
        explanation=shown(chosen.get("explanation"), MOST_EXPLANATION),
    )
