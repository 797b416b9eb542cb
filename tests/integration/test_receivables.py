"""The receivables' handlers on the real database, without an engine (A1–A5, C5)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.integration.contract_desk import COMPANY, ORG
from tests.integration.debts_desk import NOW, TODAY, contract_of, deliver, finance, pay
from workers import cases, debts, documents, ledger
from workers.calendar import OFFICE
from workers.database.unit_of_work import UnitOfWork
from workers.errors import InvalidInput
from workers.ledger import EntryKind
from workers.receivables import collecting, letters, review_tasks, tasks
from workers.receivables import litigation_tasks as court
from workers.receivables import messages as m
from workers.receivables import review_messages as r
from workers.runtime import TaskContext
from workers.signals import Signal

INSTANCE = "instance"


class Desk:
    """Plays the engine for a case."""

    def __init__(self, session: Session, case_no: str | None = None) -> None:
        self.session = session
        self.case_no = case_no
        self.uow = UnitOfWork(lambda: session)
        self.uow.session = session

    @property
    def task(self) -> TaskContext:
        return TaskContext(
            "task", "topic", self.case_no, INSTANCE, "ReceivablesReviewProcess", "step", None, NOW
        )

    def open_review(self, by: str = "xuhong", **fields: object) -> r.ReviewOpened:
        opened = review_tasks.open_review(
            r.OpenReview(started_by=by, **fields), self.uow, self.task, ORG, OFFICE
        )
        self.case_no = opened.case_no
        return opened

    def analyse(self) -> r.ReceivablesAnalysed:
        return review_tasks.analyse(r.Analyse(), self.uow, self.task, ORG, COMPANY, OFFICE)

    def assess(self) -> m.CollectionAssessed:
        return tasks.assess(m.Assess(), self.uow, self.task, ORG, OFFICE)


def late(session: Session, days: int, number: str = "HT-2026-8001", customer_no: str = "K0001") -> str:
    """A contract whose 10,000 yuan have been due for so many days."""
    made = contract_of(session, number, customer_no=customer_no, sealed_on=TODAY - timedelta(days=days + 10))
    deliver(session, made, TODAY - timedelta(days=days))
    return made


def collect(session: Session) -> list[Desk]:
    """The daily look; the cases that it began, opened."""
    desks = [Desk(session, number) for number in collecting.start_all(session, NOW)]
    for desk in desks:
        tasks.open_collection(m.OpenCollection(), desk.uow, desk.task, ORG)
    return desks


@pytest.mark.rule("A1", "A2", "C5")
def test_the_analysis_posts_interest_and_files_a_page_and_a_workbook(session: Session) -> None:
    made = late(session, 20)
    desk = Desk(session)
    assert not desk.open_review(as_of=TODAY.isoformat()).has_errors
    shown = desk.analyse()
    assert (shown.overdue_figures, shown.interest_figures) == ("¥10,000.00", "¥100.00")
    assert [row.grade for row in shown.customer_rows] == ["B"]
    assert [str(one.amount) for one in finance(session, made, EntryKind.INTEREST)] == ["100.00"]
    number = desk.case_no or ""
    assert documents.find(session, number).media_type == "text/html"
    assert documents.find(session, f"{number}-XLSX").content[:2] == b"PK"


@pytest.mark.rule("X3", "X1")
def test_a_day_that_has_not_come_goes_back_to_the_starter(session: Session) -> None:
    late(session, 20)
    desk = Desk(session)
    opened = desk.open_review(as_of=(TODAY + timedelta(days=1)).isoformat())
    assert opened.form_errors[0].field == "asOf"

    def check(by: str, day: date) -> r.ReviewChecked:
        form = r.CheckReview(signed_by=by, as_of=day.isoformat())
        return review_tasks.check_review(form, desk.uow, desk.task, ORG)

    assert check("zhangwei", TODAY).has_errors
    assert check("xuhong", TODAY + timedelta(days=1)).has_errors
    assert not check("xuhong", TODAY - timedelta(days=1)).has_errors
    assert desk.analyse().review_day == (TODAY - timedelta(days=1)).isoformat()


@pytest.mark.rule("C5")
def test_the_schedule_orders_the_month_before_once_and_only_a_program_opens_it(session: Session) -> None:
    late(session, 20)
    for _ in range(2):
        desk = Desk(session)
        ordered = review_tasks.order_review(r.OrderReview(), desk.uow, desk.task)
    assert ordered.review_no == "AR-2026-05"
    told = session.scalars(select(Signal).where(Signal.business_key == "AR-2026-05")).all()
    assert [one.starts for one in told] == ["ReceivablesReviewProcess"]
    opened = Desk(session, "AR-2026-05").open_review("salesflow")
    assert (opened.case_no, opened.as_of) == ("AR-2026-05", "2026-05-31")
    with pytest.raises(InvalidInput):
        Desk(session).open_review("salesflow")


@pytest.mark.rule("A3", "A5")
def test_each_overdue_contract_is_collected_once_and_one_that_is_not_due_never(session: Session) -> None:
    made = late(session, 1)
    contract_of(session, "HT-2026-8002")
    started = collecting.start_all(session, NOW)
    assert len(started) == 1
    assert debts.open_case_of(session, made) == started[0]
    assert collecting.start_all(session, NOW) == []


@pytest.mark.rule("A3")
@pytest.mark.parametrize(("days", "stage"), [(30, "remind"), (31, "hold")])
def test_the_hold_begins_beyond_the_limit_of_the_policy(session: Session, days: int, stage: str) -> None:
    late(session, days)
    (desk,) = collect(session)
    found = desk.assess()
    assert (found.collection_stage, found.caller) == (stage, "zhaolei")
    assert found.stage_change_at > NOW


@pytest.mark.rule("A3", "A5")
def test_a_hold_passes_to_the_customers_other_overdue_contract_and_ends_with_the_last(
    session: Session,
) -> None:
    one, other = late(session, 40), late(session, 10, "HT-2026-8002")
    first, second = collect(session)
    assert first.assess().collection_stage == "hold"
    court.place_hold(m.PlaceHold(), first.uow, first.task, ORG, OFFICE)
    assert second.assess().collection_stage == "remind"
    pay(session, one, "20000.00", TODAY, "流水1")
    tasks.close_collection(m.CloseCollection(), first.uow, first.task)
    hold = debts.hold_of(session, "K0001")
    assert hold is not None
    assert second.assess().collection_stage == "hold"
    court.place_hold(m.PlaceHold(), second.uow, second.task, ORG, OFFICE)
    assert hold.case_no == second.case_no
    pay(session, other, "20000.00", TODAY, "流水2")
    tasks.close_collection(m.CloseCollection(), second.uow, second.task)
    assert debts.hold_of(session, "K0001") is None
    assert cases.find(session, second.case_no or "").status_text == "已结清"


@pytest.mark.rule("A5", "X6")
def test_nobody_litigates_or_writes_off_without_the_signature_and_legals_word(session: Session) -> None:
    late(session, 100)
    (desk,) = collect(session)
    with pytest.raises(InvalidInput):
        court.prepare_litigation(m.PrepareLitigation(), desk.uow, desk.task, ORG, OFFICE)
    court.propose_litigation(m.ProposeLitigation(), desk.uow, desk.task, ORG)
    decided = court.decide_litigation(m.DecideLitigation(), desk.uow, desk.task)
    assert decided.litigation_decision == "refused"
    with pytest.raises(InvalidInput):
        court.write_off(m.WriteOff(), desk.uow, desk.task)


@pytest.mark.rule("A5", "C11", "X6")
def test_a_write_off_is_told_to_the_contracts_strands_which_wait_for_that_money(session: Session) -> None:
    made = late(session, 100)
    desk = given_up(session)
    query = select(Signal.message).where(Signal.business_key == made, Signal.fact == f"核销 {desk.case_no}")
    assert {"Msg_PaymentForInvoice", "Msg_PaymentReceived"} <= set(session.scalars(query))


@pytest.mark.rule("A5", "C10")
def test_what_only_jointing_would_make_due_is_written_off_with_the_debt_that_keeps_the_team_away(
    session: Session,
) -> None:
    sealed = TODAY - timedelta(days=110)
    made = contract_of(session, terms="T30-60-10", needs_jointing=True, sealed_on=sealed)
    deliver(session, made, TODAY - timedelta(days=100))
    desk = given_up(session)
    assert ledger.account(session, made).written_off == Decimal("10000.00")
    assert cases.find(session, desk.case_no or "").status_text == "已核销¥10,000.00"
    query = select(Signal.message).where(Signal.business_key == made, Signal.fact == f"核销 {desk.case_no}")
    assert "Msg_PaymentForJointing" in set(session.scalars(query))


def given_up(session: Session) -> Desk:
    """The one overdue contract's case, up to the write-off."""
    (desk,) = collect(session)
    proposed = court.propose_litigation(m.ProposeLitigation(), desk.uow, desk.task, ORG)
    cases.set_approved(session, proposed.paper_no or "", "litigation", NOW, [{"signer": "qianguoqiang"}])
    court.decide_litigation(m.DecideLitigation(), desk.uow, desk.task)
    legal = ORG.holders("legal", TODAY)[0]
    lost = m.RecordLitigation(litigation_outcome="written_off", litigation_note="已破产", signed_by=legal)
    assert court.record_litigation(lost, desk.uow, desk.task, ORG).litigation_result == "written_off"
    court.write_off(m.WriteOff(), desk.uow, desk.task)
    return desk


