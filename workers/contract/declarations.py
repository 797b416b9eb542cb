"""Declarations in the database, and a declaration as the form shows it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from workers import cases, catalog, debts, money, policy
from workers.contract import changes, rules
from workers.contract.grounds import Ground
from workers.contract.messages import DeclarationForm, DeviationRow
from workers.contract.rules import Choices, ValidDeclaration
from workers.contract.store import Declaration, DeclarationLine
from workers.org import OrgChart

UNGRADED = "未评级"
"""The credit grade of a customer without any contract in the books (A2)."""
_LINE_FIELDS = ("productNo", "specification", "quantity", "unitPrice")


def options(
    session: Session, org: OrgChart, today: date, ground: Ground | None = None
) -> dict[str, list[dict[str, str]]]:
    """What the form's selects offer today; products and terms only as far as the policy in force knows them.

    What the declaration's ground has settled, such as the customer, is the only choice.
    """
    try:
        ruling = policy.in_force(session, today)
    except policy.NoPolicyInForce:
        ruling = None
    terms: Mapping[str, str] = ruling.payment_terms if ruling else {}
    customers, sellers = catalog.customer_options(session, catalog.COMPANY), org.holders("salesperson", today)
    if ground is not None:
        customers = [{"label": ground.customer_name, "value": ground.customer_no}]
        sellers, terms = [ground.salesperson], ground.payment_terms
    other = [rules.OTHER_TERMS_OPTION] if terms and (ground is None or ground.more_products) else []
    priced = prices(session, ruling, ground)
    return {
        "customer_options": customers,
        "product_options": [one for one in catalog.product_options(session) if one["value"] in priced],
        "salesperson_options": [{"label": org.name_of(user), "value": user} for user in sellers],
        "payment_terms_options": [{"label": text, "value": code} for code, text in terms.items()] + other,
    }


def choices(
    session: Session,
    org: OrgChart,
    ruling: policy.PolicyVersion,
    today: date,
    ground: Ground | None = None,
) -> Choices:
    """What a declaration may choose from; what its ground has settled stays."""
    customers, sellers = (
        frozenset(catalog.customers(session, catalog.COMPANY)),
        frozenset(org.holders("salesperson", today)),
    )
    terms, kept_date = ruling.payment_terms, None
    if ground is not None:
        customers, sellers = frozenset({ground.customer_no}), frozenset({ground.salesperson})
        terms, kept_date = dict(ground.payment_terms), ground.kept_date
    return Choices(
        customers=customers,
        salespersons=sellers,
        specifications={no: product.specification for no, product in catalog.products(session).items()},
        prices=prices(session, ruling, ground),
        payment_terms=terms,
        kept_date=kept_date,
    )


def prices(
    session: Session, ruling: policy.PolicyVersion | None, ground: Ground | None
) -> dict[str, rules.Price]:
    """The prices of what a declaration may sell: the factory's goods, or what its ground has.

    Cars are declared on a deal of their own only, service items never.
    """
    own = dict(ground.prices) if ground is not None else {}
    goods = catalog.products(session, catalog.GOODS) if ground is None or ground.more_products else {}
    known = {} if ruling is None else ruling.prices
    return own | {no: price for no, price in known.items() if no in goods or no in own}


def held(
    session: Session, customer_no: str, field: str = "customerNo", step: str = "申报"
) -> list[cases.FormError]:
    """Why the customer gets no new contract now (A3); empty when nothing stands in the way.

    `step`: what has to wait until the hold is released, as staff call it.
    """
    text = debts.refusal(session, customer_no, step)
    return [cases.FormError(field=field, message=text)] if text else []


def as_sent(form: DeclarationForm) -> dict[str, Any]:
    """What was sent, as far as the form can show it again for mending; the rest is left out."""
    rows = form.lines if isinstance(form.lines, list) else []
    shown = [
        {name: cases.shown(row.get(name), rules.MOST_SPECIFICATION) for name in _LINE_FIELDS}
        for row in rows[: rules.MOST_LINES]
        if isinstance(row, Mapping)
    ]
    day = cases.FormReader().day("deliveryDate", "", form.delivery_date)
    return {
        "order_intent": cases.shown(form.order_intent, rules.MOST_INTENT),
        "customer_no": cases.shown(form.customer_no, 64),
        "salesperson": cases.shown(form.salesperson, 64),
        "delivery_date": day.isoformat() if day else None,
        "payment_terms": cases.shown(form.payment_terms, 64),
        "special_terms": cases.shown(form.special_terms, rules.MOST_TERMS),
        "remarks": cases.shown(form.remarks, rules.MOST_REMARKS),
        "lines": shown or [{}],
    }


def latest(session: Session, declaration_no: str) -> Declaration | None:
    """The newest revision, as it is committed now."""
    query = (
        select(Declaration)
        .where(Declaration.declaration_no == declaration_no)
        .order_by(Declaration.revision.desc())
        .limit(1)
    )
    return session.scalars(query, execution_options={"populate_existing": True}).one_or_none()


def save(
    session: Session, case: cases.Case, valid: ValidDeclaration, by: str, version_no: int, at: datetime
) -> Declaration:
    """Keep a valid declaration as the next revision."""
    before = latest(session, case.case_no)
    declaration = Declaration(
        declaration_no=case.case_no,
        revision=before.revision + 1 if before else 1,
        applicant=case.applicant,
        filed_by=by,
        filed_at=at,
        order_intent=valid.order_intent,
        customer_no=valid.customer_no,
        salesperson=valid.salesperson,
        delivery_date=valid.delivery_date,
        payment_terms=valid.payment_terms,
        payment_terms_text=valid.payment_terms_text,
        remarks=valid.remarks,
        policy_version=version_no,
        total=valid.total,
        lines=[
            DeclarationLine(
                line_no=line.line_no,
                product_no=line.product_no,
                specification=line.specification,
                quantity=line.quantity,
                unit_price=line.unit_price,
                amount=line.amount,
                list_price=line.list_price,
                floor_price=line.floor_price,
            )
            for line in valid.lines
        ],
    )
    session.add(declaration)
    session.flush()
    return declaration


def valid(declaration: Declaration) -> ValidDeclaration:
    """The declaration as it was read and checked when it was filed."""
    return ValidDeclaration(
        customer_no=declaration.customer_no,
        salesperson=declaration.salesperson,
        delivery_date=declaration.delivery_date,
        payment_terms=declaration.payment_terms,
        payment_terms_text=declaration.payment_terms_text,
        remarks=declaration.remarks,
        order_intent=declaration.order_intent,
        lines=tuple(
            rules.Line(
                line_no=line.line_no,
                product_no=line.product_no,
                specification=line.specification,
                quantity=line.quantity,
                unit_price=line.unit_price,
                list_price=line.list_price,
                floor_price=line.floor_price,
            )
            for line in declaration.lines
        ),
    )


def as_filed(declaration: Declaration) -> dict[str, Any]:
    """The form's fields as they stand in the database, numbers as text."""
    return {
        "order_intent": declaration.order_intent,
        "customer_no": declaration.customer_no,
        "salesperson": declaration.salesperson,
        "delivery_date": declaration.delivery_date.isoformat(),
        "payment_terms": declaration.payment_terms,
        "special_terms": (
            declaration.payment_terms_text if declaration.payment_terms == rules.OTHER_TERMS else None
        ),
        "remarks": declaration.remarks,
        "lines": [
            {
                "productNo": line.product_no,
                "specification": line.specification,
                "quantity": money.plain(line.quantity),
                "unitPrice": format(line.unit_price, ".2f"),
            }
            for line in declaration.lines
        ],
    }


