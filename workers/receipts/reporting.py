"""What people read about an import: sums, rows that could not be read, what still waits (A6, X3)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from workers import money
from workers.receipts.importing import Imported
from workers.receipts.payments import CNY
from workers.receipts.statements import Fault
from workers.receipts.store import IGNORED, MATCHED, UNMATCHED, StatementLine

MOST_ROWS = 200
MOST_REMARKS = 10


def summary(found: Imported) -> str:
    """What became of the file, in one sentence, and one more for each line that finance has to know of."""
    if found.known_as is not None:
        return f"该文件已在{found.known_as}导入，没有变化"
    named = ((MATCHED, "自动入账"), (UNMATCHED, "待认领"), (IGNORED, "已登记过、未重复登记"))
    there = {line.state for line in found.lines}
    said = [f"{name}{_counted(found.lines, state)}" for state, name in named if state in there]
    rows = (("有误", len(found.faults)), ("非收款", found.not_payments))
    said += [f"{name}{count}行" for name, count in rows if count]
    more = found.remarks[:MOST_REMARKS]
    if found.remarks[MOST_REMARKS:]:
        more = (*more, f"另有{len(found.remarks) - MOST_REMARKS}笔同样处理")
    return "。".join([f"共{len(found.lines)}笔收款：" + "，".join(said), *more])


def refusal(found: Imported) -> Iterator[str]:
    """Why nothing was imported."""
    if found.known_as is not None:
        yield f"银行流水文件：该文件已在{found.known_as}导入，没有重复登记"
    for fault in found.faults[:20]:
        yield f"银行流水文件：{said(fault)}"


def said(fault: Fault) -> str:
    """A fault with its line."""
    return f"第{fault.line_no}行：{fault.reason}" if fault.line_no else fault.reason


def rows(faults: Sequence[Fault]) -> list[dict[str, str]]:
    """Faults as a form's table lists them."""
    listed = [{"line": str(one.line_no or "文件"), "reason": one.reason} for one in faults[:MOST_ROWS]]
    if len(faults) > MOST_ROWS:
        listed.append({"line": "…", "reason": f"共{len(faults)}行有误，只列出前{MOST_ROWS}行"})
    return listed


def waiting_text(count: int) -> str:
    """Where the case stands while payments wait for a person."""
    return f"待财务部认领{count}笔未匹配款项" if count else "收款已登记"


def claim_summary(lines: Sequence[StatementLine]) -> str | None:
    """What waits, in one sentence."""
    if not lines:
        return None
    yuan = sum((one.amount for one in lines if one.currency == CNY), Decimal("0.00"))
    return f"共{len(lines)}笔待认领，人民币合计{money.figures(yuan)}"


def _counted(lines: Sequence[StatementLine], state: str) -> str:
    amounts = [line.amount for line in lines if line.state == state and line.currency == CNY]
    count = sum(line.state == state for line in lines)
    return f"{count}笔{money.figures(sum(amounts, Decimal('0.00')))}" if amounts else f"{count}笔"
