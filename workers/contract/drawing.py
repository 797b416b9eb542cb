"""Draw the contract up: number, snapshot of the approved declaration, document."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from workers import cases, catalog, documents, ledger, money, policy
from workers.calendar import SHANGHAI
from workers.contract import amending, cars, changes
from workers.contract.store import (
    DRAWN,
    SIGNED,
    VOID,
    ContractLine,
    ContractVersion,
    Declaration,
    DrawnContract,
)
from workers.errors import InvalidInput
from workers.money import plain
from workers.org import OrgChart

KIND = "HT"
PDF = "application/pdf"


def drawn_for(session: Session, case_no: str) -> DrawnContract | None:
    """The contract that was drawn up for the case, or that the case changes."""
    change = amending.of_declaration(session, case_no)
    if change is not None:
        return session.get(DrawnContract, change.contract_no)
    return session.scalars(select(DrawnContract).where(DrawnContract.case_no == case_no)).one_or_none()


def latest_version(session: Session, contract_no: str) -> ContractVersion | None:
    """The contract's newest version, as it is committed now."""
    query = (
        select(ContractVersion)
        .where(ContractVersion.contract_no == contract_no)
        .order_by(ContractVersion.version.desc())
        .limit(1)
    )
    return session.scalars(query, execution_options={"populate_existing": True}).one_or_none()


def current_version(session: Session, case_no: str) -> ContractVersion:
    """The version that is on its way to the seal. InvalidInput: the case has none."""
    contract = drawn_for(session, case_no)
    version = latest_version(session, contract.contract_no) if contract else None
    if version is None or version.declaration_no != case_no or version.state not in (DRAWN, SIGNED):
        raise InvalidInput(f"case {case_no} has no contract that could be signed or sealed")
    return version


def draw(
    session: Session, declaration: Declaration, company: documents.Company, org: OrgChart, now: datetime
) -> tuple[ContractVersion, documents.Document]:
    """The contract for this revision of the declaration; drawn up once, whatever happens."""
    today = now.astimezone(SHANGHAI).date()
    contract = drawn_for(session, declaration.declaration_no)
    if contract is None:
        number = documents.next_number(session, KIND, today.year)
        contract = DrawnContract(contract_no=number, case_no=declaration.declaration_no, state=DRAWN)
        session.add(contract)
        session.flush()
    cases.link_document(session, declaration.declaration_no, contract.contract_no)
    before = latest_version(session, contract.contract_no)
    source = (declaration.declaration_no, declaration.revision)
    if before is not None and _source(before) == source and before.state != VOID:
        return before, documents.find(session, before.contract_no, before.version)
    version = _snapshot(session, contract.contract_no, before.version + 1 if before else 1, declaration)
    base = amending.base(session, declaration.declaration_no)
    data = _data(session, version, declaration, company, org, now)
    data |= _amends(session, declaration, base) | _car(session, declaration, org)
    document = documents.file(
        session,
        number=version.contract_no,
        kind=KIND,
        case_no=declaration.declaration_no,
        content=documents.render("contract", data),
        media_type=PDF,
        filename=f"{version.contract_no}-v{version.version}.pdf",
        at=now,
        keeps=base.standing.version if base else None,
    )
    version.document_sha256, version.drawn_at = document.sha256, now
    session.add(version)
    session.flush()
    return version, document


def _source(version: ContractVersion) -> tuple[str, int]:
    """The revision of the declaration that the version says."""
    return version.declaration_no, version.declaration_revision


def _snapshot(session: Session, number: str, version: int, declaration: Declaration) -> ContractVersion:
    customer = catalog.customers(session)[declaration.customer_no]
    products = catalog.products(session)
    return ContractVersion(
        contract_no=number,
        version=version,
        declaration_no=declaration.declaration_no,
        declaration_revision=declaration.revision,
        customer_no=declaration.customer_no,
        customer_name=customer.name,
        salesperson=declaration.salesperson,
        delivery_date=declaration.delivery_date,
        payment_terms=declaration.payment_terms,
        payment_terms_text=declaration.payment_terms_text,
        remarks=declaration.remarks,
        total=declaration.total,
        state=DRAWN,
        lines=[
            ContractLine(
                line_no=line.line_no,
                product_no=line.product_no,
                product_name=products[line.product_no].name,
                unit=products[line.product_no].unit,
                specification=line.specification,
                quantity=line.quantity,
                unit_price=line.unit_price,
                amount=line.amount,
            )
            for line in declaration.lines
        ],
    )


