"""Take a bank statement in: keep the file, tell its lines apart, book what can be matched (A6, X6).

The same file again, and the same line in another file, change nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from workers import bills, ledger
from workers.calendar import SHANGHAI
from workers.documents import sha256_of
from workers.receipts import booking, facts, matching, priors, statements
from workers.receipts.kept import Money
from workers.receipts.matching import Matched, OpenContract, Unmatched
from workers.receipts.payments import Payment
from workers.receipts.priors import Place
from workers.receipts.references import Refused
from workers.receipts.statements import Fault, Statement
from workers.receipts.store import IGNORED, MATCHED, OPEN, UNMATCHED, BankStatement, StatementLine

MOST_FILENAME = 200


@dataclass(frozen=True)
class Imported:
    """What became of a file: the statement, or why there is none."""

    statement: BankStatement | None
    faults: tuple[Fault, ...]
    lines: tuple[StatementLine, ...] = ()
    not_payments: int = 0
    """Rows that are no payment to us."""
    known_as: str | None = None
    """The case in which the same file came before; nothing was changed then."""
    remarks: tuple[str, ...] = ()
    """What finance has to know of lines that were booked."""


def take_in(session: Session, content: bytes, filename: str, case_no: str, by: str, at: datetime) -> Imported:
    """Import a file for a case. What cannot be read is a fault; a file without a payment is not kept."""
    booking.one_at_a_time(session)
    before = session.scalars(
        select(BankStatement).where(BankStatement.sha256 == sha256_of(content), BankStatement.state == OPEN)
    ).one_or_none()
    if before is not None:
        return Imported(None, (), known_as=before.case_no)
    found = statements.read(content, at.astimezone(SHANGHAI).date())
    if not found.payments:
        nothing = Fault(0, "文件中没有收款")
        return Imported(None, found.faults or (nothing,), not_payments=found.ignored)
    statement = BankStatement(
        case_no=case_no,
        filename=filename[:MOST_FILENAME],
        content=content,
        sha256=sha256_of(content),
        account=found.account,
        state=OPEN,
        faults=[{"line": fault.line_no, "reason": fault.reason} for fault in found.faults],
        imported_by=by,
        imported_at=at,
    )
    session.add(statement)
    session.flush()
    desk = _Desk(session, statement, found)
    lines = desk.work()
    return Imported(statement, found.faults, tuple(lines), found.ignored, remarks=tuple(desk.remarks))


class _Desk:
    """Where the lines of one statement are worked on, one after the other: each sees what the ones before paid."""

    def __init__(self, session: Session, statement: BankStatement, found: Statement) -> None:
        self.session, self.statement, self.payments = session, statement, found.payments
        self.today = statement.imported_at.astimezone(SHANGHAI).date()
        self.remarks: list[str] = []
        self.known = facts.known(session)
        self.priors = priors.Priors.of(session, found.payments)
        self.open = self._lock()

    def _lock(self) -> dict[str, OpenContract]:
        """Lock every contract that a line may be for, all at once and in order; then read what is open on them."""
        customers = {
            number
            for one in self.payments
            for number in self.known.by_name.get(matching.plain_name(one.payer), ())
        }
        amounts = {one.amount for one in self.payments}
        numbers = facts.open_numbers(self.session, customers, amounts)
        named = {no for one in self.payments for no in matching.numbers_in(one.remark, self.known)}
        ledger.lock_contracts(self.session, {*numbers, *named} - self.known.bills)
        bill_numbers = bills.within(self.session, customers, amounts)
        return facts.open_contracts(self.session, [*numbers, *bill_numbers], self.today)

    def work(self) -> Iterable[StatementLine]:
        lines = [self._line(payment) for payment in self.payments]
        self.session.flush()
        return lines

    def _line(self, payment: Payment) -> StatementLine:
        place = self.priors.place(payment)
        if place.state == IGNORED:
            return self._keep(payment, place)
        outcome = Unmatched(place.reason) if place.reason else self._match(payment)
        if isinstance(outcome, Matched):
            try:
                return self._book(payment, place, outcome)
            except Refused as error:
                outcome = Unmatched(str(error), (outcome.contract_no,))
        return self._keep(payment, Place(place.key, UNMATCHED, outcome.reason), outcome.candidates)

    def _match(self, payment: Payment) -> Matched | Unmatched:
        contracts = self.open.values()
        return matching.match(
            payment.amount, payment.payer, payment.remark, payment.currency, self.known, contracts
        )

    def _book(self, payment: Payment, place: Place, found: Matched) -> StatementLine:
        paid = Money(
            payment.amount,
            payment.value_date,
            place.key,
            payment.payer,
            payment.remark,
            self.statement.case_no,
            self.statement.imported_by,
            self.statement.imported_at,
        )
        booked = booking.pay(self.session, paid, found.contract_no)
        if booked.remark:
            whose = "结算单" if booked.receipt.bill_no else "合同"
            self.remarks.append(f"第{payment.line_no}行（{whose}{found.contract_no}）：{booked.remark}")
        now = facts.open_contract(self.session, found.contract_no, self.today)
        if now is None:
            self.open.pop(found.contract_no, None)
        elif found.contract_no in self.open:
            self.open[found.contract_no] = now
        return self._keep(
            payment,
            Place(place.key, MATCHED, found.by),
            (found.contract_no,),
            receipt_id=booked.receipt.id,
        )

    def _keep(
        self, payment: Payment, place: Place, candidates: Iterable[str] = (), receipt_id: int | None = None
    ) -> StatementLine:
        line = StatementLine(
            statement_id=self.statement.id,
            line_no=payment.line_no,
            value_date=payment.value_date,
            amount=payment.amount,
            currency=payment.currency,
            payer=payment.payer,
            payer_account=payment.payer_account,
            remark=payment.remark,
            bank_reference=payment.reference,
            key=place.key,
            state=place.state,
            reason=place.reason,
            candidates=list(candidates),
            receipt_id=receipt_id,
        )
        self.session.add(line)
        return line


def total(lines: Iterable[StatementLine], state: str) -> tuple[int, Decimal]:
    """How many lines are in that state, and what they add up to in yuan."""
    amounts = [line.amount for line in lines if line.state == state]
    return len(amounts), sum(amounts, Decimal("0.00"))