def unread_of(session: Session, case_no: str | None) -> list[str]:
    """What a case has still to hear."""
    query = select(Signal.message).where(Signal.business_key == case_no, Signal.read_at.is_(None))
    return list(session.scalars(query))


@pytest.mark.rule("A5", "X6")
def test_a_case_that_has_not_yet_heard_that_all_is_paid_hears_instead_that_the_money_has_gone(
    session: Session,
) -> None:
    made = late(session, 20)
    (desk,) = collect(session)
    desk.assess()
    pay(session, made, "20000.00", TODAY, "流水1")
    assert unread_of(session, desk.case_no) == ["Msg_OverdueSettled"]
    debts.take_back(session, "流水1", reason="银行退票", posted_at=NOW)
    assert unread_of(session, desk.case_no) == ["Msg_OverduePayment"]
    assert desk.assess().collection_stage == "remind"


@pytest.mark.rule("A5", "A3", "X6")
def test_a_case_that_the_payment_has_ended_already_hands_the_debt_on_when_the_payment_was_reversed(
    session: Session,
) -> None:
    """The engine has the message, and the money is taken back before the case is closed: it reads the debt anew."""
    made = late(session, 40)
    (desk,) = collect(session)
    assert desk.assess().collection_stage == "hold"
    court.place_hold(m.PlaceHold(), desk.uow, desk.task, ORG, OFFICE)
    pay(session, made, "20000.00", TODAY, "流水1")
    debts.take_back(session, "流水1", reason="银行退票", posted_at=NOW)
    for _ in range(2):
        tasks.close_collection(m.CloseCollection(), desk.uow, desk.task)
    other = debts.open_case_of(session, made)
    assert other not in (None, desk.case_no)
    assert cases.find(session, desk.case_no or "").status_text == f"付款已冲正，欠款由{other}继续催收"
    assert debts.hold_of(session, "K0001") is not None
    assert unread_of(session, desk.case_no) == []
    successor = Desk(session, other)
    tasks.open_collection(m.OpenCollection(), successor.uow, successor.task, ORG)
    assert successor.assess().collection_stage == "hold", "it takes the hold over"


@pytest.mark.rule("A3")
def test_the_letter_states_the_rate_of_each_day_and_not_todays_alone(session: Session) -> None:
    text = "".join(letters.letter(session, late(session, 20), TODAY).text)
    assert "按各日执行的销售政策逐日计息(目前按日万分之5)" in text


@pytest.mark.rule("X6", "A5")
def test_money_after_the_look_is_told_until_the_next_look(session: Session) -> None:
    """The gap of rule 5: the case has read the debt and does not wait yet when the money is committed."""
    made = late(session, 5)
    (desk,) = collect(session)

    def unread() -> list[str]:
        query = select(Signal.message).where(Signal.business_key == desk.case_no, Signal.read_at.is_(None))
        return list(session.scalars(query))

    desk.assess()
    pay(session, made, "100.00", TODAY, "流水1")
    assert unread() == ["Msg_OverduePayment"]
    assert desk.assess().overdue_figures == "¥9,900.00"
    assert unread() == []
    pay(session, made, "20000.00", TODAY, "流水2")
    assert unread() == ["Msg_OverdueSettled"]
    tasks.close_collection(m.CloseCollection(), desk.uow, desk.task)
    assert unread() == []