def for_approvers(
    session: Session,
    org: OrgChart,
    valid: ValidDeclaration,
    ruling: policy.PolicyVersion,
    standing: changes.Standing | None,
    today: date,
) -> dict[str, Any]:
    """What the approver's form and the decision table ask for; of a change, first of all what it changes."""
    said = "" if standing is None else f"{changed(session, valid, standing)}。与政策比较："
    customer, products = catalog.customers(session)[valid.customer_no], catalog.products(session)
    return {
        "customer_name": customer.name,
        "salesperson_name": org.name_of(valid.salesperson),
        "payment_terms_label": valid.payment_terms_text,
        "total_figures": money.figures(valid.total),
        "total_in_words": money.in_words(valid.total),
        "credit_grade": debts.grade(session, valid.customer_no, today) or UNGRADED,
        "deviations": [
            DeviationRow(
                line=line.line_no,
                product=products[line.product_no].name,
                specification=line.specification,
                quantity=f"{money.plain(line.quantity)} {products[line.product_no].unit}",
                unit_price=money.figures(line.unit_price),
                list_price=money.figures(line.list_price),
                floor_price=money.figures(line.floor_price),
                deviation=rules.line_deviation(line),
            )
            for line in valid.lines
        ],
        "deviation_summary": f"{said}{rules.deviation_summary(valid)}",
        "amount_fen": money.fen(valid.total),
        "large_contract_fen": money.fen(ruling.large_contract),
        "deviation_permille": valid.deviation_permille,
        "serious_deviation_permille": ruling.serious_deviation_permille,
        "terms_deviate": valid.terms_deviate,
    }


def changed(session: Session, valid: ValidDeclaration, standing: changes.Standing) -> str:
    """What a change changes, in words."""
    names = {no: product.name for no, product in catalog.products(session).items()}
    found = changes.in_words(changes.changes(valid, standing, names))
    return f"变更合同{standing.contract_no}(现行第{standing.version}版)：{found}"
