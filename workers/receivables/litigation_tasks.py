"""The steps of a collection that hurt: hold, withheld commission, litigation, write-off (A3–A5)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from workers import cases, commission, debts, ledger, money, policy
from workers.calendar import SHANGHAI, WorkingHours
from workers.cases import FormReader
from workers.database.unit_of_work import UnitOfWork
from workers.errors import InvalidInput
from workers.ledger import Book, EntryKind
from workers.org import OrgChart
from workers.receivables import collecting, dossier, figures, rules
from workers.receivables.messages import (
    CommissionWithheld,
    DebtWrittenOff,
    DecideLitigation,
    HoldPlaced,
    HoldReleased,
    LitigationDecided,
    LitigationPrepared,
    LitigationProposed,
    LitigationRecorded,
    PlaceHold,
    PrepareLitigation,
    ProposeLitigation,
    RecordLitigation,
    ReleaseHold,
    WithholdCommission,
    WriteOff,
)
from workers.receivables.router import router
from workers.receivables.store import CollectionContact, LitigationProposal
from workers.runtime import FileValue, TaskContext

KIND = "litigation"
PAPER_PREFIX = "SS"


@router.task("place_hold")
def place_hold(
    _: PlaceHold, uow: UnitOfWork, task: TaskContext, org: OrgChart, office: WorkingHours
) -> HoldPlaced:
    """No new contract and no delivery for the customer until somebody entitled releases it (A3)."""
    session, case_no, today = uow.session, task.case_no, task.now.astimezone(SHANGHAI).date()
    collection = collecting.find(session, case_no)
    contract = ledger.lock_contract(session, collection.contract_no)
    cases.lock(session, case_no, task.process_instance_id)
    place = debts.position(session, collection.contract_no, today)
    reason = f"合同{collection.contract_no}逾期{place.overdue_days}天"
    debts.place_hold(
        session, contract.customer_no, case_no=case_no, reason=reason, by=collecting.SYSTEM, at=task.now
    )
    cases.note(session, case_no, "系统", "停止签约和发货", reason, task.now)
    return HoldPlaced.of_case(
        session,
        case_no,
        release_due=policy.due(session, "release_hold", task.now, office),
        **figures.of_contract(session, collection.contract_no, org, task.now),
    )


@router.task("release_hold")
def release_hold(form: ReleaseHold, uow: UnitOfWork, task: TaskContext, org: OrgChart) -> HoldReleased:
    """The deputy general manager for finance releases the hold with a reason, which is kept (A3, X5)."""
    session, case_no = uow.session, task.case_no
    collection = collecting.find(session, case_no)
    contract = ledger.lock_contract(session, collection.contract_no)
    cases.lock(session, case_no, task.process_instance_id)
    reader, by = FormReader(), form.signed_by or ""
    cases.require_post(reader, form.signed_by, "deputy_gm_finance", task, org)
    reason = reader.text("releaseReason", "解除理由", form.release_reason, rules.MOST_NOTE, lines=True)
    if reader.errors:
        return HoldReleased.of_case(
            session,
            case_no,
            release_outcome="invalid",
            release_errors=reader.errors,
            release_reason=cases.shown(form.release_reason, rules.MOST_NOTE),
        )
    debts.release_hold(session, contract.customer_no, reason=reason, by=by, at=task.now)
    cases.note(session, case_no, org.name_of(by), "解除停止签约和发货", reason, task.now, user=by)
    return HoldReleased.of_case(session, case_no, release_outcome="released", release_errors=[])


@router.task("withhold_commission")
def withhold_commission(_: WithholdCommission, uow: UnitOfWork, task: TaskContext) -> CommissionWithheld:
    """Withhold commission that is still due up to the overdue amount, to zero and not below; the debt stays (A4)."""
    session, case_no, today = uow.session, task.case_no, task.now.astimezone(SHANGHAI).date()
    collection = collecting.find(session, case_no)
    ledger.lock_contract(session, collection.contract_no)
    cases.lock(session, case_no, task.process_instance_id)
    overdue = debts.position(session, collection.contract_no, today).overdue_principal
    parts = commission.withhold(
        session, collection.contract_no, overdue, value_date=today, posted_at=task.now
    )
    amount = sum((part.amount for part in parts), collecting.ZERO)
    cases.note(session, case_no, "系统", "扣发业务提成", money.figures(amount), task.now)
    return CommissionWithheld.of_case(session, case_no, withheld_now=money.figures(amount))


@router.task("propose_litigation")
def propose_litigation(
    _: ProposeLitigation, uow: UnitOfWork, task: TaskContext, org: OrgChart
) -> LitigationProposed:
    """Fill the paper that asks the general manager; the contract's salesperson counts as its author (A5)."""
    session, case_no, today = uow.session, task.case_no, task.now.astimezone(SHANGHAI).date()
    collection = collecting.find(session, case_no)
    contract = ledger.lock_contract(session, collection.contract_no)
    cases.lock(session, case_no, task.process_instance_id)
    number = cases.next_case_no(session, PAPER_PREFIX, today.year)
    filler = collecting.caller(org, contract.salesperson, today)
    cases.open_case(session, number, KIND, filler, org.name_of(filler), task.now)
    session.add(LitigationProposal(paper_no=number, case_no=case_no, proposed_at=task.now))
    place = debts.position(session, collection.contract_no, today)
    shown = figures.of_contract(session, collection.contract_no, org, task.now)
    contacts = figures.contacts(session, case_no, org)
    cases.note(session, case_no, "系统", "提请诉讼", number, task.now)
    return LitigationProposed.of_case(
        session,
        case_no,
        **cases.paper(
            KIND,
            number,
            f"诉讼审批（合同{collection.contract_no}）",
            facts=[
                ("催收编号", case_no),
                ("合同编号", collection.contract_no),
                ("客户", shown["customer_name"]),
                ("信用等级", shown["credit_grade"]),
                ("业务员", shown["salesperson_name"]),
                ("合同金额", shown["total_figures"]),
                ("已收本金", f"{shown['received_figures']}（{shown['percent_received']}）"),
                ("逾期本金", f"{shown['overdue_figures']}，{shown['overdue_days']}天"),
                ("应付利息", shown["interest_figures"]),
                ("已扣提成", shown["withheld_figures"]),
            ],
            columns=["时间", "经办人", "结果", "约定日期", "记录"],
            rows=[[one.time, one.who, one.outcome, one.next_on, one.note] for one in contacts],
            amount=place.overdue_principal + place.interest_owed,
        ),
    )


