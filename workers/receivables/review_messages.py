"""What the topics of the monthly review read and write."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from workers.cases import CaseView, CheckedForm
from workers.runtime import FileValue, Message, SentText


class OrderReview(Message):
    """The first of a month has come: have the month before reviewed."""


class ReviewOrdered(Message):
    """The number that the review will have."""

    review_no: str


class OpenReview(Message):
    """Open a receivables review; with a number and without a person it is the monthly timer's."""

    started_by: SentText = None
    applicant: Any = None
    as_of: Any = None


class ReviewOpened(CaseView, CheckedForm):
    """The review's number and the day that it looks at; with errors the starter is asked for the day again."""

    case_no: str
    as_of: str | None
    choose_due: datetime


class CheckReview(Message):
    """Check the day that the starter sent."""

    as_of: Any = None
    signed_by: SentText = None


class ReviewChecked(CaseView, CheckedForm):
    """Whether the analysis can begin."""

    as_of: str | None


class Analyse(Message):
    """Analyse the receivables; the day stands in the database."""


class AgeRow(Message):
    """A class of age as the forms show it."""

    bucket: str
    amount: str


class CustomerRow(Message):
    """A customer who owes something, as the forms show it."""

    customer: str
    grade: str
    outstanding: str
    overdue: str
    overdue_days: int
    interest: str


class ReceivablesAnalysed(CaseView, CheckedForm):
    """The report's files and its main figures."""

    report_page: FileValue
    report_workbook: FileValue
    review_day: str
    outstanding_figures: str
    overdue_figures: str
    interest_figures: str
    overdue_contracts: int
    age_rows: list[AgeRow]
    customer_rows: list[CustomerRow]
    reading_due: datetime


class RecordReading(Message):
    """Somebody has read the report. `post` is the diagram's, whose step it is."""

    post: str
    comment: Any = None
    signed_by: SentText = None


class ReadingRecorded(CaseView, CheckedForm):
    """Whether it counts."""


class StartCollections(Message):
    """Have a collection started for each overdue contract that has none."""


class CollectionsStarted(CaseView):
    """How many were started."""

    collections_started: int
