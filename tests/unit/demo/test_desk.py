"""A desk presses again where two strands of a case met at one row, and only there."""

from __future__ import annotations

import pytest
import responses

from workers.demo.desk import Desk
from workers.runtime.http import EngineRefused

ENGINE = "http://engine.test/engine-rest"
SUBMIT = f"{ENGINE}/task/t1/submit-form"
COLLIDED = {
    "type": "RestException",
    "message": "Cannot submit task form t1: ENGINE-03005 Execution of 'UPDATE' failed.",
}
REFUSED = {"type": "AuthorizationException", "message": "The user does not have permission"}


@responses.activate
def test_a_form_that_collided_with_another_strand_is_submitted_again() -> None:
    responses.post(SUBMIT, status=500, json=COLLIDED)
    responses.post(SUBMIT, status=204)
    Desk(ENGINE, "wang", "secret").complete({"id": "t1"}, {"remark": "同意"})
    first, second = responses.calls
    assert first.request.body == second.request.body


@responses.activate
def test_a_refused_form_is_not_submitted_again() -> None:
    responses.post(SUBMIT, status=403, json=REFUSED)
    with pytest.raises(EngineRefused):
        Desk(ENGINE, "wang", "secret").complete({"id": "t1"}, {"remark": "同意"})
    assert len(responses.calls) == 1


@responses.activate
def test_a_form_that_collides_for_ever_is_given_up() -> None:
    responses.post(SUBMIT, status=500, json=COLLIDED)
    with pytest.raises(EngineRefused):
        Desk(ENGINE, "wang", "secret").complete({"id": "t1"}, {"remark": "同意"})
