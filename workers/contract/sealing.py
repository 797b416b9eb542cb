"""The seal: everything is read anew, and only a contract that is what was approved gets it (C3)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from workers import cases, catalog, documents, ledger, policy
from workers.contract import amending, cars, changes, declarations, drawing, effect
from workers.contract.differences import ChangeRefused, ContractDiffers, differences
from workers.contract.store import DONE, SEALED, SIGNED, ContractVersion, CustomerSignature
from workers.errors import InvalidInput


def ready(session: Session, case_no: str) -> ContractVersion:
    """The version that may be sealed now.

    Raises ContractDiffers when it is not what was approved (it goes back to the applicant), and InvalidInput
    when a signature is missing or a stored document is not what was signed: no person in the process can mend
    that.
    """
    version = drawing.current_version(session, case_no)
    declaration = declarations.latest(session, case_no)
    name = f"contract {version.contract_no} version {version.version}"
    if declaration is None or declaration.revision != version.declaration_revision:
        raise InvalidInput(f"{name} was not drawn up from the declaration's newest revision")
    for stage in ("declaration", "countersign"):
        if cases.approved(session, case_no, stage) is None:
            raise InvalidInput(f"{name}: the stage {stage} has not been signed")
    signature = session.scalars(
        select(CustomerSignature).where(
            CustomerSignature.contract_no == version.contract_no,
            CustomerSignature.version == version.version,
        )
    ).one_or_none()
    if version.state != SIGNED or signature is None:
        raise InvalidInput(f"{name}: the customer has not signed it")
    document = documents.find(session, version.contract_no, version.version)
    hashes = {version.document_sha256, signature.document_sha256, document.sha256}
    if len(hashes) > 1 or not documents.has_content(document):
        raise InvalidInput(f"{name}: the document is not the one that the customer signed")
    found = differences(version, declaration)
    if found:
        raise ContractDiffers(version.contract_no, found)
    if amending.of_declaration(session, case_no) is not None:
        ledger.lock_contract(session, version.contract_no)
    base = amending.base(session, case_no)
    errors = changes.findings(declaration, base.standing) if base else []
    if errors:
        raise ChangeRefused(version.contract_no, [error.message for error in errors])
    return version


def held(session: Session, case_no: str, version: ContractVersion) -> list[cases.FormError]:
    """Why the customer's new contract waits for its seal (A3): the hold may be younger than the declaration.

    A change of a sealed contract is no new one; what it may add is asked when it is declared.
    """
    if amending.of_declaration(session, case_no) is not None:
        return []
    return declarations.held(session, version.customer_no, field="", step="用印")


def put_seal(
    session: Session, case_no: str, version: ContractVersion, by: str, copies: int, remark: str, at: datetime
) -> None:
    """Register the seal's use and make the contract known to the ledgers. The case's row must be locked.

    A change takes effect in both books at once: from here on nobody works by the text before it (C13).
    """
    base = amending.base(session, case_no)
    effect.register_seal(session, version, by, copies, remark, at)
    if base is not None:
        _change(session, base, version, at)
        return
    contract = drawing.drawn_for(session, case_no)
    if contract is not None:
        contract.state = SEALED
    terms, deal = _policy_of(session, case_no, version), cars.deal(session, case_no)
    if deal is not None:
        deal.asked.state = DONE
    ledger.enrol(
        session,
        ledger.ContractRow(
            contract_no=version.contract_no,
            version=version.version,
            case_no=deal.sale.sale_no if deal else case_no,
            customer_no=version.customer_no,
            customer_name=version.customer_name,
            salesperson=version.salesperson,
            amount=version.total,
            delivery_date=version.delivery_date,
            document_sha256=version.document_sha256,
            sealed_at=at,
            origin=ledger.VEHICLE if deal else ledger.APPROVAL,
            payment_terms=version.payment_terms,
            policy_version=terms.version_no,
            needs_jointing=needs_jointing(session, version),
            commission_permille=terms.document.commission_permille,
            invoice_gate_percent=terms.document.invoice_gate_percent,
        ),
        goods_of(version),
    )


def _change(session: Session, base: amending.Base, version: ContractVersion, at: datetime) -> None:
    effect.put_in_force(
        session,
        version,
        goods_of(version),
        surplus=changes.surplus(version.total, base.standing),
        reason=f"合同变更{base.amendment.amendment_no}",
        at=at,
        payment_terms=version.payment_terms,
        needs_jointing=needs_jointing(session, version),
    )
    base.amendment.state = DONE
    effect.wake(session, version.contract_no, f"{version.contract_no} 第{version.version}版")


def goods_of(version: ContractVersion) -> list[ledger.GoodsLine]:
    """The version's lines, as the ledgers keep them."""
    return [
        ledger.GoodsLine(
            line_no=line.line_no,
            product_no=line.product_no,
            product_name=line.product_name,
            unit=line.unit,
            specification=line.specification,
            unit_price=line.unit_price,
            ordered=line.quantity,
        )
        for line in version.lines
    ]


def needs_jointing(session: Session, version: ContractVersion) -> bool:
    """Whether a product of the version is joined on the customer's site (C10)."""
    products = catalog.products(session)
    return any(line.product_no in products and products[line.product_no].jointing for line in version.lines)


def _policy_of(session: Session, case_no: str, version: ContractVersion) -> policy.PolicyVersion:
    """The policy by which the contract's declaration was filed."""
    declaration = declarations.latest(session, case_no)
    if declaration is None:
        raise InvalidInput(f"contract {version.contract_no} has no declaration")
    return policy.version(session, declaration.policy_version)
