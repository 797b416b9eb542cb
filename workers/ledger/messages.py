"""What the ledger's topics read and write."""

from __future__ import annotations

from workers.cases import CaseView
from workers.runtime import Message


class RegisterContract(Message):
    """Enter the case's sealed contract; which one it is stands in the database."""


class ContractRegistered(CaseView):
    """The contract's entries in both books."""

    contract_no: str
    sales_seq: int
    finance_seq: int
