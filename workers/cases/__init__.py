"""Room `cases`: the file of each case, which every other room writes into and reads from.

Who filed it, where it stands in words, what happened, which stages of approval it has passed, and whether
it still runs. The row's lock arbitrates between steps that must not both happen, such as a withdrawal and
the seal.
"""

from workers.cases.case_file import (
    COMMENT_LIMIT,
    Approved,
    CaseEnded,
    approved,
    clear_approved,
    find,
    finish,
    link_document,
    lock,
    note,
    open_case,
    refile,
    sent_in,
    set_approved,
    status,
)
from workers.cases.fields import LARGEST_QUANTITY, MOST_NUMBER, FormReader, as_number, read_number, shown
from workers.cases.forms import CheckedForm, FormError
from workers.cases.numbers import next_case_no
from workers.cases.papers import PaperFact, PaperRow, PaperView, paper
from workers.cases.posts import require_post
from workers.cases.starters import TECHNICAL_ACCOUNTS, is_technical, starter
from workers.cases.store import CLOSED, OPEN, SEALED, WITHDRAWN, Case, CaseEvent
from workers.cases.view import CaseView, HistoryLine, history, overview
from workers.cases.withdrawal import OPERATORS, WithdrawForm, WithdrawnView, withdraw

__all__ = [
    "CLOSED",
    "COMMENT_LIMIT",
    "LARGEST_QUANTITY",
    "MOST_NUMBER",
    "OPEN",
    "OPERATORS",
    "SEALED",
    "TECHNICAL_ACCOUNTS",
    "WITHDRAWN",
    "Approved",
    "Case",
    "CaseEnded",
    "CaseEvent",
    "CaseView",
    "CheckedForm",
    "FormError",
    "FormReader",
    "HistoryLine",
    "PaperFact",
    "PaperRow",
    "PaperView",
    "WithdrawForm",
    "WithdrawnView",
    "approved",
    "as_number",
    "clear_approved",
    "find",
    "finish",
    "history",
    "is_technical",
    "link_document",
    "lock",
    "next_case_no",
    "note",
    "open_case",
    "overview",
    "paper",
    "read_number",
    "refile",
    "require_post",
    "sent_in",
    "set_approved",
    "shown",
    "starter",
    "status",
    "withdraw",
]
