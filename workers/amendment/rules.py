"""Pure rules of a request to amend a contract: what it asks for, and whether it may begin (C13, X3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from workers.cases import FormError, FormReader
from workers.contract.store import CHANGE, TERMINATION

KINDS = {CHANGE: "变更", TERMINATION: "终止"}
MOST_REASON = 500

NOT_IN_FORCE = {
    "sealed": "还没有登记台帐",
    "completed": "已经履行完毕",
    "terminated": "已经终止",
}


@dataclass(frozen=True)
class Request:
    """What is to happen to which contract, and why."""

    contract_no: str
    kind: str
    reason: str


@dataclass(frozen=True)
class Found:
    """The contract that the request names, as the database knows it."""

    status: str
    has_text: bool
    """Whether its text was drawn up here; that of a contract taken over at the opening was not."""
    open_amendment: str | None
    is_car: bool = False
    """A car's contract (V7): its order alone ends it."""


def read(raw: Mapping[str, Any]) -> Request | list[FormError]:
    """The request as a form or a caller sent it, or what is wrong with it."""
    reader = FormReader()
    typed = raw.get("otherContractNo")
    chosen = typed if typed not in (None, "") else raw.get("contractNo")
    contract_no = reader.number("contractNo", "合同", chosen)
    kind = raw.get("amendmentKind")
    if not isinstance(kind, str) or kind not in KINDS:
        reader.wrong("amendmentKind", f"办理事项：请选择{'或'.join(KINDS.values())}")
        kind = ""
    reason = reader.text("amendmentReason", "事由", raw.get("amendmentReason"), MOST_REASON, lines=True)
    return reader.errors or Request(contract_no, kind, reason)


def findings(request: Request, found: Found | None, own_no: str | None = None) -> list[FormError]:
    """Why the contract cannot be amended now; empty when it can. `own_no`: the amendment that asks."""
    reader, number = FormReader(), request.contract_no
    if found is None:
        reader.wrong("contractNo", f"合同：台帐中没有合同“{number}”")
    elif found.status in NOT_IN_FORCE:
        reader.wrong("contractNo", f"合同：{number}{NOT_IN_FORCE[found.status]}，不能变更或终止")
    elif found.open_amendment not in (None, own_no):
        reader.wrong(
            "contractNo", f"合同：{number}的变更或终止({found.open_amendment})正在办理，办完以后才能再提出"
        )
    elif found.is_car:
        reader.wrong("contractNo", f"合同：{number}是购车合同，在交车前由业务员在“我的购车订单”里申请解除")
    elif request.kind == CHANGE and not found.has_text:
        reader.wrong("amendmentKind", f"办理事项：{number}是期初转入的合同，系统中没有合同文本，只能终止")
    return reader.errors
