"""The commission form: what it shows of a salesperson's contracts, and what is read from it (C9, X3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from workers import cases, ledger, money
from workers.cases import FormReader
from workers.commission import payouts
from workers.commission.messages import CommissionForm, PayableRow
from workers.commission.payouts import Payable
from workers.commission.rules import ZERO
from workers.commission.store import FILED, CommissionLine, CommissionPaper
from workers.ledger import ContractRow
from workers.org import OrgChart

MOST_NOTE = 500
MOST_REASON = 200
MOST_ROWS = 1000


@dataclass(frozen=True)
class Filled:
    """A form in which everything was read: what to pay on which contract."""

    salesperson: str
    note: str
    amounts: Mapping[str, Decimal]

    @property
    def total(self) -> Decimal:
        """Yuan."""
        return sum(self.amounts.values(), ZERO)


def salespersons(session: Session) -> list[str]:
    """Everybody who has sold a contract that stands in the books, also those who have left."""
    query = select(ContractRow.salesperson).where(ContractRow.status != ledger.SEALED).distinct()
    return sorted(session.scalars(query))


def on_its_way(session: Session, case_no: str, numbers: Sequence[str]) -> dict[str, Decimal]:
    """What other papers that are filed and not yet paid ask for, by contract."""
    query = (
        select(CommissionLine.contract_no, func.sum(CommissionLine.amount))
        .join(
            CommissionPaper,
            (CommissionPaper.case_no == CommissionLine.case_no)
            & (CommissionPaper.revision == CommissionLine.revision),
        )
        .where(
            CommissionPaper.state == FILED,
            CommissionPaper.case_no != case_no,
            CommissionLine.contract_no.in_(numbers),
        )
        .group_by(CommissionLine.contract_no)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def free(session: Session, case_no: str, rows: Sequence[Payable]) -> dict[str, Decimal]:
    """What a paper of this case may pay on each contract: what is payable and not on its way already."""
    taken = on_its_way(session, case_no, [row.contract_no for row in rows])
    return {row.contract_no: max(ZERO, row.payable - taken.get(row.contract_no, ZERO)) for row in rows}


def sheet(
    session: Session,
    org: OrgChart,
    case_no: str,
    salesperson: str | None,
    sent: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The fields of `CommissionSheet`: the salesperson's contracts, and amounts as sent or else all that is payable."""
    known = salespersons(session)
    rows = payouts.payable(session, salesperson) if salesperson in known and salesperson else []
    may = free(session, case_no, rows)
    filled = sent or {}
    return {
        "salesperson": salesperson if salesperson in known else None,
        "salesperson_name": org.name_of(salesperson) if salesperson in known and salesperson else "",
        "salesperson_options": [{"label": org.name_of(one), "value": one} for one in known],
        "payable_total": money.figures(sum((row.payable for row in rows), ZERO)),
        "payable_rows": [payable_row(row) for row in rows],
        "payouts": [
            {
                "contractNo": row.contract_no,
                "amount": filled.get(row.contract_no, format(may[row.contract_no], ".2f")),
            }
            for row in rows
        ],
    }


def payable_row(row: Payable) -> PayableRow:
    """A contract as the form's table shows it."""
    return PayableRow(
        contract_no=row.contract_no,
        customer=row.customer_name,
        contract_amount=money.figures(row.amount),
        received=money.figures(row.received),
        percent=f"{row.percent_received}%",
        rate=f"{row.permille}‰",
        accrued=money.figures(row.accrued),
        withheld=money.figures(row.withheld),
        paid=money.figures(row.paid),
        payable=money.figures(row.payable),
    )


def as_sent(value: Any) -> dict[str, str]:
    """The amounts of a form as far as they can be shown again, by contract."""
    rows = value if isinstance(value, list) else []
    return {
        str(row.get("contractNo"))[:32]: cases.shown(row.get("amount"), 20) or ""
        for row in rows[:MOST_ROWS]
        if isinstance(row, Mapping)
    }


def listed(form: CommissionForm, rows: Sequence[Payable]) -> str:
    """What to tell whoever sent the form to see a salesperson's contracts; nothing when it says what to pay."""
    if as_sent(form.payouts).keys() & {row.contract_no for row in rows}:
        return ""
    return "已列出该业务员的合同，请核对应发金额，然后再提交" if rows else "该业务员现在没有应发的提成"


def read(
    reader: FormReader,
    form: CommissionForm,
    known: Sequence[str],
    rows: Sequence[Payable],
    may: Mapping[str, Decimal],
) -> Filled | None:
    """Read the form against what is payable at this moment; None when something is to be mended."""
    salesperson = reader.text("salesperson", "业务员", form.salesperson, 64)
    if salesperson and salesperson not in known:
        reader.wrong("salesperson", "业务员：没有经手台帐上的合同，没有合同不计提成")
    note = reader.text("payoutNote", "说明", form.payout_note, MOST_NOTE, required=False, lines=True)
    payable, amounts = {row.contract_no: row for row in rows}, {}
    for number, row in (
        reader.rows("payouts", "本次发放", form.payouts, MOST_ROWS) if not reader.errors else ()
    ):
        amount = _amount(reader, number, row, payable, may)
        if amount is not None:
            if amount[0] in amounts:
                reader.wrong(f"payouts[{number - 1}]", f"第{number}行：合同{amount[0]}重复")
            amounts[amount[0]] = amount[1]
    if not reader.errors and not amounts:
        reader.wrong("payouts", "本次发放：没有要发放的金额")
    return None if reader.errors else Filled(salesperson, note, amounts)


def _amount(
    reader: FormReader,
    number: int,
    row: Mapping[str, Any],
    payable: Mapping[str, Payable],
    may: Mapping[str, Decimal],
) -> tuple[str, Decimal] | None:
    contract_no = str(row.get("contractNo") or "")[:32]
    at, label, written = f"payouts[{number - 1}].amount", f"第{number}行 {contract_no}", row.get("amount")
    if written is None or not str(written).strip() or money.parse(written) == 0:
        return None
    amount = reader.amount(at, f"{label} 实发金额", written)
    if amount is None:
        return None
    found = payable.get(contract_no)
    if found is None:
        reader.wrong(at, f"{label}：不是该业务员有应发提成的合同，没有合同不计提成")
        return None
    if amount > may[contract_no]:
        taken = found.payable - may[contract_no]
        on_the_way = f"，其中{money.figures(taken)}已在其他提成单上办理" if taken > 0 else ""
        text = f"实发{money.figures(amount)}超过应发{money.figures(found.payable)}{on_the_way}"
        reader.wrong(at, f"{label}：{text}")
        return None
    return contract_no, amount
