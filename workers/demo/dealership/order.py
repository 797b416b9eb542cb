"""The car that a customer has decided for: contract, deposit, car, delay, handover or cancellation (V7, V8)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from workers import calendar, documents, vehicles
from workers.database.unit_of_work import UnitOfWork
from workers.demo.dealership.case import Case, moment, new_vin
from workers.demo.dealership.showroom import Buyer
from workers.runtime import FileValue

DEPOSIT = Decimal("10000.00")
TICKS = dict.fromkeys(
    ("outsideClean", "insideClean", "freeOfDefects", "functionsTested", "energyFilled", "papersReady"), True
)


class CarOrder(Case):
    """The order that a sale has called."""

    def __init__(self, buyer: Buyer, advisor: str) -> None:
        self.buyer, self.advisor = buyer, advisor
        super().__init__(buyer.company, buyer.called("VehicleOrderProcess"))
        with UnitOfWork(self.company.app.sessions) as uow:
            deal = vehicles.sale(uow.session, self.number)
            self.price, self.colour, self.model = deal.price, deal.colour, deal.model_no
        self.promised = moment(days=7)

    def is_signed(self) -> str:
        """V7: the standard contract: the customer signs, the sales manager countersigns; the contract's number."""
        seller, company = self.buyer.seller, self.company
        self.do(seller, "Task_FillContract", depositAmount=str(DEPOSIT), promisedAt=self.promised.isoformat())
        number = str(self.variable("contractNo"))
        with UnitOfWork(company.app.sessions) as uow:
            paper = documents.find(uow.session, number).content
        self.do(
            seller,
            "Task_SignContract",
            customerDecision="signed",
            customerSigner=self.buyer.name,
            customerSignedOn=company.today.isoformat(),
            signedScan=FileValue("客户签署.pdf", paper, "application/pdf"),
        )
        company.sign_paper(number, "sales_manager")
        return number

    def is_paid(self, step: str, amount: Decimal) -> None:
        """Finance registers what arrived."""
        self.do(
            self.company.desk("finance").user,
            step,
            paymentAmount=str(amount),
            paymentOn=self.company.today.isoformat(),
            bankReference=f"{self.number} {step} {amount}",
        )

    def deposit(self) -> None:
        """The deposit, at most a fifth of the price."""
        self.is_paid("Task_ReceiveDeposit", DEPOSIT)

    def car_is_found(self) -> None:
        """A car of that model and colour stands in stock."""
        vin = new_vin()
        with UnitOfWork(self.company.app.sessions) as uow:
            vehicles.enter(uow.session, vin, self.model, self.colour, state="in_stock")
        self.do(self.buyer.seller, "Task_FindCar", carChoice=vin)

    def car_is_late(self) -> str:
        """Ordered from the factory and late: the customer is told before the promised day and agrees to another."""
        day = self.company.workday(20).isoformat()
        order_no = f"GC{self.number[-4:]}"
        self.do(self.buyer.seller, "Task_FindCar", carChoice="factory", factoryOrder=order_no, expectedOn=day)
        self.time_comes("Event_DelayWarning")
        self.promised += timedelta(days=20)
        self.do(
            self.buyer.seller,
            "Task_WarnOfDelay",
            delayDecision="new_date",
            delayReason="厂家排产延后",
            delayContact="电话，客户同意",
            newPromise=self.promised.isoformat(),
        )
        self.do(self.buyer.seller, "Task_AwaitCar", arrivalOutcome="arrived", arrivalVin=new_vin())
        self.do(self.company.desk("quality").user, "Task_CheckCar", checkOutcome="passed")
        return f"{self.promised:%m-%d}"

    def is_handed_over(self) -> None:
        """V8: prepared by the checklist, paid, handed over by the service person who was chosen at the sale."""
        self.do(self.company.desk("technician").user, "Task_PrepareCar", **TICKS)
        self.is_paid("Task_ReceiveBalance", self.price - DEPOSIT)
        self.do(
            self.advisor,
            "Task_HandOver",
            handoverOutcome="delivered",
            handedOverOn=calendar.now().isoformat(timespec="seconds"),
            receiver=self.buyer.name,
            mileage="15",
            operationExplained=True,
            maintenanceExplained=True,
            contactChannel="wechat",
            channelConfirmed=True,
        )

    def is_cancelled(self, reason: str) -> None:
        """The customer breaks the contract after the deposit: it is forfeited (定金罚则)."""
        self.do(
            self.buyer.seller,
            "Task_TrackOrder",
            cancelRequested=True,
            cancelFault="customer",
            cancelReason=reason,
        )
        self.do(
            self.company.desk("sales_manager").user,
            "Task_DecideCancellation",
            cancelDecision="forfeited",
            decisionReason="客户违约，定金不退",
        )
        self.buyer.ends()
