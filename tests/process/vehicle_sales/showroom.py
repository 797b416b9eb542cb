"""A salesperson and a customer in the showroom, on the shared installation: each step as the form sends it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.process.follow_up.visit import await_job, new_phone
from tests.process.office import Office
from tests.process.vehicle_sales.ordering import Order
from workers import calendar, vehicles
from workers.database.unit_of_work import UnitOfWork

PROCESS = "VehicleSalesProcess"
SELLER, ADVISOR, MODEL = "zhaolei", "fengli", "QC01"


def moment(**ahead: float) -> datetime:
    """A whole minute that far ahead of now."""
    return (calendar.now() + timedelta(**ahead)).replace(second=0, microsecond=0)


@dataclass
class Sale:
    """One sale: the process instance, and the person who comes."""

    office: Office
    case: str
    phone: str

    @classmethod
    def start(cls, office: Office, **person: object) -> Sale:
        """The salesperson fills Tasklist's start form; by default for a walk-in."""
        phone = new_phone()
        form = {
            "saleKind": "walk_in",
            "prospectName": "李雷",
            "prospectPhone": phone,
            "source": "walk_in",
            **person,
        }
        return cls(office, office.desk_of(SELLER).start(PROCESS, form), phone)

    @property
    def number(self) -> str:
        """The sale's number; call it when a step after the first is reached."""
        return self.office.case_no(self.case)

    def do(self, step: str, **form: object) -> dict[str, Any]:
        """The salesperson sends a step's form; returns what it showed before."""
        return self.office.desk_of(SELLER).do(self.case, step, form)

    def refused(self, step: str, **form: object) -> str:
        """The form is sent, and comes back with findings; returns them."""
        before = self.office.await_step(self.case, step)["id"]
        self.do(step, **form)
        again = self.office.await_next(self.case, step, before)["id"]
        return ";".join(one["message"] for one in self.office.admin.task_variables(again)["formErrors"])

    # -- the steps ---------------------------------------------------------------------------------------------

    def contact(self, outcome: str, **form: object) -> dict[str, Any]:
        """V1."""
        sent = {"prospectNeed": "家里添二宝，要七座", "contactOutcome": outcome, **form}
        return self.do("Task_Develop", **sent)

    def invite(self) -> dict[str, Any]:
        """V1: the relationship stands, the prospect is invited."""
        agreed = {"relationshipConfirmed": True, "relationshipBasis": "聊过三次，主动问过试驾"}
        return self.contact("invited", **agreed, invitedFor=moment(days=1).isoformat())

    def receive(self, **form: object) -> dict[str, Any]:
        """V2."""
        arrived = moment(minutes=-10)
        greeted = {
            "arrivedAt": arrived.isoformat(),
            "greetedAt": (arrived + timedelta(minutes=1)).isoformat(),
        }
        return self.do("Task_Receive", **{**greeted, "helpOffered": True, "visitPurpose": "看家用车", **form})

    def needs(self, **form: object) -> dict[str, Any]:
        """V3."""
        told = {"needs": [{"need": "省油"}, {"need": "好停车"}], "retold": "您要油费低、车身短一点的"}
        return self.do("Task_Needs", **{**told, "needsConfirmed": True, **form})

    def present(self, outcome: str = "fits", **form: object) -> dict[str, Any]:
        """V4."""
        features = [
            {"needNo": "1", "feature": "百公里五升"},
            {"needNo": "2", "feature": "车长四米二"},
        ]
        sent = {"modelNo": MODEL, "features": features, "presentationOutcome": outcome}
        return self.do("Task_Present", **{**sent, "customerFeedback": "再看看", **form})

    def drive(self, **form: object) -> dict[str, Any]:
        """V5: by default the offer is refused."""
        refused = {"driveOffered": True, "driveOutcome": "refused", "refusalReason": "今天赶时间"}
        return self.do("Task_Drive", **{**refused, **form})

    def demand(self, **form: object) -> dict[str, Any]:
        """V6, first half."""
        sent = {"priceDemandOpen": True, "demandedTerms": "送脚垫", "demandsComplete": True}
        return self.do("Task_Demands", **{**sent, **form})

    def propose(self, price: Decimal | None = None, **form: object) -> dict[str, Any]:
        """V6, second half; without a price at the floor."""
        sent = {
            "proposedPrice": str(self.floor() if price is None else price),
            "proposedColour": "珍珠白",
            "colourToOrder": True,
            "proposedTerms": "裸车价，全款",
            "demandsAnswered": "送脚垫一套",
            "decideBy": moment(days=2).isoformat(),
        }
        return self.do("Task_Propose", **{**sent, **form})

    def decide(self, decision: str, **form: object) -> dict[str, Any]:
        """V7."""
        return self.do("Task_Decide", customerDecision=decision, **form)

    def answer(self, said: str) -> dict[str, Any]:
        """V7: the customer speaks before the follow-up is due."""
        return self.do("Task_TrackCase", customerAnswered=True, customerSaid=said)

    def until_proposed(self, price: Decimal | None = None, colour: str = "珍珠白") -> Sale:
        """V2 to V6."""
        self.receive()
        self.needs()
        self.present()
        self.drive()
        self.demand()
        self.propose(price, proposedColour=colour)
        self.office.await_at(self.case, "Gateway_Wait", gone=("Task_Propose",))
        return self

    def buy(self, **form: object) -> Sale:
        """V7: the customer says so at once, and buys."""
        self.answer("就定这辆")
        self.decide("bought", **{"servicePerson": ADVISOR, "contactChannel": "wechat", **form})
        return self

    def order(self) -> Order:
        """V7, V8: the order that the sale has called, as whoever works on it handles it."""
        found = Order.__new__(Order)  # called by the sale, not started by the test
        found.office, found.sale_no = self.office, self.number
        found.number = int(found.sale_no.rsplit("-", 1)[1])
        found.case = self.office.instance("VehicleOrderProcess", found.sale_no)
        with UnitOfWork(self.office.app.sessions) as uow:
            deal = vehicles.sale(uow.session, found.sale_no)
            found.price, found.colour, found.customer_no = deal.price, deal.colour, deal.customer_no
        found.promised = moment(days=7)
        return found

    def floor(self) -> Decimal:
        """The car's floor price in the policy in force, in yuan."""
        ruling = self.office.policy()
        assert ruling is not None
        return ruling.prices[MODEL].floor_price

    # -- time --------------------------------------------------------------------------------------------------

    def fire(self, event: str) -> datetime:
        """Let the event's timer fire now, through the engine's job interface; returns when it was due."""
        job = await_job(self.office, self.case, event)
        self.office.admin.post(f"/job/{job['id']}/execute", {})
        return datetime.fromisoformat(job["dueDate"])
