"""A car in the workshop, step by step as its people take it (W1 to W10)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from workers.demo.dealership.case import Case, new_phone, new_plate, new_vin
from workers.demo.story import Company

SERVICE = ({"productNo": "GS01", "quantity": "1"}, {"productNo": "LJ01", "quantity": "1"})
"""Maintenance: an hour of labour, oil and filter."""
BRAKES = ({"productNo": "LJ04", "quantity": "1", "reason": "前制动片已到极限"},)
BATTERY = ({"productNo": "LJ06", "quantity": "1", "reason": "电瓶亏电"},)
Shown = Mapping[str, Any]
Form = Mapping[str, object]


class Visit(Case):
    """One visit of one advisor's customer."""

    def __init__(self, company: Company, advisor: str, name: str, wish: str) -> None:
        self.advisor, self.name = advisor, name
        form = {
            "callerPhone": new_phone(),
            "callerName": name,
            "plate": new_plate(),
            "wish": wish,
        }
        super().__init__(company, company.desk_of(advisor).start("VehicleServiceProcess", form))

    def fill(self, user: str, step: str, form: Callable[[Shown], Form]) -> Shown:
        """Somebody does a step with what its form shows."""
        desk = self.company.desk_of(user)
        task = desk.await_task(self.instance, step)
        shown = desk.form(task)
        desk.complete(task, form(shown))
        return shown

    def is_booked(self) -> str:
        """W1: the customer takes the first time that is offered; which."""
        kept = ("callerPhone", "callerName", "plate", "carModel", "vin", "wish", "plannedHours")

        def form(shown: Shown) -> Form:
            first = shown["appointmentOptions"][0]["value"]
            return {**{key: shown.get(key) for key in kept}, "appointmentAt": first, "bookingAction": "book"}

        shown = self.fill(self.advisor, "Task_BookAppointment", form)
        return str(shown["appointmentOptions"][0]["label"])

    def is_received(self) -> None:
        """W2, W3: the car is taken in, the estimate made and agreed before any work."""
        car = {
            "receiveAction": "arrived",
            "vin": new_vin(),
            "carModel": "远山轻舟",
            "mileage": "42000",
            "receiveNote": "外观良好",
        }
        self.fill(self.advisor, "Task_ReceiveCar", lambda shown: {**car, "plate": shown["plate"]})
        self.fill(
            self.advisor,
            "Task_WriteWorkOrder",
            lambda shown: {
                "words": "按里程保养",
                "workLines": list(SERVICE),
                "promisedAt": shown["promisedAt"],
            },
        )
        self.do(self.advisor, "Task_ConfirmEstimate", confirmDecision="agreed", confirmNote="")

    def is_diagnosed(self, extra: Sequence[Form] = (), answers: Sequence[str] = ()) -> None:
        """W4, W5: given to somebody by skill and load; what is found in addition, the customer answers by item."""
        dispatcher = self.company.desk("dispatcher").user
        self.fill(
            dispatcher,
            "Task_Dispatch",
            lambda shown: {
                "chosenTechnician": shown.get("chosenTechnician") or shown["technicianOptions"][0]["value"]
            },
        )
        self._technician_does("Task_Diagnose", findings="制动片磨损", extraLines=list(extra) or None)
        if extra:
            self.fill(
                self.advisor,
                "Task_AgreeExtra",
                lambda shown: {
                    "extraResult": "reached",
                    "extraChannel": "phone",
                    "extraNote": "逐项说明",
                    "extraRows": [
                        {**row, "answer": said} for row, said in zip(shown["extraRows"], answers, strict=True)
                    ],
                    "extraPromisedAt": shown["extraPromisedAt"],
                },
            )

    def is_repaired(self) -> None:
        """W6: what was agreed is done."""
        desk = self.company.desk_of(self._worker())
        task = desk.await_task(self.instance, "Task_Repair")
        desk.complete(task, {"repairRows": desk.form(task)["repairRows"], "findings": "已更换"})

    def is_checked(self, result: str = "passed", found: str = "") -> None:
        """W7: the final check."""
        self.do(
            self.company.desk("quality").user, "Task_CheckQuality", checkResult=result, checkFindings=found
        )

    def is_returned(self) -> None:
        """W8 to W10: the bill is explained line by line and paid, the car goes back."""
        self.do(
            self.advisor,
            "Task_ExplainBill",
            explained=True,
            detailsWanted="yes",
            paymentWay="counter",
            paymentReference=f"收{self.number}",
        )
        self.do(
            self.advisor,
            "Task_ReturnCar",
            returnChecks=["bill", "licence", "keys", "old_parts"],
            contactChannel="phone",
        )

    def _worker(self) -> str:
        """Who was given the work."""
        return str(self.variable("technician"))

    def _technician_does(self, step: str, **form: object) -> None:
        self.do(self._worker(), step, **form)
