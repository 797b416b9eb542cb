"""A salesperson goes with a walk-in from the start form to the decision, in Tasklist (V1-V7)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.desktop import Desktop
from tests.process.follow_up.visit import new_phone
from tests.process.office import Office
from tests.process.vehicle_sales.showroom import PROCESS, SELLER, Sale, moment
from workers.database.unit_of_work import UnitOfWork
from workers.showroom import view
from workers.showroom.store import DecisionRow, PresentationRow


@pytest.mark.rule("V2", "V3", "V4", "V5", "V6", "V7", "X2")
def test_a_salesperson_accompanies_a_walk_in_until_the_customer_decides(
    office: Office, tasklist_as: Callable[[str], Desktop]
) -> None:
    seller, phone = tasklist_as(SELLER), new_phone()
    seller.open_start_form("车辆销售")
    seller.form.get_by_label("到店客户").check()
    seller.enter("客户姓名", "林涛")
    seller.enter("电话", phone)
    seller.pick("客户来源", "自然到店")
    seller.page.locator(".modal-dialog").get_by_role("button", name="发起", exact=True).click()
    expect(seller.page.locator(".modal-dialog")).to_have_count(0)
    newest = {"processDefinitionKey": PROCESS, "sortBy": "startTime", "sortOrder": "desc", "maxResults": 1}
    case = str(office.admin.history("process-instance", **newest)[0]["id"])
    sale = Sale(office, case, phone)

    def open_step(step: str) -> None:
        seller.open_address_of(office.await_step(case, step)["id"])

    def when(label: str, at: datetime, number: int = 0) -> None:
        seller.date(label, at.date().isoformat())
        seller.enter("时间", f"{at:%H:%M}", number)

    def send() -> None:
        # another task of theirs may open by itself afterwards: the next step, not an empty page, tells of the end
        button = seller.page.get_by_role("button", name="提交", exact=True)
        expect(button).to_be_enabled()
        button.click()

    open_step("Task_Receive")
    expect(seller.form).to_contain_text(phone)
    expect(seller.field("客户没有来")).to_have_count(0)  # nobody had invited them
    when("到店日期", moment(minutes=-10))
    when("迎接日期", moment(minutes=-9), 1)
    seller.form.get_by_label("已招呼客户").check()
    seller.enter("来访目的", "看家用车")
    send()

    open_step("Task_Needs")
    expect(seller.form).to_contain_text("看家用车")
    seller.enter("需求", "省油")
    seller.form.get_by_text("添加").click()
    seller.enter("需求", "好停车", 1)
    seller.enter("用自己的话复述", "您要油费低、车身短一点的")
    seller.form.get_by_label("客户确认复述无误").check()
    send()

    open_step("Task_Present")
    seller.pick("介绍的车型", "远山轻舟")
    seller.pick("对应的需求", "1. 省油")
    seller.enter("特性", "百公里五升")
    seller.form.get_by_text("添加").click()
    seller.pick("对应的需求", "2. 好停车", 1)
    seller.enter("特性", "车长四米二", 1)
    seller.form.get_by_label("这辆车合意").check()
    send()

    open_step("Task_Drive")
    expect(seller.form).to_contain_text("远山轻舟")
    seller.form.get_by_label("已邀请客户试车").check()
    seller.form.get_by_label("已试车").check()
    seller.form.get_by_label("已查验驾驶证原件").check()
    seller.enter("驾驶人", "林涛")
    seller.pick("准驾车型", "C1")
    seller.date("驾驶证有效期至", (office.today + timedelta(days=900)).isoformat())
    seller.enter("客户的感受", "安静，好停")
    send()

    open_step("Task_Demands")
    seller.enter("客户期望的价格", str(sale.floor()))
    seller.enter("对其他条件的要求", "送脚垫")
    seller.form.get_by_label("客户的要求都已问清").check()
    send()

    open_step("Task_Propose")
    expect(seller.form).to_contain_text("珍珠白")
    seller.enter("方案价格", str(sale.floor()))
    seller.enter("颜色", "珍珠红")
    expect(seller.form.get_by_label("需向厂家订购")).to_be_visible()
    seller.enter("颜色", "珍珠白")
    expect(seller.form.get_by_label("需向厂家订购")).to_be_hidden()
    seller.enter("方案内容", "裸车价，全款")
    seller.enter("对客户要求的答复", "送脚垫一套")
    when("约定回访日期", moment(days=2))
    send()

    office.await_at(case, "Gateway_Wait", gone=("Task_Propose",))
    seller.settle()
    open_step("Task_TrackCase")
    for text in ("等客户决定，到约定时间回访（赵磊）", "林涛", "提出方案"):
        expect(seller.form).to_contain_text(text)
    seller.form.get_by_label("客户已经答复").check()
    seller.enter("客户的答复", "再想两天")
    send()

    open_step("Task_Decide")
    expect(seller.form).to_contain_text("再想两天")
    seller.form.get_by_label("再考虑").check()
    agreed = moment(days=4).replace(minute=30)
    when("下次回访日期", agreed)
    send()
    office.await_at(case, "Gateway_Wait", gone=("Task_Decide",))

    with UnitOfWork(office.app.sessions) as uow:
        shown = view.last(uow.session, PresentationRow, sale.number)
        decided = view.last(uow.session, DecisionRow, sale.number)
        assert shown is not None
        assert decided is not None
        assert shown.features == [[1, "百公里五升"], [2, "车长四米二"]]
        assert decided.follow_up_at == agreed
