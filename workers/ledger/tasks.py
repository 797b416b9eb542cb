"""The ledger's step: a sealed contract enters both books (C4)."""

from __future__ import annotations

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from workers import cases
from workers.database.unit_of_work import UnitOfWork
from workers.errors import InvalidInput
from workers.ledger import books, contracts
from workers.ledger.heads import lock
from workers.ledger.messages import ContractRegistered, RegisterContract
from workers.ledger.store import SEALED, VEHICLE, Book, ContractRow, EntryKind, LedgerEntry
from workers.runtime import Router, TaskContext

router = Router("ledger")


@router.task("register_contract")
def register_contract(_: RegisterContract, uow: UnitOfWork, task: TaskContext) -> ContractRegistered:
    """Enter a sealed contract in both books, once, however often it is asked for."""
    session, case_no = uow.session, task.case_no
    contract = _sealed_by(session, case_no)
    if contract is None:
        return _amended(session, case_no, task)
    lock(session)
    seqs = {
        book: (_entered(session, contract, book) or _enter(uow, contract, book, task)).seq for book in Book
    }
    if contract.status == SEALED:
        contracts.put_in_force(session, contract, tell=contract.origin != VEHICLE)
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


def _sealed_by(session: Session, case_no: str) -> ContractRow | None:
    """The new contract of the case; a car's belongs to its sale, the declaration's case has only led to it (V7)."""
    cars = and_(
        ContractRow.origin == VEHICLE, ContractRow.contract_no == cases.find(session, case_no).document_no
    )
    query = select(ContractRow).where(or_(ContractRow.case_no == case_no, cars))
    return session.scalars(query.with_for_update(key_share=True)).one_or_none()


def _amended(session: Session, case_no: str, task: TaskContext) -> ContractRegistered:
    """The case has changed a contract that the books know: its seal has entered the change in both (C13)."""
    case = cases.find(session, case_no)
    contract = session.get(ContractRow, case.document_no) if case.document_no else None
    if contract is None or case.state != cases.SEALED:
        raise InvalidInput(f"case {case_no} has no sealed contract that could be entered")
    paper = contracts.reference(contract.contract_no, contract.version)
    entries = {
        book: books.booked(session, book, EntryKind.AMENDMENT, contract.contract_no, paper) for book in Book
    }
    sales, finance = entries[Book.SALES], entries[Book.FINANCE]
    if sales is None or finance is None:
        raise InvalidInput(f"{paper} is sealed, but not in both books")
    text = f"{paper}已入销售、财务台帐"
    cases.note(session, case_no, "系统", "登记台帐", text, task.now)
    cases.status(session, case_no, f"合同{contract.contract_no}的变更已生效，已入台帐")
    return ContractRegistered.of_case(
        session,
        case_no,
        contract_no=contract.contract_no,
        sales_seq=sales.seq,
        finance_seq=finance.seq,
    )


def _entered(session: Session, contract: ContractRow, book: Book) -> LedgerEntry | None:
    entries = books.entries(session, contract.contract_no, book=book, kinds=[EntryKind.CONTRACT])
    return next((entry for entry in entries if entry.reverses is None), None)


def _enter(uow: UnitOfWork, contract: ContractRow, book: Book, task: TaskContext) -> LedgerEntry:
    return books.post(
        uow.session,
        book,
        EntryKind.CONTRACT,
        contract.contract_no,
        contract.amount,
        value_date=contract.sealed_on,
        reference=contracts.reference(contract.contract_no, contract.version),
        posted_at=task.now,
        reference_sha256=contract.document_sha256,
    )
