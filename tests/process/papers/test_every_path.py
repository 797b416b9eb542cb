"""Every sequence flow of PaperApprovalProcess is walked on the real engine."""

from __future__ import annotations

import pytest

from tests.process.office import Office
from tests.process.papers.calling import Paper, call, close
from tests.process.paths import all_flows, taken
from workers.settings import ROOT

DIAGRAM = ROOT / "bpmn" / "papers" / "paper_approval.bpmn"


@pytest.mark.rule("X2", "X3", "X5")
def test_every_flow_of_the_paper_approval_is_taken(office: Office) -> None:
    papers = [_approved(office), _returned(office), _rejected(office)]
    walked = set().union(*(taken(DIAGRAM, office.passed(paper.instance)) for paper in papers))
    assert all_flows(DIAGRAM) - walked == set()
    for paper in papers:
        close(office, paper.no)


def _approved(office: Office) -> Paper:
    paper = call(office, "termination")
    for post in ("sales_manager", "finance", "general_manager"):
        office.sign_paper(paper.no, post)
    office.await_end(paper.instance, "Event_PaperApproved")
    return paper


def _returned(office: Office) -> Paper:
    paper = call(office, "production_notice")
    office.sign_paper(paper.no, "deputy_gm_sales", "return", "交期太紧")
    office.await_end(paper.instance, "Event_PaperReturned")
    return paper


def _rejected(office: Office) -> Paper:
    paper = call(office, "commission")
    office.sign_paper(paper.no, "finance", "reject", "尚未回款")
    office.await_end(paper.instance, "Event_PaperRejected")
    return paper
