"""Whether a contract says what its approved declaration says (C3). Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from workers.errors import BusinessError

if TYPE_CHECKING:
    from workers.contract.store import ContractLine, ContractVersion, Declaration, DeclarationLine


class ContractDiffers(BusinessError):
    """The contract is not what was approved: it goes back and is not sealed."""

    code = "CONTRACT_DIFFERS"

    def __init__(self, contract_no: str, differences: Sequence[str]) -> None:
        self.contract_no = contract_no
        self.differences = tuple(differences)
        shown = "；".join(differences[:10]) + (f"；共{len(differences)}处" if len(differences) > 10 else "")
        super().__init__(f"合同{contract_no}与批准的申报单不一致：{shown}")


class ChangeRefused(ContractDiffers):
    """Since the declaration was checked, goods or money have moved so that the contract may not change like that."""

    def __init__(self, contract_no: str, reasons: Sequence[str]) -> None:
        super().__init__(contract_no, reasons)
        self.args = (f"合同{contract_no}的交货、收款或开票有了变化，不能这样变更：{'；'.join(reasons[:10])}",)


def differences(contract: ContractVersion, declaration: Declaration) -> list[str]:
    """Every difference in customer, specification, quantity, price, delivery time and terms, in Chinese."""
    return list(_terms(contract, declaration)) + list(_lines(contract.lines, declaration.lines))


def _terms(contract: ContractVersion, declaration: Declaration) -> Iterator[str]:
    compared = (
        ("客户", contract.customer_no, declaration.customer_no),
        ("交货日期", contract.delivery_date, declaration.delivery_date),
        ("付款条件", contract.payment_terms, declaration.payment_terms),
        ("付款条件", contract.payment_terms_text, declaration.payment_terms_text),
        ("备注", contract.remarks, declaration.remarks),
        ("合计金额", contract.total, declaration.total),
    )
    for name, drawn, approved in compared:
        if drawn != approved:
            yield f"{name}：合同为“{drawn}”，申报单为“{approved}”"


def _lines(drawn: Sequence[ContractLine], approved: Sequence[DeclarationLine]) -> Iterator[str]:
    if len(drawn) != len(approved):
        yield f"产品明细：合同有{len(drawn)}行，申报单有{len(approved)}行"
        return
    for mine, theirs in zip(drawn, approved, strict=True):
        compared = (
            ("产品", mine.product_no, theirs.product_no),
            ("规格", mine.specification, theirs.specification),
            ("数量", mine.quantity, theirs.quantity),
            ("单价", mine.unit_price, theirs.unit_price),
            ("金额", mine.amount, theirs.amount),
        )
        for name, contract, declaration in compared:
            if contract != declaration:
                yield f"第{mine.line_no}行{name}：合同为“{contract}”，申报单为“{declaration}”"
