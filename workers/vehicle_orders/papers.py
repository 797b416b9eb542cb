"""Papers of a car's order: standard contract, deposit receipt, handover, the end of a cancelled contract."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from workers import cases, catalog, customers, documents, ledger, policy, vehicles
from workers.calendar import SHANGHAI
from workers.documents import Company, Document, Paper, Signature
from workers.money import figures, in_words
from workers.org import OrgChart
from workers.runtime import FileValue
from workers.vehicle_orders import rules, view
from workers.vehicle_orders.rules import Settlement, Terms
from workers.vehicle_orders.store import DRAWN, VehicleCancellation, VehicleContract, VehicleOrder

CONTRACT, DEPOSIT, HANDOVER = "HT", "DJ", "JC"
STAGE = "vehicle_contract"
"""The sales manager's signature alone; below the policy's floor `ContractApprovalProcess` signs (C2, V6)."""
TITLE = "汽车销售合同"
PDF = "application/pdf"


def draw(
    session: Session,
    order: VehicleOrder,
    sale: vehicles.Sale,
    terms: Terms,
    by: str,
    company: Company,
    org: OrgChart,
    at: datetime,
) -> Document:
    """The contract's next version; the first one takes the number, and opens the paper's case for its signers."""
    before = view.latest(session, order.sale_no)
    if before is None:
        number = documents.next_number(session, CONTRACT, at.astimezone(SHANGHAI).year)
        cases.open_case(session, number, STAGE, by, org.name_of(by), at, order.process_instance_id)
    else:
        number = before.contract_no
        cases.refile(session, number, by, org.name_of(by), at)
    document = _file(session, _contract(session, sale, terms, org), number, order.sale_no, company, at)
    session.add(
        VehicleContract(
            contract_no=number,
            version=document.version,
            sale_no=order.sale_no,
            price=sale.price,
            deposit=terms.deposit,
            promised_at=terms.promised_at,
            remarks=terms.remarks,
            document_sha256=document.sha256,
            drawn_by=by,
            drawn_at=at,
            state=DRAWN,
        )
    )
    session.flush()
    return document


def _file(
    session: Session, paper: Paper, number: str, case_no: str, company: Company, at: datetime
) -> Document:
    """A paper under the contract's number."""
    version = documents.next_version(session, number)
    return documents.file(
        session,
        number=number,
        kind=CONTRACT,
        case_no=case_no,
        content=documents.rendered(paper, company, number, version, at),
        media_type=PDF,
        filename=f"{number}-v{version}.pdf",
        at=at,
    )


def _contract(session: Session, sale: vehicles.Sale, terms: Terms, org: OrgChart) -> Paper:
    customer, product = customers.find(session, sale.customer_no), catalog.product(session, sale.model_no)
    name, specification = (product.name, product.specification) if product else (sale.model_no, "")
    rest = sale.price - terms.deposit
    return Paper(
        CONTRACT,
        title=TITLE,
        copies=("",),
        facts=[
            ("买方", customer.name),
            ("电话", customer.phone),
            ("车型", name),
            ("配置", specification or "标准配置"),
            ("颜色", sale.colour),
            ("车价", f"{figures(sale.price)}（{in_words(sale.price)}）"),
            ("定金", f"{figures(terms.deposit)}（{in_words(terms.deposit)}）"),
            ("约定交车时间", view.moment_text(terms.promised_at)),
            ("销售顾问", org.name_of(sale.salesperson)),
            ("交车时在场的服务人员", org.name_of(sale.service_person)),
        ],
        text=[
            "一、卖方按上列车型、配置、颜色和价格向买方出售汽车一辆，车价为含税价。",
            f"二、买方签订合同时支付定金{figures(terms.deposit)}；定金抵作车款，余款{figures(rest)}在交车前付清。",
            "三、卖方按约定时间交付洁净、无缺陷的车辆。可能延期的，卖方在约定时间之前告知买方，双方另约时间。",
            "四、交车时双方当面验车，卖方讲解操作与保养，交付随车文件、钥匙和工具，买方在交车确认单上签字。",
            "五、买方不履行合同的，无权请求返还定金；卖方不履行合同的，应当双倍返还定金。定金不超过车价的百分之二十"
            "（民法典第五百八十六条、第五百八十七条）。",
            "六、车辆的质量保证和三包责任按国家规定和厂家的保修手册执行。",
            f"七、补充约定：{terms.remarks or '无'}。",
            "八、本合同自买方签字、卖方会签之日起生效，双方各执一份。争议协商不成的，由卖方所在地人民法院管辖。",
        ],
        signatures=[
            Signature("买方（签字）"),
            Signature("卖方销售部经理（会签）"),
        ],
    )


