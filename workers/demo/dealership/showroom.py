"""A customer in the showroom, step by step as the salesperson records it (V1 to V7)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from workers.demo.dealership.case import Case, moment, new_phone
from workers.demo.story import Company


class Buyer(Case):
    """One sale of one salesperson's."""

    def __init__(
        self, company: Company, seller: str, name: str, model: str = "QC01", **start: object
    ) -> None:
        self.seller, self.name, self.model = seller, name, model
        form = {
            "saleKind": "walk_in",
            "prospectName": name,
            "prospectPhone": new_phone(),
            "source": "walk_in",
            **start,
        }
        super().__init__(company, company.desk_of(seller).start("VehicleSalesProcess", form))

    def step(self, step: str, **form: object) -> None:
        """The salesperson records a step."""
        self.do(self.seller, step, **form)

    def is_invited(self) -> None:
        """V1: the relationship stands, and only then is the prospect invited."""
        self.step(
            "Task_Develop",
            prospectNeed="家里添二宝，要七座",
            contactOutcome="invited",
            relationshipConfirmed=True,
            relationshipBasis="聊过三次，主动问过试驾",
            invitedFor=moment(days=1).isoformat(),
        )

    def is_lost(self, reason: str) -> None:
        """V1: the prospect does not come."""
        self.step("Task_Develop", prospectNeed="只是打听", contactOutcome="lost", lostReason=reason)
        self.ends()

    def is_received(self) -> None:
        """V2 to V5: greeted at once, heard, told what answers the needs; a test drive is offered."""
        arrived = moment(minutes=-10)
        self.step(
            "Task_Receive",
            arrivedAt=arrived.isoformat(),
            greetedAt=(arrived + timedelta(minutes=1)).isoformat(),
            helpOffered=True,
            visitPurpose="看家用车",
        )
        self.step(
            "Task_Needs",
            needs=[{"need": "省油"}, {"need": "好停车"}],
            retold="您要油费低、车身短一点的",
            needsConfirmed=True,
        )
        self.step(
            "Task_Present",
            modelNo=self.model,
            features=[{"needNo": "1", "feature": "百公里五升"}, {"needNo": "2", "feature": "车长四米二"}],
            presentationOutcome="fits",
            customerFeedback="正合适",
        )
        self.step("Task_Drive", driveOffered=True, driveOutcome="refused", refusalReason="今天赶时间")

    def is_offered(self, price: Decimal, colour: str) -> None:
        """V6: all demands first, the proposal after them."""
        self.step("Task_Demands", priceDemandOpen=True, demandedTerms="送脚垫", demandsComplete=True)
        self.step(
            "Task_Propose",
            proposedPrice=str(price),
            proposedColour=colour,
            colourToOrder=True,  # where none of that colour stands in stock
            proposedTerms="裸车价，全款",
            demandsAnswered="送脚垫一套",
            decideBy=moment(days=2).isoformat(),
        )
        waits = {"processInstanceId": self.instance, "activityId": "Event_FollowUpDue"}
        self.wait(
            lambda: self.company.app.admin.jobs(**waits), "the time to decide"
        )  # no answer counts before

    def thinks_it_over(self) -> None:
        """V7: the customer gets the time that they want; then they are asked."""
        self.time_comes("Event_FollowUpDue")

    def gives_up(self, reason: str) -> None:
        """V7: lost, because."""
        self.step("Task_Decide", customerDecision="lost", lostReason=reason)
        self.ends()

    def buys(self, advisor: str) -> None:
        """V7: decided; the service person is chosen now, who will hand the car over."""
        self.step("Task_TrackCase", customerAnswered=True, customerSaid="就定这辆")
        self.step("Task_Decide", customerDecision="bought", servicePerson=advisor, contactChannel="wechat")
