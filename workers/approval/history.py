"""Who signed what, when and with which words, for any document (X5)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from workers.approval.store import ApprovalRecord


def records(session: Session, number: str) -> list[ApprovalRecord]:
    """Every signature on a case or a document, by the number of either, oldest first."""
    return list(
        session.scalars(
            select(ApprovalRecord)
            .where(or_(ApprovalRecord.case_no == number, ApprovalRecord.document_no == number))
            .order_by(ApprovalRecord.id)
        )
    )


def of_steps(session: Session, step_ids: Sequence[int]) -> list[ApprovalRecord]:
    """The signatures on those steps, oldest first."""
    return list(
        session.scalars(
            select(ApprovalRecord).where(ApprovalRecord.step_id.in_(step_ids)).order_by(ApprovalRecord.id)
        )
    )


def as_signature(record: ApprovalRecord) -> dict[str, Any]:
    """A signature as plain data, for other rooms, forms and the command line."""
    return {
        "stage": record.stage,
        "post": record.post,
        "postName": record.post_name,
        "signer": record.signer,
        "signerName": record.signer_name,
        "actingFor": record.acting_for,
        "actingForName": record.acting_for_name,
        "decision": record.decision,
        "comment": record.comment,
        "reference": record.reference,
        "at": record.signed_at.isoformat(),
    }
