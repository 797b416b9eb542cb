"""The ledger's step: a sealed contract enters both books (C4)."""

from __future__ import annotations

from sqlalchemy import select

from workers import cases
from workers.calendar import SHANGHAI
from workers.database.unit_of_work import UnitOfWork
from workers.errors import InvalidInput
from workers.ledger import books
from workers.ledger.messages import ContractRegistered, RegisterContract
from workers.ledger.store import IN_FORCE, Book, ContractRow, EntryKind, LedgerEntry
from workers.runtime import Router, TaskContext

router = Router("ledger")


@router.task("register_contract")
def register_contract(_: RegisterContract, uow: UnitOfWork, task: TaskContext) -> ContractRegistered:
    """Enter a sealed contract in both books, once, however often it is asked for."""
    session, case_no = uow.session, task.case_no
    contract = session.scalars(
        select(ContractRow).where(ContractRow.case_no == case_no).with_for_update()
    ).one_or_none()
    if contract is None:
        raise InvalidInput(f"case {case_no} has no sealed contract that could be entered")
    books.lock(session, Book)
    seqs = {}
    for book in Book:
        entry = session.scalars(
            select(LedgerEntry).where(
                LedgerEntry.book == book,
                LedgerEntry.contract_no == contract.contract_no,
                LedgerEntry.kind == EntryKind.CONTRACT,
                LedgerEntry.reverses.is_(None),
            )
        ).one_or_none()
        seqs[book] = (entry or _enter(uow, contract, book, task)).seq
    if contract.status != IN_FORCE:
        contract.status = IN_FORCE
        cases.note(
            session, case_no, "系统", "登记台帐", f"合同{contract.contract_no}已入销售、财务台帐", task.now
        )
        cases.status(session, case_no, f"合同{contract.contract_no}已生效，已入台帐")
    return ContractRegistered.of_case(
        session,
        case_no,
        contract_no=contract.contract_no,
        sales_seq=seqs[Book.SALES],
        finance_seq=seqs[Book.FINANCE],
    )


def _enter(uow: UnitOfWork, contract: ContractRow, book: Book, task: TaskContext) -> LedgerEntry:
    return books.append(
        uow.session,
        book,
        contract.contract_no,
        EntryKind.CONTRACT,
        contract.amount,
        value_date=contract.sealed_at.astimezone(SHANGHAI).date(),
        reference=f"{contract.contract_no} 第{contract.version}版",
        posted_at=task.now,
        reference_sha256=contract.document_sha256,
    )