@router.task("decide_litigation")
def decide_litigation(_: DecideLitigation, uow: UnitOfWork, task: TaskContext) -> LitigationDecided:
    """Read from the database what the general manager decided; what is not approved counts as refused."""
    session, case_no = uow.session, task.case_no
    collection = collecting.find(session, case_no)
    ledger.lock_contract(session, collection.contract_no)
    cases.lock(session, case_no, task.process_instance_id)
    proposal = collecting.latest_proposal(session, case_no)
    if proposal is None:
        raise InvalidInput(f"{case_no}: no litigation was proposed")
    if proposal.outcome == "proposed":
        approved = cases.approved(session, proposal.paper_no, KIND) is not None
        proposal.outcome, proposal.decided_at = "approved" if approved else "refused", task.now
        cases.finish(session, proposal.paper_no, cases.CLOSED, task.now)
        text = "总经理批准提起诉讼" if approved else "总经理未批准，继续催收"
        cases.note(session, case_no, "系统", "诉讼审批", f"{proposal.paper_no}：{text}", task.now)
    return LitigationDecided.of_case(session, case_no, litigation_decision=proposal.outcome)


@router.task("prepare_litigation")
def prepare_litigation(
    _: PrepareLitigation, uow: UnitOfWork, task: TaskContext, org: OrgChart, office: WorkingHours
) -> LitigationPrepared:
    """Put the contract's whole file together for legal: one ZIP, and its list on the form (A5)."""
    session, case_no = uow.session, task.case_no
    collection = collecting.find(session, case_no)
    cases.lock(session, case_no, task.process_instance_id)
    proposal = collecting.latest_proposal(session, case_no)
    if proposal is None or proposal.outcome != "approved" or proposal.decided_at is None:
        raise InvalidInput(f"{case_no}: litigation has not been approved")
    last = collecting.last_contact(session, case_no)
    since = proposal.decided_at
    if last is not None and last.kind == KIND and last.next_on is not None:
        since = max(since, collecting.start_of(last.next_on))
    files = dossier.pieces(session, collection.contract_no, case_no)
    return LitigationPrepared.of_case(
        session,
        case_no,
        contract_file=FileValue(f"{case_no}-案卷.zip", dossier.archive(files), "application/zip"),
        file_rows=[
            {"name": one.name, "title": one.title, "at": one.at} for one in files[: figures.MOST_ROWS]
        ],
        contacts=figures.contacts(session, case_no, org),
        litigate_due=policy.due(session, "litigate", since, office),
        **figures.of_contract(session, collection.contract_no, org, task.now),
    )