def to_countersign(
    session: Session, contract: VehicleContract, sale: vehicles.Sale, org: OrgChart
) -> dict[str, Any]:
    """The signed contract as the sales manager reads it: the fields of `PaperView`, and what the customer signed."""
    price = policy.version(session, sale.policy_version).prices[sale.model_no]
    document = documents.find(session, contract.contract_no, contract.version)
    shown = cases.paper(
        STAGE,
        contract.contract_no,
        TITLE,
        facts=[
            ("客户", customers.find(session, sale.customer_no).name),
            ("车型", f"{price.product_name} {sale.colour}"),
            ("车价", figures(sale.price)),
            ("政策牌价", figures(price.list_price)),
            ("政策底价", figures(price.floor_price)),
            ("定金", figures(contract.deposit)),
            ("约定交车时间", view.moment_text(contract.promised_at)),
            ("客户签署", f"{contract.signer}，{contract.signed_on}"),
            ("销售顾问", org.name_of(sale.salesperson)),
            ("补充约定", contract.remarks or "无"),
        ],
        amount=sale.price,
        document=FileValue(document.filename, document.content, document.media_type),
    )
    return {**shown, "paper_scan": _signed(contract)}


def _signed(contract: VehicleContract) -> FileValue | None:
    if contract.scan is None:
        return None
    ending = documents.ending(contract.media_type)
    return FileValue(f"{contract.contract_no}-signed.{ending}", contract.scan, contract.media_type)


def to_enrol(
    session: Session, order: VehicleOrder, contract: VehicleContract, sale: vehicles.Sale, at: datetime
) -> tuple[ledger.ContractRow, ledger.GoodsLine]:
    """The contract and its one line, as the ledgers keep them."""
    customer, product = customers.find(session, sale.customer_no), catalog.product(session, sale.model_no)
    terms = policy.version(session, sale.policy_version).document
    row = ledger.ContractRow(
        contract_no=contract.contract_no,
        version=contract.version,
        case_no=order.sale_no,
        customer_no=sale.customer_no,
        customer_name=customer.name,
        salesperson=sale.salesperson,
        amount=sale.price,
        delivery_date=contract.promised_at.astimezone(SHANGHAI).date(),
        document_sha256=contract.document_sha256,
        sealed_at=at,
        origin=ledger.VEHICLE,
        payment_terms=vehicles.PAYMENT_TERMS,
        policy_version=sale.policy_version,
        needs_jointing=False,
        commission_permille=terms.commission_permille,
        invoice_gate_percent=terms.invoice_gate_percent,
    )
    line = ledger.GoodsLine(
        line_no=1,
        product_no=sale.model_no,
        product_name=product.name if product else sale.model_no,
        unit=product.unit if product else "辆",
        specification=sale.colour,
        unit_price=sale.price,
        ordered=Decimal(1),
    )
    return row, line


def deposit_receipt(
    session: Session,
    order: VehicleOrder,
    sale: vehicles.Sale,
    amount: Decimal,
    company: Company,
    at: datetime,
) -> Document:
    """定金收据: the deposit is there in full."""
    facts = [
        ("购车合同", order.contract_no or ""),
        ("交款人", customers.find(session, sale.customer_no).name),
        ("定金", f"{figures(amount)}（{in_words(amount)}）"),
        ("车价", figures(sale.price)),
    ]
    note = "本定金抵作车款。买方不履行合同的，无权请求返还；卖方不履行合同的，双倍返还。"
    paper = Paper(DEPOSIT, facts=facts, notes=[note], signatures=[Signature("财务部")])
    return documents.issue(session, paper, company, case_no=order.sale_no, at=at)


def handover(
    session: Session,
    order: VehicleOrder,
    sale: vehicles.Sale,
    car: vehicles.Vehicle,
    facts: list[tuple[str, str]],
    by: str,
    company: Company,
    org: OrgChart,
    at: datetime,
) -> Document:
    """交车确认单: what was handed over to whom, with what was explained."""
    head = [
        ("购车合同", order.contract_no or ""),
        ("客户", customers.find(session, sale.customer_no).name),
        ("车型", car.model),
        ("颜色", car.colour),
        ("车架号", car.vin),
    ]
    paper = Paper(
        HANDOVER,
        facts=[*head, *facts],
        notes=["客户已当面验车，车辆洁净、无缺陷；操作与保养已讲解，随车文件、钥匙和工具已点交。"],
        signatures=[Signature("交车人", org.name_of(by), at), Signature("客户（签字）")],
    )
    return documents.issue(session, paper, company, case_no=order.sale_no, at=at)


def cancellation(
    session: Session,
    order: VehicleOrder,
    sale: vehicles.Sale,
    asked: VehicleCancellation,
    settled: Settlement,
    company: Company,
    org: OrgChart,
    at: datetime,
) -> Document:
    """The end of the contract, filed as its next version."""
    paper = Paper(
        CONTRACT,
        title="购车合同解除确认书",
        copies=("",),
        facts=[
            ("购车合同", order.contract_no or ""),
            ("客户", customers.find(session, sale.customer_no).name),
            ("解除原因", f"{rules.FAULTS[asked.fault]}：{asked.reason}"),
            ("处理决定", f"{rules.DECISIONS[asked.state]}：{asked.decision_reason}"),
            ("已付定金", figures(asked.deposit)),
            ("本店留存", figures(settled.kept)),
            ("退还客户", figures(settled.repaid)),
        ],
        signatures=[
            Signature("销售部经理", org.name_of(asked.decided_by), at),
            Signature("客户（签字）"),
        ],
    )
    return _file(session, paper, order.contract_no or "", order.sale_no, company, at)
