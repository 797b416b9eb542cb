"""Read the form of a return, and show it again (C8, X3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from workers import cases, ledger
from workers.cases import FormReader, shown
from workers.fulfilment import rules
from workers.fulfilment.coming_back import return_under_way
from workers.ledger import ContractRow
from workers.money import plain

MOST_REASON, MOST_REMARK, MOST_NAME = 500, 500, 100
_ENDED = {
    ledger.COMPLETED: "已履行完毕",
    ledger.TERMINATED: "已终止并结算",
}
WHAT_TO_DO = "不能在此退货：请与客户签订退货协议，补发的另立合同，应退的货款由财务部开具红字发票后退款"


@dataclass(frozen=True)
class Asked:
    """A return that can be announced: contract line -> quantity in the product's unit."""

    contract: ContractRow
    lines: dict[int, Decimal]
    reason: str


def read(
    session: Session, raw: Mapping[str, Any], reader: FormReader, case_no: str = "", *, by_hand: bool = False
) -> Asked | None:
    """The form as it was sent, by field name, with the contract locked; None when something is wrong.

    `by_hand`: somebody filled it, and has to have seen the lines of the contract that it names.
    """
    number = reader.number("contractNo", "合同编号", raw.get("contract_no"))
    reason = reader.text("returnReason", "退货原因", raw.get("return_reason"), MOST_REASON, lines=True)
    contract = _in_force(session, number, reader, case_no) if number else None
    if contract is None:
        return None
    if by_hand and raw.get("lines_of") != contract.contract_no:
        reader.wrong("returnLines", f"已列出合同{contract.contract_no}的产品，请填写各行退货数量")
        return None
    lines = rules.read_quantities(
        reader, "returnLines", "退货数量", raw.get("return_lines"), able(session, number), "客户已签收的"
    )
    return None if reader.errors else Asked(contract, lines, reason)


def _in_force(session: Session, number: str, reader: FormReader, case_no: str) -> ContractRow | None:
    """The contract, locked, if its goods can come back; else what to do instead."""
    if ledger.find(session, number) is None:
        reader.wrong("contractNo", f"合同编号：台帐中没有合同{number}")
        return None
    contract = ledger.lock_contract(session, number)
    other = return_under_way(session, number)
    if contract.status in _ENDED:
        reader.wrong("contractNo", f"合同{number}{_ENDED[contract.status]}，{WHAT_TO_DO}")
    elif contract.status != ledger.IN_FORCE or session.get(cases.Case, number) is None:
        reader.wrong("contractNo", f"合同{number}还没有开始履行，没有可退的货物")
    elif other is not None and other != case_no:
        reader.wrong("contractNo", f"合同{number}的退货单{other}正在办理，请先办完或撤回")
    elif not able(session, number):
        reader.wrong("contractNo", f"合同{number}的客户还没有签收过货物；没有签收的，在“登记客户签收”时退回")
    else:
        return contract
    return None


def able(session: Session, number: str) -> rules.Quantities:
    """What the customer has signed for, by line: no more can come back."""
    return {line.line_no: line.delivered for line in ledger.goods(session, number) if line.delivered > 0}


def filling(session: Session, form: object) -> dict[str, object]:
    """The fields of `ReturnFilling`: what was typed, beside the lines of the contract that it names."""
    number = shown(getattr(form, "contract_no", None), 32)
    contract = ledger.find(session, cases.as_number(number)) if number else None
    typed = _typed(getattr(form, "return_lines", None))
    lines = ledger.goods(session, contract.contract_no) if contract else []
    return {
        "contract_no": contract.contract_no if contract else number,
        "lines_of": contract.contract_no if contract else None,
        "customer_name": contract.customer_name if contract else None,
        "return_reason": shown(getattr(form, "return_reason", None), MOST_REASON),
        "return_lines": [
            {
                "lineNo": str(line.line_no),
                "product": f"{line.product_name} {line.specification}".strip(),
                "unit": line.unit,
                "delivered": plain(line.delivered),
                "quantity": typed.get(str(line.line_no), "0"),
            }
            for line in lines
            if line.delivered > 0
        ],
    }


def _typed(sent: object) -> dict[str, str | None]:
    rows = sent if isinstance(sent, list) else []
    return {str(row.get("lineNo")): shown(row.get("quantity"), 20) for row in rows if isinstance(row, dict)}
