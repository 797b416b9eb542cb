"""Money that an amendment or a termination gave back can still be taken back and booked anew (C13, A6)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from tests.integration.amendment_desk import AmendmentDesk
from tests.integration.contract_desk import ContractDesk
from tests.integration.debts_desk import TODAY, at, contract_of, pay
from tests.integration.ledger_desk import draw
from tests.integration.receipts_desk import ReceiptsDesk, row
from tests.integration.test_amendment import carry_through, lines
from workers import cases, debts, ledger
from workers.contract.store import SEALED, DrawnContract
from workers.ledger import Book, EntryKind
from workers.receipts import references

D = Decimal


class Given:
    """A contract of 74,160 yuan, paid in full in two sums, of which 14,160 (or, terminated, 44,160) went back."""

    def __init__(self, session: Session, kind: str) -> None:
        self.session = session
        self.number = ContractDesk(session).until_registered()
        amendment = AmendmentDesk(session, self.number)
        self.money = ReceiptsDesk(session)
        self.money.now = amendment.now
        self.pay("50000.00", "流水1", "2026-03-08")
        self.pay("24160.00", "流水2", "2026-03-09")
        if kind == "change":
            carry_through(amendment.change(), lines=[lines(quantity="100")[0]])
        else:
            amendment.deliver("50")
            amendment.until_agreed()
            assert amendment.terminate().termination_outcome == "terminated"
        assert self.balance == D("74160.00") - ledger.account(session, self.number).amount

    def pay(self, amount: str, reference: str, day: str) -> None:
        """Finance books money."""
        self.money.enter(contract_no=self.number, amount=amount, bank_reference=reference, value_date=day)

    def take_back(self, reference: str) -> list[str]:
        """Finance reverses it; what the form says."""
        self.money.open(receipt_way="single")
        receipt = references.find(self.session, reference)
        assert receipt is not None
        recorded = self.money.record(
            receipt_action="reversal", receipt_id=str(receipt.id), reversal_reason="银行退票"
        )
        return [one.message for one in recorded.form_errors]

    @property
    def received(self) -> Decimal:
        return ledger.account(self.session, self.number).received

    @property
    def balance(self) -> Decimal:
        return ledger.customer_balance(self.session, "K0001")


@pytest.fixture(params=["change", "termination"])
def given(session: Session, request: pytest.FixtureRequest) -> Given:
    """The contract after each of the two."""
    return Given(session, request.param)


def whole(given: Given) -> bool:
    """Rows and entries say the same, and the ledgers are whole."""
    entries = ledger.standing(ledger.entries(given.session, given.number, book=Book.FINANCE))
    booked = {(one.kind, one.reference): one.amount for one in entries}
    rows = debts.rows_of(given.session, given.number)
    parts = {
        (str(kind), one.reference): amount
        for one in rows
        for kind, amount in (
            (EntryKind.RECEIPT, one.principal),
            (EntryKind.INTEREST_PAID, one.interest),
            (EntryKind.BALANCE, one.surplus),
        )
        if amount
    }
    money = {str(kind) for kind in debts.KINDS}
    assert {key: amount for key, amount in booked.items() if key[0] in money} == parts
    return ledger.verify(given.session) == []


@pytest.mark.rule("C13", "A6")
def test_what_was_given_back_is_surplus_of_the_newest_money(given: Given) -> None:
    newest = debts.find(given.session, "流水2")
    assert newest is not None
    assert newest.surplus == min(D("24160.00"), given.balance)
    assert whole(given)


@pytest.mark.rule("C13", "A6", "X3")
@pytest.mark.parametrize("reference", ["流水1", "流水2"])
def test_money_of_which_a_part_was_given_back_is_taken_back_whole(given: Given, reference: str) -> None:
    before = given.received + given.balance
    assert given.take_back(reference) == []
    assert before - given.received - given.balance == {"流水1": D(50000), "流水2": D(24160)}[reference]
    assert whole(given)


@pytest.mark.rule("C13", "A6", "X3")
def test_taking_back_is_refused_in_chinese_when_what_was_given_back_is_spent(given: Given) -> None:
    ledger.post(
        given.session,
        Book.FINANCE,
        EntryKind.BALANCE,
        None,
        -given.balance,
        customer_no="K0001",
        value_date=given.money.now.date(),
        reference="TK-2026-0001",
        posted_at=given.money.now,
    )
    received = given.received
    assert any("客户余额不足" in said for said in given.take_back("流水2"))
    assert given.received == received
    assert whole(given)


@pytest.mark.rule("C13", "A6", "A3")
def test_an_earlier_payment_that_comes_late_is_imported_beside_what_was_given_back(given: Given) -> None:
    before, received = given.balance, given.received
    imported = given.money.take_in(
        row("1000.00", remark=given.number, reference="流水0", day="2026-03-07"),
        row("5.00", remark="不明", payer="某人", reference="流水9", day="2026-03-07"),
    )
    assert not imported.form_errors
    assert (given.received, given.balance) == (received, before + 1000)
    early = debts.find(given.session, "流水0")
    assert early is not None
    assert (early.principal, early.value_date) == (D("1000.00"), date(2026, 3, 7))
    assert whole(given)


@pytest.mark.rule("C13", "A3")
def test_money_that_was_given_back_has_paid_until_that_day(session: Session) -> None:
    """Who had paid for the contract as it was owes no interest for those days because it became smaller later."""
    number, sealed, changed = contract_of(session, terms="T30-60-10"), date(2026, 4, 1), date(2026, 6, 20)
    pay(session, number, "2000.00", sealed, "流水1", at(sealed))
    pay(session, number, "1000.00", sealed, "流水2", at(sealed))
    smaller = [replace(ledger.goods(session, number)[0], ordered=D(5))]
    opened = cases.open_case(session, number.replace("HT", "SB"), "declaration", "xuhong", "徐红", at(sealed))
    session.add(DrawnContract(contract_no=number, case_no=opened.case_no, state=SEALED))
    sealed_anew = draw(session, number, 2, smaller, opened.case_no)
    given_back = debts.give_back(
        session, number, D(2500), reference=f"{number} 第2版", value_date=changed, reason="合同变更"
    )
    ledger.amend(
        session,
        number,
        version=2,
        amount=D(500),
        delivery_date=changed,
        document_sha256=sealed_anew.document_sha256,
        lines=smaller,
        value_date=changed,
        posted_at=at(changed),
        with_it=given_back,
    )
    account = ledger.account(session, number)
    assert (account.amount, account.received, account.interest) == (D(500), D(500), 0)
    assert debts.position(session, number, TODAY).interest_accrued == 0
    assert debts.position(session, number, date(2026, 6, 19)).outstanding == D(7000)
    early = debts.receive(
        session,
        contract_no=number,
        amount=D(700),
        value_date=date(2026, 3, 31),
        bank_reference="流水0",
        posted_at=at(TODAY),
    )
    assert (early.principal, debts.position(session, number, TODAY).interest_accrued) == (D(500), 0)
    assert ledger.customer_balance(session, "K0001") == D(3200)
    papers = {"seal_missing", "document_not_valid", "amendment_missing", "goods_not_as_sealed"}
    assert {one.code for one in ledger.verify(session)} <= papers, "this contract was made without its papers"


@pytest.mark.rule("C13", "A6", "X3")
def test_a_row_that_an_older_release_left_behind_is_refused_in_chinese(given: Given) -> None:
    """Before, an amendment reversed the entries and left the row of the money as it was."""
    stale = debts.find(given.session, "流水2")
    assert stale is not None
    stale.principal, stale.surplus, stale.booking = D("24160.00"), D("0.00"), 1
    assert given.take_back("流水2") == ["该笔收款已随合同变更或终止转为客户余额，不能冲正"]
    assert not given.money.take_in(row("1.00", remark=given.number, day="2026-03-07")).form_errors