def _data(
    session: Session,
    version: ContractVersion,
    declaration: Declaration,
    company: documents.Company,
    org: OrgChart,
    now: datetime,
) -> dict[str, object]:
    """What the template prints: texts and whole numbers only."""
    drawn_on = now.astimezone(SHANGHAI).date()
    customer = catalog.customers(session)[version.customer_no]
    ruling = policy.in_force(session, declaration.filed_at.astimezone(SHANGHAI).date())
    return {
        "number": version.contract_no,
        "version": version.version,
        "drawn_on": drawn_on.isoformat(),
        "declaration_no": declaration.declaration_no,
        "revision": declaration.revision,
        "place": company.place,
        "seller": {
            "name": company.name,
            "tax_no": company.tax_no,
            "address": company.address,
            "contact": org.name_of(version.salesperson),
            "phone": company.phone,
        },
        "buyer": {
            "name": version.customer_name,
            "tax_no": customer.tax_no,
            "address": customer.address,
            "contact": customer.contact,
            "phone": customer.phone,
        },
        "lines": [
            {
                "no": line.line_no,
                "product": line.product_name,
                "specification": line.specification,
                "unit": line.unit,
                "quantity": plain(line.quantity),
                "unit_price": f"{line.unit_price:,.2f}",
                "amount": f"{line.amount:,.2f}",
            }
            for line in version.lines
        ],
        "total_figures": money.figures(version.total),
        "total_words": money.in_words(version.total),
        "delivery_date": version.delivery_date.isoformat(),
        "payment_terms": version.payment_terms_text,
        "interest_per_day": plain(ruling.document.interest_per_day),
        "remarks": version.remarks,
    }


def _amends(session: Session, declaration: Declaration, base: amending.Base | None) -> dict[str, object]:
    """What the document of a change says besides: which version it changes, why, and what."""
    if base is None:
        return {}
    row = ledger.contract(session, base.standing.contract_no)
    names = {no: product.name for no, product in catalog.products(session).items()}
    found = changes.changes(declaration, base.standing, names)
    return {
        "amends": {
            "version": base.standing.version,
            "sealed_on": row.sealed_on.isoformat(),
            "reason": base.amendment.reason,
            "changes": [{"item": one.item, "before": one.before, "after": one.after} for one in found],
        }
    }


def _car(session: Session, declaration: Declaration, org: OrgChart) -> dict[str, object]:
    """What the document of a car says besides, as the standard contract does (V7)."""
    deal = cars.deal(session, declaration.declaration_no)
    if deal is None:
        return {}
    deposit = deal.asked.deposit
    return {
        "car": {
            "deposit": f"{money.figures(deposit)}（{money.in_words(deposit)}）",
            "service_person": org.name_of(deal.sale.service_person),
        }
    }


def void(session: Session, case_no: str) -> str | None:
    """Mark what the case has drawn up as void (作废), its number stays used; the number, if there was one.

    A contract in force that the case was to change stays as it is.
    """
    contract = drawn_for(session, case_no)
    if contract is None:
        return None
    void_version(session, case_no)
    if contract.case_no == case_no:
        contract.state = VOID
        documents.void(session, contract.contract_no)
    else:
        documents.void(
            session, contract.contract_no, after=ledger.contract(session, contract.contract_no).version
        )
    return contract.contract_no


def void_version(session: Session, case_no: str) -> None:
    """The version under way goes back: it will be neither signed nor sealed."""
    contract = drawn_for(session, case_no)
    version = latest_version(session, contract.contract_no) if contract else None
    if version is not None and version.declaration_no == case_no and version.state in (DRAWN, SIGNED):
        version.state = VOID
