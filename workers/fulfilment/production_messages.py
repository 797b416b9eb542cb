"""What the topics of production read and write (C6, C7)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from workers.cases import PaperView
from workers.fulfilment.messages import GoodsView, Rows
from workers.runtime import FileValue, Message, SentText


class PlanProduction(Message):
    """Read anew what has to be produced."""

    return_comment: Any = None


class ProductionPlanned(GoodsView):
    """work, wait or done; for work the form of the notice."""

    production_plan: str
    return_comment: str | None = None
    notice_lines: Rows = Field(default_factory=list)
    finish_by: str | None = None
    notice_remark: str | None = None
    notice_due: datetime | None = None


class PrepareProductionNotice(Message):
    """What planning filled."""

    notice_lines: Any = None
    finish_by: Any = None
    notice_remark: Any = None
    signed_by: SentText = None


class ProductionNoticePrepared(GoodsView, PaperView):
    """prepared, invalid (to be mended) or obsolete (there is nothing to produce any more)."""

    notice_outcome: str
    return_comment: str | None = None
    notice_lines: Rows = Field(default_factory=list)
    finish_by: str | None = None
    notice_remark: str | None = None


class IssueProductionNotice(Message):
    """The notice that the deputy GM has approved comes into force; the database knows which one."""


class BatchForm(GoodsView):
    """Mixin of outputs: the form of the next batch."""

    notice_no: str | None = None
    notice_text: str | None = None
    notice_left: Rows = Field(default_factory=list)
    batch_lines: Rows = Field(default_factory=list)
    produced_on: str | None = None
    batch_remark: str | None = None


class ProductionNoticeIssued(BatchForm):
    """Production may begin."""

    notice_document: FileValue
    batch_due: datetime


class ReportProduction(Message):
    """What production reported of a batch."""

    batch_lines: Any = None
    produced_on: Any = None
    batch_remark: Any = None
    signed_by: SentText = None


class ProductionReported(BatchForm):
    """reported, invalid or obsolete (nothing of the notice is left to be made); the form of the inspection."""

    report_outcome: str
    batch_no: str | None = None
    batch_rows: Rows = Field(default_factory=list)
    inspection_lines: Rows = Field(default_factory=list)
    inspection_remark: str | None = None
    inspection_due: datetime | None = None


class RecordInspection(Message):
    """What quality found."""

    inspection_lines: Any = None
    inspection_remark: Any = None
    signed_by: SentText = None


class InspectionRecorded(BatchForm):
    """passed (at least a part), failed (all of it goes back to production) or invalid."""

    inspection_outcome: str
    batch_no: str
    batch_rows: Rows = Field(default_factory=list)
    inspection_lines: Rows = Field(default_factory=list)
    inspection_remark: str | None = None
    certificate_no: str | None = None
    store_lines: Rows = Field(default_factory=list)
    location: str | None = None
    store_due: datetime | None = None
    batch_due: datetime | None = None


class RecordInbound(Message):
    """What the warehouse counted and stored."""

    store_lines: Any = None
    location: Any = None
    signed_by: SentText = None


class InboundRecorded(BatchForm):
    """open (the notice has something left), done or invalid."""

    inbound_outcome: str
    batch_no: str
    certificate_no: str | None = None
    batch_rows: Rows = Field(default_factory=list)
    store_lines: Rows = Field(default_factory=list)
    location: str | None = None
    batch_due: datetime | None = None
