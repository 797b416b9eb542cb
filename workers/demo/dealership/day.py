"""Ten customers of one day: each with an end of their own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

from workers.demo.dealership.case import Tell
from workers.demo.dealership.follow_up import Asking, Complaint
from workers.demo.dealership.order import DEPOSIT, CarOrder
from workers.demo.dealership.showroom import Buyer
from workers.demo.dealership.workshop import BATTERY, BRAKES, Visit
from workers.demo.story import Company
from workers.errors import SalesflowError
from workers.money import figures

SELLERS = ("zhaolei", "wuqian", "yaoyao")
ADVISORS = ("fengli", "jiangnan")
WHITE = "珍珠白"

Story = Callable[[Company, Tell], None]


def list_price(company: Company, model: str) -> Decimal:
    """What the policy in force asks for the model, in yuan."""
    version = company.policy()
    if version is None:
        raise SalesflowError("no sales policy is in force")
    return version.prices[model].list_price


def _ordered(company: Company, seller: str, advisor: str, name: str, model: str) -> CarOrder:
    """A walk-in who buys at list price and pays the deposit."""
    buyer = Buyer(company, seller, name, model)
    buyer.is_received()
    buyer.is_offered(list_price(company, model), WHITE)
    buyer.buys(advisor)
    order = CarOrder(buyer, advisor)
    order.is_signed()
    order.deposit()
    return order


def buys_from_stock(company: Company, tell: Tell) -> None:
    """Sold, handed over on time, content, and recommends a friend."""
    order = _ordered(company, SELLERS[0], ADVISORS[0], "李雷", "QC01")
    tell(f"李雷 看中 QC01, 按目录价 {figures(order.price)} 订购, 定金 {figures(DEPOSIT)} 到账")
    order.car_is_found()
    order.is_handed_over()
    tell("展厅现车备妥, 余款到账, 由选定的服务顾问交车")
    Asking(order.buyer, "sale", ADVISORS[0]).hears(
        referralName="韩梅梅", referralPhone="13800138000", maintenanceWish="三个月后的周末"
    )
    tell("两天内回访: 满意; 推荐一位朋友, 约了首次保养")


def gives_up_on_the_price(company: Company, tell: Tell) -> None:
    """Thinks it over and is lost, because."""
    buyer = Buyer(company, SELLERS[1], "周明")
    buyer.is_received()
    buyer.is_offered(list_price(company, "QC01"), WHITE)
    buyer.thinks_it_over()
    buyer.gives_up("价格高于预算")
    tell("周明 考虑两天后放弃: 价格高于预算")


def only_asks(company: Company, tell: Tell) -> None:
    """A prospect who is not invited, for there is nothing to invite to."""
    buyer = Buyer(company, SELLERS[2], "吴敏", saleKind="prospect", source="internet")
    buyer.is_lost("暂不买车")
    tell("吴敏 从网络平台来问, 暂不买车: 登记原因, 不邀约")


def waits_for_the_car(company: Company, tell: Tell) -> None:
    """The car comes late: told before the promised day, with a new date that is kept."""
    order = _ordered(company, SELLERS[1], ADVISORS[1], "陈静", "QC02")
    day = order.car_is_late()
    tell(f"陈静 的车由厂家订购, 要晚到: 约定日期之前就告知客户, 改约 {day}")
    order.is_handed_over()
    Asking(order.buyer, "sale", ADVISORS[1]).hears(otherwise={"V8-1": "partly", "V9-1": "partly"})
    tell("按新日期交车; 回访: 交付时间只算部分做到")


def cancels(company: Company, tell: Tell) -> None:
    """Breaks the contract after the deposit."""
    order = _ordered(company, SELLERS[2], ADVISORS[0], "高翔", "QC03")
    order.is_cancelled("家里有急用")
    tell("高翔 交车前取消: 定金按规则不退, 台帐已调整")


def _serviced(company: Company, advisor: str, name: str, wish: str) -> Visit:
    visit = Visit(company, advisor, name, wish)
    visit.is_booked()
    visit.is_received()
    return visit


def is_maintained(company: Company, tell: Tell) -> None:
    """A plain maintenance, and a content customer."""
    visit = _serviced(company, ADVISORS[0], "马文涛", "两万公里保养")
    visit.is_diagnosed()
    visit.is_repaired()
    visit.is_checked()
    visit.is_returned()
    Asking(visit, "service", ADVISORS[0]).hears()
    tell("马文涛 预约保养: 先确认费用再施工, 按时交车; 回访满意")


def declines_one_item(company: Company, tell: Tell) -> None:
    """Of two things found in addition, the customer agrees to one."""
    visit = _serviced(company, ADVISORS[1], "郑强", "刹车响")
    visit.is_diagnosed([*BRAKES, *BATTERY], ["agreed", "declined"])
    visit.is_repaired()
    visit.is_checked()
    visit.is_returned()
    Asking(visit, "service", ADVISORS[1]).hears(otherwise={"W3-2": "partly"})
    tell("郑强 追加项目两项: 同意换制动片, 谢绝换电瓶; 结算单只列做了的")


def fails_the_check(company: Company, tell: Tell) -> None:
    """The final check finds oil: back to the technician, counted."""
    visit = _serviced(company, ADVISORS[0], "孙丽", "常规保养")
    visit.is_diagnosed()
    visit.is_repaired()
    visit.is_checked("failed", "机油渗漏")
    visit.is_repaired()
    visit.is_checked()
    visit.is_returned()
    tries = Asking(visit, "service", ADVISORS[0]).reaches_nobody()
    tell(f"孙丽 的车质检不合格返工一次; 回访{tries}次无人接听, 改为书面问候")


def complains(company: Company, tell: Tell) -> None:
    """Not content: the complaint goes before everything else, and closes by the customer's word."""
    visit = _serviced(company, ADVISORS[1], "钱多", "底盘异响")
    visit.is_diagnosed(BRAKES, ["agreed"])
    visit.is_repaired()
    visit.is_checked()
    visit.is_returned()
    asking = Asking(visit, "service", ADVISORS[1])
    no = {"W3-1": "no", "W9-2": "no"}
    asking.hears("complaint", no, contactNote="异响还在，没人说明原因", complaintAgainst=None)
    complaint = Complaint(asking)
    tell(f"钱多 回访时投诉 {complaint.number}: 优先处理")
    asker = next(one for one in ADVISORS if one != complaint.owner)
    complaint.is_solved(asker, "钱多", "重新紧固稳定杆，试车无异响")
    tell("投诉解决, 由客户本人确认后关闭")


def comes_again(company: Company, tell: Tell) -> None:
    """A second maintenance, of a customer who had to wait."""
    visit = _serviced(company, ADVISORS[0], "冯军", "更换机油")
    visit.is_diagnosed()
    visit.is_repaired()
    visit.is_checked()
    visit.is_returned()
    Asking(visit, "service", ADVISORS[0]).hears(otherwise={"W9-1": "no"})
    tell("冯军 更换机油; 回访: 没有按预定时间完成")


CUSTOMERS: Sequence[tuple[str, Story]] = (
    ("李雷", buys_from_stock),
    ("周明", gives_up_on_the_price),
    ("吴敏", only_asks),
    ("陈静", waits_for_the_car),
    ("高翔", cancels),
    ("马文涛", is_maintained),
    ("郑强", declines_one_item),
    ("孙丽", fails_the_check),
    ("钱多", complains),
    ("冯军", comes_again),
)
"""The day's customers in the order of their coming."""
