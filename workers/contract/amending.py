"""Amendments of sealed contracts in the database: which is open, which declaration carries it, what stands (C13)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from workers import ledger, policy
from workers.contract.changes import Standing, StandingLine
from workers.contract.rules import OTHER_TERMS, Price
from workers.contract.store import CHANGE, OPEN, Amendment, ContractVersion
from workers.money import plain


def of_declaration(session: Session, declaration_no: str) -> Amendment | None:
    """The change that this declaration carries; None for the declaration of a new contract."""
    query = select(Amendment).where(Amendment.declaration_no == declaration_no)
    return session.scalars(query).one_or_none()


def open_for(session: Session, contract_no: str) -> Amendment | None:
    """The amendment of the contract that is under way."""
    query = select(Amendment).where(Amendment.contract_no == contract_no, Amendment.state == OPEN)
    return session.scalars(query, execution_options={"populate_existing": True}).one_or_none()


def begin(
    session: Session, amendment_no: str, contract_no: str, kind: str, reason: str, applicant: str
) -> Amendment:
    """Begin an amendment, or begin it anew after it came back; the contract is locked and no other one is open."""
    amendment = session.get(Amendment, amendment_no)
    if amendment is None:
        amendment = Amendment(amendment_no=amendment_no)
        session.add(amendment)
    amendment.contract_no, amendment.kind, amendment.reason = contract_no, kind, reason
    amendment.applicant, amendment.declaration_no, amendment.state = applicant, None, OPEN
    session.flush()
    return amendment


def claim(session: Session, contract_no: object, declaration_no: str, applicant: str) -> Amendment | None:
    """Let a new declaration carry the change that waits for one; None when none of that applicant does.

    The variable that names the contract is believed only as far as this goes (rule 13).
    """
    if not isinstance(contract_no, str):
        return None
    query = select(Amendment).where(
        Amendment.contract_no == contract_no,
        Amendment.kind == CHANGE,
        Amendment.state == OPEN,
        Amendment.applicant == applicant,
        Amendment.declaration_no.is_(None),
    )
    amendment = session.scalars(query.with_for_update()).one_or_none()
    if amendment is not None:
        amendment.declaration_no = declaration_no
        session.flush()
    return amendment


@dataclass(frozen=True)
class Base:
    """What a change starts from: the contract in force, and the policy that it was made under."""

    amendment: Amendment
    standing: Standing
    ruling: policy.PolicyVersion

    more_products = True

    @property
    def customer_no(self) -> str:
        """The contract's; it stays."""
        return self.standing.customer_no

    @property
    def customer_name(self) -> str:
        """The same by name."""
        return self.standing.customer_name

    @property
    def salesperson(self) -> str:
        """The contract's; they stay."""
        return self.standing.salesperson

    @property
    def kept_date(self) -> date:
        """The contract's delivery date may stay although it has passed."""
        return self.standing.delivery_date

    @property
    def payment_terms(self) -> Mapping[str, str]:
        """The terms of a contract follow the policy that it was made under."""
        return self.ruling.payment_terms

    @property
    def prices(self) -> Mapping[str, Price]:
        """The prices of the products that the contract has already: a later policy may not know them any more."""
        own = {line.product_no for line in self.standing.lines}
        return {no: price for no, price in self.ruling.prices.items() if no in own}


def base(session: Session, declaration_no: str) -> Base | None:
    """The same for a declaration; None when it is that of a new contract."""
    amendment = of_declaration(session, declaration_no)
    if amendment is None:
        return None
    row = ledger.contract(session, amendment.contract_no)
    return Base(amendment, standing(session, row), policy.version(session, row.policy_version))


def standing(session: Session, row: ledger.ContractRow) -> Standing:
    """The contract as it is in force, with what the books hold of it."""
    version = session.get(ContractVersion, (row.contract_no, row.version))
    account = ledger.account(session, row.contract_no)
    terms = policy.version(session, row.policy_version).payment_terms
    return Standing(
        contract_no=row.contract_no,
        version=row.version,
        customer_no=row.customer_no,
        customer_name=row.customer_name,
        salesperson=row.salesperson,
        delivery_date=row.delivery_date,
        payment_terms=row.payment_terms,
        payment_terms_text=(
            version.payment_terms_text if version else terms.get(row.payment_terms, row.payment_terms)
        ),
        remarks=version.remarks if version else "",
        lines=tuple(_line(line) for line in ledger.goods(session, row.contract_no) if line.ordered),
        amount=account.amount,
        received=account.received,
        invoiced=account.invoiced,
        delivered=account.delivered,
        written_off=account.written_off,
        invoice_gate_percent=account.invoice_gate_percent,
    )


def _line(line: ledger.GoodsLine) -> StandingLine:
    return StandingLine(
        line_no=line.line_no,
        product_no=line.product_no,
        product_name=line.product_name,
        unit=line.unit,
        specification=line.specification,
        quantity=line.ordered,
        unit_price=line.unit_price,
        produced=line.produced - line.scrapped,
        dispatched=line.dispatched - line.returned,
    )


def prefilled(found: Base) -> dict[str, Any]:
    """The declaration's form as the contract stands now."""
    stands = found.standing
    other = stands.payment_terms == OTHER_TERMS
    return {
        "order_intent": f"变更合同{stands.contract_no}(现行第{stands.version}版)：{found.amendment.reason}",
        "customer_no": stands.customer_no,
        "salesperson": stands.salesperson,
        "delivery_date": stands.delivery_date.isoformat(),
        "payment_terms": stands.payment_terms,
        "special_terms": stands.payment_terms_text if other else None,
        "remarks": stands.remarks,
        "lines": [
            {
                "productNo": line.product_no,
                "specification": line.specification,
                "quantity": plain(line.quantity),
                "unitPrice": format(line.unit_price, ".2f"),
            }
            for line in stands.lines
        ],
    }
