"""The life of a contract after its seal: goods, money, invoices, commission, a closed month; and a debt beside it."""

from __future__ import annotations

import time
from datetime import timedelta
from decimal import Decimal

from workers import calendar, debts, documents, ledger
from workers.database.unit_of_work import UnitOfWork
from workers.demo import money
from workers.demo.desk import GLANCE_SECONDS, PATIENCE_SECONDS, NothingOnTheDesk
from workers.demo.goods import Goods
from workers.demo.money import Credit
from workers.demo.story import Company, Tell
from workers.money import figures

DEBTOR = "K0002"
"""Whose old contract is overdue."""


def fulfil(company: Company, number: str, tell: Tell) -> None:
    """C6 to C11: production in two batches, two deliveries, the bank's money in three parts, two invoices."""
    goods, account = Goods(company, number), _account(company, number)
    ordered = {line.line_no: line.ordered for line in _lines(company, number)}
    everything = {line: _plain(quantity) for line, quantity in ordered.items()}
    half = {line: _plain((quantity / 2).quantize(Decimal(1))) for line, quantity in ordered.items()}
    rest = {line: _plain(ordered[line] - Decimal(half[line])) for line in ordered}

    goods.order_production(everything)
    tell("计划科编制生产通知单, 分管副总签发")
    _pay(company, number, account.amount * Decimal("0.3"), "预付款")
    tell(f"银行流水导入: 预付款 {figures(account.amount * Decimal('0.3'))} 按合同号自动入账")
    money.joint(company, number)
    tell("首期款已到: 接续派工, 客户验收合格")
    goods.make(half)
    goods.deliver(half)
    tell("第一批: 生产、质检合格、入库, 发货单签批, 出门登记, 客户签收后财务入账")
    _pay(company, number, account.amount * Decimal("0.3"), "进度款")
    shown = money.invoice(company, number, f"2632{company.today:%m%d}{number[-4:]}00000001")
    tell(f"收款达到 {shown['percentReceived']}: 开票申请由财务副总签批, 开具全额发票")
    last = next(iter(rest))
    goods.report(rest)
    goods.inspect({**rest, last: _plain(Decimal(rest[last]) - 2)}, {last: "2"}, "表面气泡")
    goods.store({**rest, last: _plain(Decimal(rest[last]) - 2)})
    goods.make({last: "2"})
    goods.deliver(rest)
    tell("第二批: 2件质检不合格退回重做, 补齐后全部发完")
    _pay(company, number, account.amount * Decimal("0.4"), "余款")
    tell(f"余款到账, 合同 {number} 履行完毕")


def owe(company: Company, tell: Tell) -> None:
    """A1 to A3: an old contract is overdue; the receivables are analysed, it is called for, and paid with interest."""
    number = f"HT-{company.today.year - 1}-{company.today:%m%d}"
    with UnitOfWork(company.app.sessions) as uow:
        if ledger.find(uow.session, number) is not None:
            tell(f"期初合同 {number} 今天已经演示过")
            return
    _enter_old_contract(company, number)
    tell(f"期初合同 {number} 入账: 货已交付, 尾款逾期")
    review = company.desk("finance").start("ReceivablesReviewProcess", {})
    for post, step in (("sales_manager", "Task_ReadSales"), ("finance", "Task_ReadFinance")):
        shown = company.desk(post).do(review, step, {"comment": "已阅, 请业务员跟进"})
    tell(f"应收账款分析送达销售与财务: 逾期合计 {shown['overdueFigures']}")
    case = _collection_of(company, number)
    letter = {
        "reminderSentOn": company.today.isoformat(),
        "reminderWay": "courier",
        "trackingNo": "SF1000000001",
    }
    shown = company.desk("sales_operations").do(case, "Task_SendReminder", letter)
    owed = f"逾期 {shown['overdueFigures']} 已 {shown['overdueDays']} 天, 利息 {shown['interestFigures']}"
    tell(f"催款函 {case} 寄出: {owed}")
    promise = {
        "callOutcome": "promised",
        "promisedOn": company.workday(5).isoformat(),
        "nextContactOn": None,
        "callNote": "对方财务答应五日内付清",
    }
    company.desk("salesperson").do(case, "Task_CallDebtor", promise)
    _await_hold(company, placed=True)
    tell("业务员电话催收, 对方承诺付款; 客户已停止签约和发货")
    with UnitOfWork(company.app.sessions) as uow:
        place = debts.position(uow.session, number, company.today)
    _pay(company, number, place.outstanding + place.interest_owed, "尾款及利息")
    _await_hold(company, placed=False)
    tell(f"本金 {figures(place.outstanding)} 和利息 {figures(place.interest_owed)} 到账, 限制自动解除")