@router.task("record_litigation")
def record_litigation(
    form: RecordLitigation, uow: UnitOfWork, task: TaskContext, org: OrgChart
) -> LitigationRecorded:
    """Record where litigation stands: going on, recovered, or nothing to be had."""
    session, case_no, today = uow.session, task.case_no, task.now.astimezone(SHANGHAI).date()
    cases.lock(session, case_no, task.process_instance_id)
    reader, by = FormReader(), form.signed_by or ""
    cases.require_post(reader, form.signed_by, "legal", task, org)
    progress = rules.read_progress(
        reader, form.litigation_outcome, form.litigation_next_on, form.litigation_note, today
    )
    if progress is None:
        outcome = form.litigation_outcome
        known = isinstance(outcome, str) and outcome in rules.LITIGATION_OUTCOMES
        return LitigationRecorded.of_case(
            session,
            case_no,
            has_errors=True,
            form_errors=reader.errors,
            litigation_result="invalid",
            litigation_outcome=outcome if known else None,
            litigation_next_on=cases.shown(form.litigation_next_on, 10),
            litigation_note=cases.shown(form.litigation_note, 2000),
        )
    session.add(
        CollectionContact(
            case_no=case_no,
            kind=KIND,
            outcome=progress.outcome,
            next_on=progress.next_on,
            note=progress.note,
            by=by,
            at=task.now,
        )
    )
    text = f"{rules.LITIGATION_OUTCOMES[progress.outcome]}；{progress.note}"
    cases.note(session, case_no, org.name_of(by), "诉讼", text, task.now, user=by)
    result = "written_off" if progress.outcome == "written_off" else "waiting"
    return LitigationRecorded.of_case(session, case_no, litigation_result=result)


@router.task("write_off")
def write_off(_: WriteOff, uow: UnitOfWork, task: TaskContext) -> DebtWrittenOff:
    """Write off the overdue principal that legal could not recover, and end the case (A5).

    With it goes what would only be due after jointing work that a customer who has not paid never gets.
    """
    session, case_no, today = uow.session, task.case_no, task.now.astimezone(SHANGHAI).date()
    collection = collecting.find(session, case_no)
    contract = ledger.lock_contract(session, collection.contract_no)
    cases.lock(session, case_no, task.process_instance_id)
    last = collecting.last_contact(session, case_no)
    if last is None or last.outcome != "written_off":
        raise InvalidInput(f"{case_no}: legal has not given the debt up")
    before = ledger.booked(session, Book.FINANCE, EntryKind.WRITE_OFF, collection.contract_no, case_no)
    amount = before.amount if before is not None else collecting.ZERO
    if before is None:
        debts.post_interest(session, collection.contract_no, today, task.now)
        amount = debts.position(session, collection.contract_no, today).overdue_principal
        if amount > 0:
            amount += debts.never_due(session, collection.contract_no, today)
            ledger.post(
                session,
                Book.FINANCE,
                EntryKind.WRITE_OFF,
                collection.contract_no,
                amount,
                value_date=today,
                reference=case_no,
                posted_at=task.now,
                reason=last.note,
            )
            debts.tell_strands(session, contract, f"核销 {case_no}")
        debts.close_case(session, case_no, task.now)
        cases.finish(session, case_no, cases.CLOSED, task.now)
        cases.note(session, case_no, "系统", "核销", money.figures(amount), task.now)
        cases.status(session, case_no, f"已核销{money.figures(amount)}")
    return DebtWrittenOff.of_case(session, case_no, written_off_figures=money.figures(amount))


def give_up_proposal(session: Session, case_no: str, at: datetime) -> None:
    """A proposal on which nobody has decided falls away with the debt."""
    proposal = collecting.latest_proposal(session, case_no)
    if proposal is not None and proposal.outcome == "proposed":
        proposal.outcome, proposal.decided_at = "refused", at
        cases.finish(session, proposal.paper_no, cases.CLOSED, at)
        cases.note(session, proposal.paper_no, "系统", "结束", "欠款已结清", at)
