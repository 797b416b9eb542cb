"""What a declaration stands on besides the policy: a contract that it changes (C13), or a car's deal (V7)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Protocol

from sqlalchemy.orm import Session

from workers.contract import amending, cars
from workers.contract.rules import Price


class Ground(Protocol):
    """What is settled before the declaration is filled; of a plain order intent there is none."""

    @property
    def customer_no(self) -> str: ...
    @property
    def customer_name(self) -> str: ...
    @property
    def salesperson(self) -> str: ...
    @property
    def kept_date(self) -> date | None:
        """A delivery date that may stay although it has passed."""

    @property
    def prices(self) -> Mapping[str, Price]:
        """The prices of its own products: the policy in force may not know them any more."""

    @property
    def more_products(self) -> bool:
        """Whether other goods of the policy may come to its own."""

    @property
    def payment_terms(self) -> Mapping[str, str]:
        """The terms that it may have."""


def of(session: Session, declaration_no: str) -> amending.Base | cars.Deal | None:
    """The declaration's ground."""
    return amending.base(session, declaration_no) or cars.deal(session, declaration_no)


def prefilled(ground: amending.Base | cars.Deal) -> dict[str, Any]:
    """The declaration's form as the ground fills it."""
    return cars.prefilled(ground) if isinstance(ground, cars.Deal) else amending.prefilled(ground)
