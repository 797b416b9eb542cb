"""A termination ends the invoicing too: requests that are open become void (C13)."""

from __future__ import annotations

from sqlalchemy import select

from workers import cases, ledger
from workers.database.unit_of_work import UnitOfWork
from workers.errors import InvalidInput
from workers.invoicing import requests
from workers.invoicing.messages import RequestsVoided, VoidRequests
from workers.invoicing.routing import router
from workers.invoicing.store import APPROVED, FILLED, INVOICE, RETURNED, InvoiceRequest, InvoiceStrand
from workers.runtime import TaskContext


@router.task("void_requests")
def void_requests(_: VoidRequests, uow: UnitOfWork, task: TaskContext) -> RequestsVoided:
    """Void the open requests of the contract's strand, and take them out of sales' book; credit notes go on.

    InvalidInput: the contract is not terminated.
    """
    session, number = uow.session, task.case_no
    contract = ledger.lock_contract(session, number)
    if contract.status != ledger.TERMINATED:
        raise InvalidInput(f"contract {number} is {contract.status}, not terminated")
    strands = select(InvoiceStrand).where(InvoiceStrand.contract_no == number, ~InvoiceStrand.reissue)
    for strand in session.scalars(strands).all():
        strand.open = False
        query = select(InvoiceRequest).where(
            InvoiceRequest.process_instance_id == strand.process_instance_id,
            InvoiceRequest.kind == INVOICE,
            InvoiceRequest.state.in_((FILLED, APPROVED, RETURNED)),
        )
        for request in session.scalars(query.order_by(InvoiceRequest.request_no)).all():
            requests.void(session, request, "合同终止", task.now)
            cases.note(session, number, "系统", "开票申请作废", request.request_no, task.now)
    return RequestsVoided.of_case(session, number)