def _await_hold(company: Company, *, placed: bool) -> None:
    """Wait until the debtor is held, or free again (A3)."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        with UnitOfWork(company.app.sessions) as uow:
            if (debts.hold_of(uow.session, DEBTOR) is not None) is placed:
                return
        if time.monotonic() > deadline:
            raise NothingOnTheDesk(f"{DEBTOR} is {'not held' if placed else 'still held'}")
        time.sleep(GLANCE_SECONDS)


def _enter_old_contract(company: Company, number: str) -> None:
    """A contract from before these books, delivered 80 days ago, whose last part was never paid."""
    app, day = company.app, company.today
    version = company.policy()
    assert version is not None, "no sales policy is in force"  # noqa: S101 - the story comes in order
    content = {
        "number": number,
        "customer": DEBTOR,
        "salesperson": company.desk("salesperson").user,
        "amount": "120000.00",
        "sealed_on": (day - timedelta(days=150)).isoformat(),
        "delivery_on": (day - timedelta(days=80)).isoformat(),
        "delivered_on": (day - timedelta(days=80)).isoformat(),
        "payment_terms": next(iter(version.payment_terms)),
        "received": [
            {
                "amount": "84000.00",
                "value_date": (day - timedelta(days=145)).isoformat(),
                "reference": f"旧账回单-{number}",
            }
        ],
    }
    company_data = documents.load_company(app.settings.config_dir / "company.yaml")
    with UnitOfWork(app.sessions) as uow:
        ledger.open_contracts(
            uow.session, content, org=app.org.current(), company=company_data, by="admin", at=calendar.now()
        )


def _collection_of(company: Company, number: str) -> str:
    """Wait for the collection of the contract's debt; its number."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        with UnitOfWork(company.app.sessions) as uow:
            found = debts.open_case_of(uow.session, number)
        if found is not None:
            return found
        if time.monotonic() > deadline:
            raise NothingOnTheDesk(f"no collection for {number}")
        time.sleep(GLANCE_SECONDS)


def close_the_month(company: Company, contract_no: str, tell: Tell) -> str | None:
    """C12, C9: the month is closed, commission accrues, the contract's is paid. The commission's number."""
    with UnitOfWork(company.app.sessions) as uow:
        if ledger.open_month(uow.session, company.today) > company.today:
            tell(f"{company.today:%Y-%m} 已结账, 演示不再重复")
            return None
    differences = money.close_month(company, "演示: 提前结账")
    tell(f"盘点与对账: 差异 {len(differences)} 处, 均已处理; {company.today:%Y年%m月} 已结账")
    number = money.announced_commission(company)
    shown = money.pay_commission(company, number, contract_no)
    tell(f"业务提成单 {number}: 审核、批准并发放 {shown['payoutTotal']}")
    return number


def _pay(company: Company, number: str, amount: Decimal, what: str) -> None:
    """The customer pays; the bank's statement names the contract."""
    with UnitOfWork(company.app.sessions) as uow:
        payer = ledger.contract(uow.session, number).customer_name
    cent = amount.quantize(Decimal("0.01"))
    before = _account(company, number).received
    reference = f"{company.today:%Y%m%d}-{number[-4:]}-{what}"
    money.upload_statement(company, [Credit(cent, payer, f"{number} {what}", reference, company.today)])
    deadline = time.monotonic() + PATIENCE_SECONDS
    while _account(company, number).received == before:
        if time.monotonic() > deadline:
            raise NothingOnTheDesk(f"{what} for {number} was not booked")
        time.sleep(GLANCE_SECONDS)


def _account(company: Company, number: str) -> ledger.Account:
    with UnitOfWork(company.app.sessions) as uow:
        return ledger.account(uow.session, number)


def _lines(company: Company, number: str) -> list[ledger.GoodsLine]:
    with UnitOfWork(company.app.sessions) as uow:
        return ledger.goods(uow.session, number)


def _plain(quantity: Decimal) -> str:
    return format(quantity.normalize(), "f")
